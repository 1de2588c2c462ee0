"""Cells of one compartment in Arbor, a job's and a network's.

What a job may say is in ``DEFAULTS``. A run returns samples at time 0 and after each step, of shape
(samples, cells).
"""

import arbor
import numpy as np
from arbor import units as au

HERE = "(location 0 0.5)"
DEFAULTS = {
    "start": [-65.0],  # mV, of each cell
    "size": 18.0,  # um; cells are as long as wide
    "kelvin": 300.0,
    "catalogue": "default",  # or "allen", "bbp"
    "mechanism": "pas",  # with its global parameters, as in "pas/e=-65"
    "parameters": {},
    "reversal": {},  # ion: mV
    "calcium": None,  # mM inside, of each cell
    "clamp": None,  # mV, of each cell, from the first step on
    "current": None,  # nA, into each cell
    "junction": None,  # uS, between the first two
    "record": ["V"],  # or "current", of all ions in uA/cm2, and "states", those of the mechanism
    "dt": 0.025,  # ms
    "steps": 1,
}


class Cells(arbor.recipe):
    """Cells of one compartment; a subclass says what is in them.

    Parameters
    ----------
    n : int
    size : float
        Length and diameter in um.
    catalogue : arbor.catalogue, optional
        Where mechanisms are looked up.
    """

    def __init__(self, n, size, catalogue=None):
        super().__init__()
        self.n = n
        self.properties = arbor.neuron_cable_properties()
        if catalogue is not None:
            self.properties.catalogue = catalogue
        self.tree = arbor.segment_tree()
        ends = arbor.mpoint(-size / 2, 0, 0, size / 2), arbor.mpoint(size / 2, 0, 0, size / 2)
        self.tree.append(arbor.mnpos, *ends, tag=1)

    def num_cells(self):
        return self.n

    def cell_kind(self, gid):
        return arbor.cell_kind.cable

    def global_properties(self, kind):
        return self.properties

    def cell(self, decor):
        """Return a cell with what is in it."""
        return arbor.cable_cell(self.tree, decor, None, arbor.cv_policy_single())

    def probes(self, gid):
        return [arbor.cable_probe_membrane_voltage(HERE, "V")]


def junction(other, microsiemens):
    """Return what couples a cell to another, where each has a junction of 1 uS called "gap"."""
    return arbor.gap_junction_connection((other, "gap"), "gap", microsiemens)


def samples(simulation, handles):
    """Return what was sampled of cells, in a column each."""
    return np.stack([simulation.samples(handle)[0][0][:, 1] for handle in handles], axis=1)


class Described(Cells):
    """The cells of a job."""

    def __init__(self, job):
        mechanisms = getattr(arbor, f"{job['catalogue']}_catalogue")()
        self.states = sorted(mechanisms[job["mechanism"].partition("/")[0]].state)
        # What clamps and what couples has names of its own, whatever the catalogue.
        mechanisms.extend(arbor.default_catalogue(), "default_")
        super().__init__(len(job["start"]), job["size"], mechanisms)
        self.job = job
        self.tags = [
            tag for name in job["record"] for tag in (self.states if name == "states" else [name])
        ]

    def cell_description(self, gid):
        job, decor = self.job, arbor.decor()
        decor.set_property(
            Vm=job["start"][gid] * au.mV, cm=1e-2 * au.F / au.m2, tempK=job["kelvin"] * au.Kelvin
        )
        for ion, voltage in job["reversal"].items():
            decor.set_ion(ion, rev_pot=voltage * au.mV)
        if job["calcium"] is not None:
            decor.set_ion("ca", int_con=job["calcium"][gid] * au.mM)
        decor.paint("(all)", arbor.density(job["mechanism"], job["parameters"]))
        if job["clamp"] is not None:
            clamp = f"default_v_clamp/v0={job['clamp'][gid]}"
            decor.paint("(all)", arbor.voltage_process(clamp))
        if job["current"] is not None:
            decor.place(HERE, arbor.i_clamp(job["current"][gid] * au.nA))
        if job["junction"] is not None:
            decor.place(HERE, arbor.junction("default_gj", {"g": 1.0}), "gap")
        return self.cell(decor)

    def gap_junctions_on(self, gid):
        if self.job["junction"] is None or gid > 1:
            return []
        return [junction(1 - gid, self.job["junction"])]

    def probes(self, gid):
        made = {
            "V": lambda tag: arbor.cable_probe_membrane_voltage(HERE, tag),
            "current": lambda tag: arbor.cable_probe_total_ion_current_density(HERE, tag),
        }
        name = self.job["mechanism"]
        return [
            made[tag](tag) if tag in made else arbor.cable_probe_density_state(HERE, name, tag, tag)
            for tag in self.tags
        ]


def run_one(job):
    """Return the samples of one run, by name."""
    job = DEFAULTS | job
    recipe = Described(job)
    simulation = arbor.simulation(recipe, arbor.context(threads=1))
    every = arbor.regular_schedule(job["dt"] * au.ms)
    handles = {
        tag: [simulation.sample((gid, tag), every) for gid in range(recipe.n)]
        for tag in recipe.tags
    }
    # The last step's sample belongs to a run that goes on.
    steps = job["steps"] + 1
    simulation.run(steps * job["dt"] * au.ms, job["dt"] * au.ms)
    found = {tag: samples(simulation, each)[:steps] for tag, each in handles.items()}
    if "current" in found:
        found["current"] = 100 * found["current"]  # from A/m2
    return found


def run(jobs):
    """Return the samples of runs, by name."""
    return {name: run_one(job) for name, job in jobs.items()}

"""Arbor: cells with a dendrite, its `hh`, `pas` and `gj`."""

from __future__ import annotations

from typing import Any

import arbor
import cables
import numpy as np
from arbor import units as au
from arbor_jobs import junction, samples

# A soma and a dendrite without a fork are one branch to Arbor, with places by their distance.
WHOLE = cables.SOMA + cables.DENDRITE
SOMA_HERE = f"(location 0 {cables.SOMA / 2 / WHOLE})"
DENDRITE_HERE = f"(location 0 {(cables.SOMA + cables.DENDRITE / 2) / WHOLE})"


class Recipe(arbor.recipe):
    """The cells of a job."""

    def __init__(self, job: dict[str, Any]) -> None:
        super().__init__()
        self.job, self.properties = job, arbor.neuron_cable_properties()
        tree = arbor.segment_tree()
        soma = tree.append(
            arbor.mnpos,
            arbor.mpoint(0, 0, 0, cables.RADIUS),
            arbor.mpoint(cables.SOMA, 0, 0, cables.RADIUS),
            tag=1,
        )
        tree.append(
            soma,
            arbor.mpoint(cables.SOMA, 0, 0, cables.THIN),
            arbor.mpoint(WHOLE, 0, 0, cables.THIN),
            tag=3,
        )
        self.tree = tree
        ends = [
            start + length * k / cables.PARTS
            for start, length in ((0.0, cables.SOMA), (cables.SOMA, cables.DENDRITE))
            for k in range(1, cables.PARTS + 1)
        ]
        places = " ".join(f"(location 0 {end / WHOLE!r})" for end in ends[:-1])
        self.policy = arbor.cv_policy_explicit(f"(sum {places})")
        self.others: list[list[int]] = [[] for _ in range(job["cells"])]
        for a, b in cables.both_ways(job):
            self.others[b].append(a)

    def num_cells(self) -> int:
        return self.job["cells"]

    def cell_kind(self, gid: int) -> Any:
        return arbor.cell_kind.cable

    def global_properties(self, kind: Any) -> Any:
        return self.properties

    def cell_description(self, gid: int) -> Any:
        decor = arbor.decor()
        decor.set_property(
            Vm=self.job["start"][gid] * au.mV,
            cm=1e-2 * cables.CM * au.F / au.m2,
            rL=cables.RA * au.Ohm * au.cm,
            tempK=(cables.CELSIUS + 273.15) * au.Kelvin,
        )
        leak = arbor.density(f"pas/e={cables.REST}", {"g": cables.LEAK})
        decor.paint("(all)", leak)
        if self.job["active"]:
            decor.set_ion("na", rev_pot=cables.E_NA * au.mV)
            decor.set_ion("k", rev_pot=cables.E_K * au.mV)
            values = {"gnabar": cables.G_NA, "gkbar": cables.G_K, "gl": 0.0}
            decor.paint("(all)", arbor.density("hh", values))
        decor.place(SOMA_HERE, arbor.i_clamp(self.job["drive"][gid] * au.nA))
        decor.place(DENDRITE_HERE, arbor.junction("gj", {"g": 1.0}), "gap")
        return arbor.cable_cell(self.tree, decor, None, self.policy)

    def gap_junctions_on(self, gid: int) -> list[Any]:
        return [junction(other, 1e-3 * self.job["g"]) for other in self.others[gid]]

    def probes(self, gid: int) -> list[Any]:
        return [arbor.cable_probe_membrane_voltage(SOMA_HERE, "V")]


class Arbor(cables.Cables):
    """A simulation on one thread: coupled cells are one group."""

    def __init__(self, job: dict[str, Any]) -> None:
        self._dt, self._steps = job["dt"], 0
        recipe = Recipe(job)
        self._simulation = arbor.simulation(recipe, arbor.context(threads=1))
        # Where steps are timed, now and then a voltage, to see that all is well.
        every = arbor.regular_schedule((100.0 if job["time"] else 1.0) * job["dt"] * au.ms)
        self._handles = [self._simulation.sample((gid, "V"), every) for gid in range(job["cells"])]

    def run(self, steps: int) -> None:
        """Go on to a later time."""
        self._steps += steps
        self._simulation.run(self._steps * self._dt * au.ms, self._dt * au.ms)

    def voltages(self) -> np.ndarray:
        """Return the voltages at time 0 and after each step, or some."""
        # The last step's sample belongs to a run that goes on.
        n = self._steps + 1
        self.run(1)
        return samples(self._simulation, self._handles)[:n]


if __name__ == "__main__":
    cables.main(Arbor)

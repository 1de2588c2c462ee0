"""Run two passive cells with a gap junction in Arbor: ``arbor_worker.py task.json results.npy``."""

import json
import math
import sys
from pathlib import Path

import numpy as np

HERE = "(location 0 0.5)"


def recipe(task):
    """Return Arbor's description of the two cells."""
    # Here: where tests are collected there may be no Arbor.
    import arbor
    from arbor import units as au

    class Recipe(arbor.recipe):
        def __init__(self, task):
            super().__init__()
            self.task = task
            self.properties = arbor.neuron_cable_properties()
            self.properties.catalogue = arbor.default_catalogue()

        def num_cells(self):
            return 2

        def cell_kind(self, gid):
            return arbor.cell_kind.cable

        def global_properties(self, kind):
            return self.properties

        def cell_description(self, gid):
            task, tree = self.task, arbor.segment_tree()
            half = math.sqrt(task["area"] / math.pi) / 2  # um; as long as wide
            ends = arbor.mpoint(-half, 0, 0, half), arbor.mpoint(half, 0, 0, half)
            tree.append(arbor.mnpos, *ends, tag=1)
            decor = arbor.decor()
            decor.set_property(
                Vm=task["rest"] * au.mV, cm=1e-2 * au.F / au.m2, tempK=300 * au.Kelvin
            )
            leak = arbor.density(f"pas/e={task['rest']}", {"g": 1e-3 * task["leak"]})
            decor.paint("(all)", leak)
            if gid == 0:
                decor.place(HERE, arbor.i_clamp(1e-3 * task["current"] * au.nA))
            decor.place(HERE, arbor.junction("gj", {"g": 1.0}), "gap")
            return arbor.cable_cell(tree, decor, None, arbor.cv_policy_single())

        def gap_junctions_on(self, gid):
            weight = 1e-3 * self.task["junction"]  # times g of 1 uS
            return [arbor.gap_junction_connection((1 - gid, "gap"), "gap", weight)]

        def probes(self, gid):
            return [arbor.cable_probe_membrane_voltage(HERE, "v")]

    return Recipe(task)


def main(task, results):
    import arbor
    from arbor import units as au

    task = json.loads(Path(task).read_text())
    dt = task["dt"] * au.ms
    simulation = arbor.simulation(recipe(task), arbor.context())
    every = arbor.regular_schedule(dt)
    handles = [simulation.sample((gid, "v"), every) for gid in (0, 1)]
    # The last step's sample belongs to a run that goes on.
    simulation.run((task["duration"] + task["dt"]) * au.ms, dt)
    n = round(task["duration"] / task["dt"]) + 1
    found = [simulation.samples(handle)[0][0][:n, 1] for handle in handles]
    np.save(results, np.stack(found, axis=1))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""NEURON: cells with a dendrite, joined by its LinearMechanism or with ParallelContext."""

from __future__ import annotations

import os
from typing import Any

# Before NEURON is imported: without the option it looks for a display and warns.
os.environ.setdefault("NEURON_MODULE_OPTIONS", "-nogui")

import cables
import neuron
import numpy as np
from neuron import h
from neuron_jobs import electrode, half_gap
from neuron_mechanisms import compiled

FOREVER = 1e9  # ms
SERIES = 1e-6  # megohm: with less one sees rounding errors of NEURON's own derivatives
METHODS = {
    # A converged solution: the variable-step solver, without tables of rates.
    "converged": {"by": "matrix", "atol": 1e-9},
    # What LinearMechanism adds, NEURON steps by implicit Euler alone.
    "LinearMechanism, implicit Euler": {"by": "matrix"},
    "ParallelContext, implicit Euler": {"by": "transfer"},
    "ParallelContext, Crank-Nicolson": {"by": "transfer", "secondorder": 2},
}


class Neuron(cables.Cables):
    """Two sections for each cell."""

    channels = True
    clamps = True

    def __init__(self, job: dict[str, Any]) -> None:
        self._job, self._method, self._steps = job, METHODS[job["method"]], 0
        h.celsius, h.dt = job["celsius"], job["dt"]
        if folder := job["mechanisms"]:
            # By the folder, NEURON knows what it has loaded.
            neuron.load_mechanisms(folder, False)
        self._cells = [self._cell(k, v) for k, v in enumerate(job["start"])]
        self._drives = [
            electrode(soma(0.5), 0, FOREVER, current)
            for (soma, _), current in zip(self._cells, job["drive"], strict=True)
        ]
        self._clamps = [self._clamp(*clamp) for clamp in job["clamps"]]
        self._places = [dend(0.5) for _, dend in self._cells]
        self._joined = self._join()
        solver = h.CVode()
        self._adaptive = "atol" in self._method
        h.usetable_hh = not self._adaptive
        solver.active(self._adaptive)
        h.secondorder = self._method.get("secondorder", 0)
        # NEURON does not hold the times of samples: what asks for them must.
        self._times = times = h.Vector(np.arange(job["steps"] + 1) * job["dt"])
        if self._adaptive:
            solver.atol(self._method["atol"])
            # What LinearMechanism adds needs IDA, whose first step is implicit and by default too
            # large for strong junctions.
            solver.use_daspk(True)
            solver.dae_init_dteps(1e-12)
        self._solver, self._context = solver, h.ParallelContext()
        if not self._adaptive:
            self._context.set_maxstep(10)
        self._kept = [
            cell[("soma", "dend").index(branch)](0.5)
            for branch in job["record"]
            for cell in self._cells
        ]
        self._traces = []
        for place in () if job["time"] else self._kept:
            where = place._ref_v
            trace = h.Vector()
            trace.record(where, times) if self._adaptive else trace.record(where)
            self._traces.append(trace)
        self._currents = [h.Vector().record(clamp._ref_i) for clamp in self._clamps]
        h.finitialize()  # without a voltage: each cell's own

    def _cell(self, k: int, voltage: float) -> tuple[Any, Any]:
        soma, dend = h.Section(name=f"soma{k}"), h.Section(name=f"dend{k}")
        soma.L, soma.diam = cables.SOMA, 2 * cables.RADIUS
        dend.L, dend.diam = cables.DENDRITE, 2 * cables.THIN
        dend.connect(soma(1))
        for part in (soma, dend):
            part.nseg, part.cm, part.Ra = cables.PARTS, cables.CM, cables.RA
            part.insert("pas")
            if self._job["active"]:
                part.insert("hh")
            for place in part:
                place.v, place.pas.g, place.pas.e = voltage, cables.LEAK, cables.REST
                if self._job["active"]:
                    place.hh.gnabar, place.hh.gkbar, place.hh.gl = cables.G_NA, cables.G_K, 0.0
                    place.ena, place.ek = cables.E_NA, cables.E_K
        for name, density in self._job["dendritic"].items():
            dend.insert(name)
            for place in dend:
                getattr(place, name).gbar = density
        return soma, dend

    def _clamp(self, cell: int, branch: str, voltage: float) -> Any:
        clamp = h.SEClamp(self._cells[cell][("soma", "dend").index(branch)](0.5))
        clamp.rs, clamp.dur1, clamp.amp1 = SERIES, FOREVER, voltage
        return clamp

    def _join(self) -> list[Any]:
        job, n = self._job, len(self._cells)
        if self._method["by"] == "transfer":
            neuron.load_mechanisms(str(compiled(neuron.__version__, "halfgap", core=True)), False)
            context = h.ParallelContext()
            for k, (_, dend) in enumerate(self._cells):
                context.source_var(self._places[k]._ref_v, k, sec=dend)
            gaps = [
                half_gap(context, self._places[b], job["g"] * 1e-3, a)
                for a, b in cables.both_ways(job)
            ]
            context.setup_transfer()
            return gaps
        # In S/cm2: the area of a compartment makes a current of it.
        c, g, y, b = h.Matrix(n, n, 2), h.Matrix(n, n, 2), h.Vector(n), h.Vector(n)
        for i, j in cables.both_ways(job):
            density = job["g"] * 1e-9 / (self._places[i].area() * 1e-8)
            g.setval(i, i, g.getval(i, i) + density)
            g.setval(i, j, g.getval(i, j) - density)
        where, x = h.SectionList([dend for _, dend in self._cells]), h.Vector([0.5] * n)
        return [c, g, y, b, where, x, h.LinearMechanism(c, g, y, b, where, x)]

    def run(self, steps: int) -> None:
        """Go on to a later time."""
        self._steps += steps
        if self._adaptive:
            # A little past the end, for the last sample to be taken.
            self._solver.solve((self._steps + 0.5) * self._job["dt"])
        else:
            self._context.psolve(self._steps * self._job["dt"])

    def voltages(self) -> np.ndarray:
        """Return the voltages at time 0 and after each step, or the last ones."""
        if not self._traces:
            return np.array([[place.v for place in self._kept]])
        return np.stack([np.array(trace) for trace in self._traces], axis=1)

    def currents(self) -> np.ndarray:
        """Return the current of each clamp in each step, in nA."""
        return np.stack([np.array(trace)[1:] for trace in self._currents], axis=1)

    def close(self) -> None:
        """Give the numbers of the places back, which outlast them."""
        h.ParallelContext().gid_clear()


if __name__ == "__main__":
    cables.main(Neuron)

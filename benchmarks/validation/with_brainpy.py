"""Networks of `brainpy.state`'s own neurons, with its junctions and with ours.

Only the class of the junctions differs. The pair of braincell cells is passive, so that the exact
solution is known: a difference of 40 mV decays to 40 exp(-2) mV in 5 ms.
"""

from __future__ import annotations

import argparse

import brainpy.state as bp
import brainstate
import braintools
import common
import jax.numpy as jnp
import numpy as np
import saiunit as u

import gapjunction as gj
import harness
from comparisons.command import double
from tables import Table

QUESTION = "Do models have the traces that they have with brainpy.state's junctions?"


def measure(options: argparse.Namespace) -> list[Table]:
    """Return differences."""
    double()
    return [neurons(), multi_stage()]


def neurons() -> Table:
    """Return the difference of traces for several neurons."""
    ohm, start = 1 * u.ohm, braintools.init.Uniform(-70 * u.mV, -55 * u.mV)
    leaky = {"R": ohm, "V_rest": -70 * u.mV, "V_reset": -70 * u.mV, "V_th": -50 * u.mV}
    kinds = {
        "HH": (lambda n: bp.HH(n), 10 * u.uA, 0.1 * u.mS),
        "LIF": (lambda n: bp.LIF(n, V_initializer=start, **leaky), 25 * u.mA, 0.2 * u.siemens),
        "ALIF": (lambda n: bp.ALIF(n, V_initializer=start, **leaky), 25 * u.mA, 0.2 * u.siemens),
    }
    rows = []
    for name, (make, drive, weight) in kinds.items():
        for n in (50, 1_000):
            both = [
                trace(cls, make, n, drive, weight)
                for cls in (bp.SymmetryGapJunction, gj.SymmetryGapJunction)
            ]
            rows.append(
                {
                    "neuron": name,
                    "N": n,
                    "spikes": int(((both[0][:-1] < -50) & (both[0][1:] >= -50)).sum()),
                    "largest difference, mV": common.number(np.abs(both[0] - both[1]).max()),
                }
            )
    return Table(
        "Traces of 500 steps of 0.05 ms, 10 random junctions per cell, float64",
        rows,
        [
            "Below 512 junctions sums are in the order of `brainpy.state`, and equal to the last "
            "digit; above, they differ by the rounding of another order."
        ],
    )


def trace(cls, make, n, drive, weight):
    """Return the voltages of a network with junctions of a class."""
    brainstate.random.seed(0)
    cells = make(n)
    edges = gj.connectivity.random(mean_degree=10, seed=0)
    gap = cls(cells, "V", conn=edges, weight=weight)
    brainstate.nn.init_all_states(cells)
    scale = jnp.linspace(0.8, 1.2, n)

    def step(i):
        with brainstate.environ.context(i=i, t=i * 0.05 * u.ms, dt=0.05 * u.ms):
            gap()
            cells(drive * scale)
            return cells.V.value.to_decimal(u.mV)

    return np.asarray(brainstate.transform.for_loop(step, jnp.arange(500)))


def multi_stage() -> Table:
    """Return what is left between two cells with braincell's solvers."""
    try:
        import braincell
    except ImportError as error:
        return Table("Skipped: braincell", [], [str(error)])
    rows = []
    for solver in ("exp_euler", "rk2", "midpoint", "rk3", "rk4"):
        row = {"solver": solver}
        for name, cls in (
            ("brainpy.state", bp.SymmetryGapJunction),
            ("gapjunction", gj.SymmetryGapJunction),
        ):
            cells = braincell.SingleCompartment(2, C=1 * u.uF / u.cm**2, solver=solver)
            gap = cls(
                cells,
                "V",
                conn=lambda *_: (np.array([0]), np.array([1])),
                weight=0.2 * u.mS / u.cm**2,
            )
            brainstate.nn.init_all_states(cells)
            cells.V.value = jnp.array([20.0, -20.0]) * u.mV

            def step(i, gap=gap, cells=cells):
                with brainstate.environ.context(t=i * 0.1 * u.ms, dt=0.1 * u.ms):
                    gap()
                    cells(0 * u.nA / u.cm**2)

            brainstate.transform.for_loop(step, jnp.arange(50))
            v = cells.V.value.to_decimal(u.mV)
            row[f"{name}, mV"] = f"{float(v[0] - v[1]):.3f}"
        rows.append(row | {"exact, mV": f"{40 * np.exp(-2):.3f}"})
    return Table(
        "Two passive cells of braincell, 40 mV apart, after 5 ms at dt = 0.1 ms",
        rows,
        ["`brainpy.state`'s current is used up at a solver's first stage."],
    )


if __name__ == "__main__":
    harness.main(QUESTION, __doc__, measure)

"""Two ball-and-stick cells joined half-way along their dendrites, beside the cable equation.

A cell is passive: a soma of 20 by 20 um and a dendrite of 200 by 2 um, 1 uF/cm2, 100 ohm cm, leak
0.05 mS/cm2. In closed form there are no compartments and no time steps: steady voltages are those
of cylinders, and transients the inverse of their Laplace transform.
"""

from __future__ import annotations

import argparse
from typing import Any

import common
import numpy as np

import harness
from comparisons.ball_and_stick import Pair, coefficient, step_response
from comparisons.command import double
from tables import Table

QUESTION = "Do cells joined on their dendrites have the voltages of the cable equation?"
CONDUCTANCES = (0.1, 1.0, 100.0, 1e5)  # nS
PARTS, IN_TIME = (1, 3, 9, 27), 27
STEPS = (0.1, 0.05, 0.025, 0.0125)  # ms
DURATION, CURRENT = 10.0, 0.05  # ms, nA


def measure(options: argparse.Namespace) -> list[Table]:
    """Return how errors fall with the length of compartments and with the time step."""
    double()
    if why := missing():
        return [Table("Steady coupling coefficient of the somata", [], [f"skipped, {why}"])]
    parts = PARTS[:3] if options.quick else PARTS
    return [
        Table("Steady coupling coefficient of the somata", in_space(parts)),
        Table("Coupling coefficient at 100 Hz, absolute value", in_space(parts, 100.0)),
        Table(
            "Largest error of the somatic voltages in 10 ms, mV, by time step",
            in_time(),
            [
                f"Each branch has {IN_TIME} compartments. A current of 0.05 nA goes into one soma, "
                "with implicit coupling.",
            ],
        ),
        Table(
            "Gradient of the mean squared deflection of the other soma in 10 ms, by the junction",
            gradients(),
            ["In mV^2 / nS, at dt = 0.025 ms, with 3 compartments in each branch."],
        ),
    ]


def missing() -> str:
    """Return why there is nothing to compare; empty if there is."""
    try:
        import braincell
    except ImportError:
        return "braincell is not installed"
    return "" if hasattr(braincell, "CellView") else "braincell must be 0.2.0 or newer"


def in_space(parts: tuple[int, ...], hertz: float | None = None) -> list[dict[str, Any]]:
    """Return coefficients by conductance: those of compartments, and of cylinders."""
    import saiunit as u

    s = 0.0 if hertz is None else 2e-3j * np.pi * hertz
    frequency = None if hertz is None else hertz * u.Hz
    pairs = [Pair(n) for n in parts]
    found = []
    for g in CONDUCTANCES:
        want = complex(coefficient(1e-3 * g, s))
        ours = [complex(pair.coefficient(g, frequency)) for pair in pairs]
        errors = [abs(one - want) for one in ours]
        row: dict[str, Any] = {"g, nS": g}
        row |= {f"{n} per branch": f"{abs(z):.6f}" for n, z in zip(parts, ours, strict=True)}
        order = np.log(errors[-2] / errors[-1]) / np.log(parts[-1] / parts[-2])
        found.append(row | {"closed form": f"{abs(want):.6f}", "order": round(float(order), 2)})
    return found


def in_time() -> list[dict[str, Any]]:
    """Return errors by conductance and time step."""
    times = STEPS[0] * np.arange(1, round(DURATION / STEPS[0]) + 1)
    run, errors = Pair(IN_TIME, drive=CURRENT).runner(len(times)), {}
    for g in CONDUCTANCES:
        want = step_response(1e-3 * g, CURRENT, times)
        for dt in STEPS:
            every = round(STEPS[0] / dt)
            V = np.asarray(run(g, dt, every * len(times)))[every - 1 :: every]
            errors[f"{g:g}", dt] = float(np.abs(V - want).max())
    return common.by_step(errors, "g, nS")


def gradients() -> list[dict[str, Any]]:
    """Return gradients and central differences."""
    import brainstate
    import jax.numpy as jnp

    dt, found = 0.025, []
    run = Pair(3, drive=CURRENT).runner(round(DURATION / dt))

    def loss(g: Any) -> Any:
        return (run(g, dt)[:, 1] ** 2).mean()

    slope = brainstate.transform.jit(brainstate.transform.grad(loss))
    for g in CONDUCTANCES:
        h = 1e-4 * g
        ours, differences = float(slope(jnp.asarray(g))), float(loss(g + h) - loss(g - h)) / (2 * h)
        off = abs(ours / differences - 1)
        found.append(
            {"g, nS": g, "gradient": ours, "central difference": differences, "relative": off}
        )
    return found


if __name__ == "__main__":
    harness.main(QUESTION, __doc__, measure)

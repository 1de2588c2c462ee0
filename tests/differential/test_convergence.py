"""All modes of coupling are the same for a small time step."""

import dataclasses

import brainstate
import jax.numpy as jnp
import numpy as np
import pytest

from .build import Model
from .draw import MODES, SEEDS, draw, first_of, precision_of
from .hosts import KINDS
from .test_transformations import rows

pytestmark = pytest.mark.slow
T = 0.4
FINE = 1 / 2560
SMOOTH = ("HH", "MorrisLecar", "FitzHughNagumo", "point exp_euler", "point staggered", "point rk4")
CLASSES = ("Symmetry", "Asymmetry", "VoltageGated", "Rectifying")


def is_smooth(net):
    """Return whether nothing in a network jumps, and a weak junction is there to compare with."""
    return (
        net.precision == 64
        and net.batch is None
        and len(net.junctions) == 1
        and len(net.junctions[0].pre) > 0
        and all(p.kind in SMOOTH for p in net.populations)
        and net.junctions[0].cls in CLASSES
        and net.junctions[0].law != "hard"
    )


def kinds_and_class(net):
    return {net.junctions[0].cls, *(p.kind for p in net.populations)}


def few():
    """Return the first networks that have a kind of cells or a class that none before has."""
    found, seen = [], set()
    for seed in SEEDS:
        kind, cls, _ = first_of(seed)
        if precision_of(seed) != 64 or kind not in SMOOTH or cls not in CLASSES:
            # Drawing a network takes longer than to tell that it is not wanted.
            continue
        net = draw(seed)
        if is_smooth(net) and not kinds_and_class(net) <= seen:
            seen |= kinds_and_class(net)
            found.append(seed)
    return found


CASES = few()


def end(net, mode, dt):
    """Return all voltages at the time T, with conductances that do not depend on ``dt``."""
    j = net.junctions[0]
    strength = 2.0 / (np.max(j.weight) * max(1, len(j.pre)))
    j = dataclasses.replace(j, mode=mode, weight=j.weight * strength)
    net = dataclasses.replace(net, junctions=(j,), dt=dt, steps=round(T / dt))
    model = Model(net)
    inputs = model.inputs()
    found = brainstate.transform.for_loop(lambda i: model.update(i, *inputs), jnp.arange(net.steps))
    return np.concatenate([V[-1, 0] for V in rows(net, found)])


@pytest.mark.parametrize("precision", [64])
@pytest.mark.parametrize("seed", CASES, ids=lambda seed: f"seed{seed:04d}")
def test_all_modes_converge_to_the_same_voltages(seed, precision):
    net = draw(seed)
    print(net)
    fine = end(net, "step", FINE)
    size = 1.0 if KINDS[net.populations[0].kind].group == "plain" else 50.0
    for mode in MODES:
        errors = [np.abs(end(net, mode, dt) - fine).max() for dt in (0.02, 0.005)]
        # A quarter of the time step gives a quarter of the error of a first-order step, or less;
        # the reference has an error of its own.
        own = np.abs(fine - end(net, "step", 2 * FINE)).max()
        assert errors[1] <= 0.4 * errors[0] + 2 * own + 1e-9 * size, (mode, errors)


def test_all_smooth_cells_and_all_classes_are_among_them():
    assert set().union(*(kinds_and_class(draw(seed)) for seed in CASES)) == {*SMOOTH, *CLASSES}

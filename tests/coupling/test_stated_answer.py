"""Point neurons state their answer to current themselves, and take no step on trial."""

import brainstate
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.ion_channels import K_HH1952, L_HH1952, Na_HH1952

N = 5
START = np.linspace(-70, -40, N)


def _cells(solver, area, stated):
    channels = {"na": Na_HH1952(N), "k": K_HH1952(N), "leak": L_HH1952(N)}
    C = 1 * u.uF / u.cm**2
    cells = gj.PointNeuron(N, C, channels, solver=solver, area=area)
    cells.states_answer = stated
    return cells


def _run(solver, area, stated, couplings, beside=False, steps=5):
    cells = _cells(solver, area, stated)
    weight = 2 * u.mS / u.cm**2 if area is None else 2 * u.uS
    ring = gj.connectivity.ring()
    gaps = [
        gj.SymmetryGapJunction(cells, "V", ring, weight, coupling=coupling)
        for coupling in couplings
    ]
    if beside:
        # An input that follows the voltage, as a synapse does.
        leak = 0.1 * weight
        cells.add_current_input("leak", lambda V: leak * (-60 * u.mV - V))
    brainstate.nn.init_all_states(cells)
    cells.V.value = jnp.asarray(START) * u.mV
    trace = []
    with brainstate.environ.context(dt=0.05 * u.ms):
        for _ in range(steps):
            for gap in gaps:
                gap.update()
            cells(np.linspace(0, 10, N) * cells.input_unit * (1 if area is None else 1e-3))
            trace.append(cells.V.value.to_decimal(u.mV))
    return np.stack(trace)


@pytest.mark.parametrize(
    ("solver", "area", "couplings", "beside"),
    [
        ("exp_euler", None, ["implicit"], False),
        ("exp_euler", 1e-3 * u.cm**2, ["semi_implicit"], True),
        ("exp_euler", None, ["implicit", "semi_implicit"], True),
        ("staggered", 1e-3 * u.cm**2, ["implicit"], False),
        ("staggered", None, ["semi_implicit", "step"], False),
    ],
)
def test_stated_answer_is_that_of_a_trial(solver, area, couplings, beside, x64):
    stated, tried = (_run(solver, area, own, couplings, beside) for own in (True, False))
    assert np.ptp(stated, axis=1).min() > 1e-3
    np.testing.assert_allclose(stated, tried, rtol=0, atol=1e-9)


@pytest.mark.parametrize("solver", ["exp_euler", "staggered"])
def test_a_step_evaluates_the_membrane_once(solver, monkeypatch):
    cells = _cells(solver, None, True)
    gap = gj.SymmetryGapJunction(
        cells, "V", gj.connectivity.ring(), 2 * u.mS / u.cm**2, coupling="implicit"
    )
    brainstate.nn.init_all_states(cells)
    calls = []
    step = type(cells.solver).step
    monkeypatch.setattr(type(cells.solver), "step", lambda *args: calls.append(1) or step(*args))
    for _ in range(3):
        gap.update()
        cells()
    assert len(calls) == 3


def _two(stated, coupling, order=(0, 1)):
    """The voltages of two populations that are coupled to each other, after three steps."""
    cells = [_cells(solver, None, stated) for solver in ("exp_euler", "staggered")]
    gap = gj.SymmetryGapJunction(
        tuple(cells), "V", (np.arange(N), np.arange(N)), 2 * u.mS / u.cm**2, coupling=coupling
    )
    for k, own in enumerate(cells):
        brainstate.nn.init_all_states(own)
        own.V.value = jnp.asarray(START + 5 * k) * u.mV
    for _ in range(3):
        gap.update()
        for k in order:
            cells[k]()
    return np.stack([own.V.value.to_decimal(u.mV) for own in cells])


@pytest.mark.one_stack
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("theta", [None, 1.0])
def test_two_populations_step_as_with_trials(theta, order, x64):
    stated, tried = (_two(own, gj.Implicit(theta=theta), order) for own in (True, False))
    np.testing.assert_allclose(stated, tried, rtol=0, atol=1e-9)


def test_of_two_populations_the_last_one_steps_once(monkeypatch):
    # The first one is tried, steps with a prediction, and again with the solution.
    solvers, calls = gj.neurons._solvers, []
    for kind in (solvers.ExpEuler, solvers.Staggered):
        step = kind.step
        monkeypatch.setattr(
            kind, "step", lambda *args, step=step, kind=kind: calls.append(kind) or step(*args)
        )
    _two(True, "implicit")
    assert calls[:4] == [*[solvers.ExpEuler] * 2, solvers.Staggered, solvers.ExpEuler]
    assert len(calls) == 3 * 4


def test_a_neuron_that_steps_otherwise_has_to_say_so():
    class Own(gj.PointNeuron):
        def update(self, x=None):
            self.V.value = self.V.value + 0.01 * u.ms * self.inputs(0 * u.uA / u.cm**2, 0) / self.C

    cells = Own(N, 1 * u.uF / u.cm**2, {"leak": L_HH1952(N)})
    gap = gj.SymmetryGapJunction(
        cells, "V", gj.connectivity.ring(), 2 * u.mS / u.cm**2, coupling="implicit"
    )
    brainstate.nn.init_all_states(cells)
    gap.update()
    with pytest.raises(ValueError, match="states_answer must be False"):
        cells()
    # The step is over: the next one starts anew.
    cells.states_answer = False
    cells.V.value = jnp.asarray(START) * u.mV
    gap.update()
    cells()
    assert np.ptp(cells.V.value.to_decimal(u.mV)) < np.ptp(START)

"""Each coupling mode says of itself all that the rest of the package knows of it."""

import brainpy.state
import brainstate
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u
from scipy.linalg import expm

import gapjunction as gj
from gapjunction.coupling import MODES, Mode, as_mode
from models import Network, mv, simulate

AREA = u.cm**2
N = 4
START = np.array([-80.0, -65.0, -60.0, -30.0])


def cells_of(solver):
    leak = gj.ion_channels.Channel(N, 0.1 * u.mS / AREA, -65 * u.mV)
    return gj.PointNeuron(N, 1 * u.uF / AREA, {"leak": leak}, solver, V_initializer=START * u.mV)


def trace(coupling, dt, solver="staggered", g=0.5, steps=None):
    """Voltages of a passive ring after each step, up to 4 ms."""
    cells = cells_of(solver)
    ring = gj.connectivity.ring()
    gap = gj.SymmetryGapJunction(cells, "V", ring, g * u.mS / AREA, coupling=coupling)
    net = Network([cells], [gap])
    brainstate.nn.init_all_states(net)
    steps = round(4 / dt) if steps is None else steps
    return mv(simulate(net, [0 * u.uA / AREA], steps, dt * u.ms)[0])


def exact(t, g=0.5):
    ring = 2 * np.eye(N) - np.roll(np.eye(N), 1, 0) - np.roll(np.eye(N), -1, 0)
    return -65 + expm(-t * (g * ring + 0.1 * np.eye(N))) @ (START + 65)


# The largest error of the whole way falls with the step as dt to the power of the order.
ORDERS = {
    "step": ("step", 1),
    "extrapolated": ("extrapolated", 2),
    "semi_implicit": ("semi_implicit", 1),
    "implicit": ("implicit", 2),
    "implicit, at the end": (gj.Implicit(theta=1.0), 1),
}


@pytest.mark.one_stack
@pytest.mark.parametrize("case", ORDERS)
def test_order_beside_a_step_of_second_order(case, x64):
    coupling, order = ORDERS[case]
    errors = []
    for dt in (0.1, 0.05, 0.025):
        V = trace(coupling, dt)
        times = dt * np.arange(1, len(V) + 1)
        errors.append(max(abs(v - exact(t)).max() for v, t in zip(V, times, strict=True)))
    np.testing.assert_allclose(np.log2(errors[1] / errors[2]), order, atol=0.15)


def test_extrapolated_is_the_method_of_adams_and_bashforth(x64):
    """Against the two-step formula beside Crank-Nicolson, written out; and charge."""
    dt, g, leak = 0.1, 0.8, 0.1
    ring = g * (2 * np.eye(N) - np.roll(np.eye(N), 1, 0) - np.roll(np.eye(N), -1, 0))
    V, last, want = START + 65, START + 65, []
    for _ in range(5):
        current = -ring @ (1.5 * V - 0.5 * last)
        new = ((1 - dt * leak / 2) * V + dt * current) / (1 + dt * leak / 2)
        V, last = new, V
        want.append(V - 65)
    np.testing.assert_allclose(trace("extrapolated", dt, g=g, steps=5), want, rtol=1e-12)
    sums = np.sum(np.array(want) + 65, axis=1)
    decay = (1 - dt * leak / 2) / (1 + dt * leak / 2)
    np.testing.assert_allclose(sums[1:], decay * sums[:-1], rtol=1e-12)


def test_extrapolated_begins_anew_after_a_reset(x64):
    first = trace("extrapolated", 0.1, steps=3)
    cells = cells_of("staggered")
    gap = gj.SymmetryGapJunction(
        cells, "V", gj.connectivity.ring(), 0.5 * u.mS / AREA, coupling="extrapolated"
    )
    net = Network([cells], [gap])
    brainstate.nn.init_all_states(net)
    simulate(net, [0 * u.uA / AREA], 4)
    brainstate.nn.reset_all_states(net)
    np.testing.assert_allclose(mv(simulate(net, [0 * u.uA / AREA], 3)[0]), first, rtol=1e-14)


def test_extrapolated_refuses_what_it_cannot_extrapolate():
    leaky = brainpy.state.LIF(2, R=1 * u.Gohm, tau=20 * u.ms)
    with pytest.raises(ValueError, match=r"must not be 'extrapolated' for pre \(LIF\).*reset"):
        gj.SymmetryGapJunction(leaky, "V", ([0], [1]), 1 * u.nS, coupling="extrapolated")
    assert not leaky.current_inputs
    cells = cells_of("staggered")
    gap = gj.SymmetryGapJunction(cells, "V", ([0], [1]), 1 * u.mS / AREA, coupling="extrapolated")
    cells.init_state()
    with pytest.raises(ValueError, match="no memory of its voltages yet"):
        gap.update()


def test_taken_at_the_end_a_stiff_jump_is_damped(x64):
    """In the middle it rings: each step turns the sign of the differences."""
    middle = np.ptp(trace("implicit", 0.1, g=500, steps=6), axis=1)
    end = np.ptp(trace(gj.Implicit(theta=1), 0.1, g=500, steps=6), axis=1)
    assert middle[-1] > 10
    assert end[-1] < 1e-6


def test_all_must_agree_on_where_the_current_is_taken():
    cells = cells_of("staggered")
    gaps = [
        gj.SymmetryGapJunction(
            cells, "V", ([0], [1]), 1 * u.mS / AREA, coupling=gj.Implicit(theta=theta)
        )
        for theta in (0.5, 1.0)
    ]
    cells.init_state()
    for gap in gaps:
        gap.update()
    with pytest.raises(ValueError, match=r"theta must be the same .*\[0.5, 1.0\]"):
        cells()
    with pytest.raises(ValueError, match="theta must be"):
        gj.Implicit(theta=0.2)


def test_table_of_modes_is_what_reports_and_junctions_read(x64):
    assert list(MODES) == [mode.name for mode in MODES.values()]
    cells = cells_of("staggered")
    gap = gj.SymmetryGapJunction(cells, "V", gj.connectivity.ring(), 1 * u.mS / AREA)
    cells.init_state()
    report = gj.stability(gap, 0.01 * u.ms)
    assert list(report.largest_dt) == list(MODES)
    for name, mode in MODES.items():
        assert isinstance(mode, Mode)
        limit = report.largest_dt[name].to_decimal(u.ms)
        assert (limit < np.inf) == (mode.stiffness > 0)
    np.testing.assert_allclose(report.largest_dt["step"].to_decimal(u.ms), 2 / 4, rtol=1e-6)
    np.testing.assert_allclose(report.largest_dt["extrapolated"].to_decimal(u.ms), 1 / 4, rtol=1e-6)
    text = str(report)
    assert "0.25 ms for 'extrapolated'" in text
    assert "any for the others" in text
    with pytest.raises(ValueError, match="coupling must be one of 'step', 'stage'"):
        gj.SymmetryGapJunction(cells, "V", ([0], [1]), 1 * u.mS / AREA, coupling="both")


def test_modes_are_given_by_name_or_as_objects():
    assert [as_mode(name).name for name in MODES] == list(MODES)
    assert as_mode(gj.Implicit(rtol=1e-3)) == gj.Implicit(rtol=1e-3)
    # With numbers of NumPy, JAX would compute in float64 where voltages are in float32.
    settings = gj.Implicit(rtol=np.float64(1e-3), max_steps=np.int64(9), theta=np.float64(0.5))
    assert [type(x) for x in (settings.rtol, settings.max_steps, settings.theta)] == [
        *(float, int, float)
    ]
    with pytest.raises(ValueError, match="Did you mean 'step'"):
        as_mode("steps")
    with pytest.raises(TypeError, match="coupling must be one of"):
        as_mode(1)


def test_a_mode_of_ones_own_is_one_class(x64):
    """Half of the current at the start of the step, half at its extrapolated middle."""

    class Mixed(Mode):
        name = "mixed"
        stiffness = 1.5
        remembers = True

        def leave(self, junction):
            now, last = junction.voltages, junction.before
            ahead = junction.flow(*(v + (v - w) / 2 for v, w in zip(now, last, strict=True)))
            current = tuple((a + b) / 2 for a, b in zip(junction.now, ahead, strict=True))
            junction.put(current, tuple((lambda *args, x=x: x) for x in current))

        def caution(self, kappa):
            return "Mixed."

    V = trace(Mixed(), 0.1, steps=2)
    a, b = trace("step", 0.1, steps=2), trace("extrapolated", 0.1, steps=2)
    np.testing.assert_allclose(V[0], a[0], rtol=1e-12)
    assert (np.minimum(a[1], b[1]) <= V[1] + 1e-9).all()
    assert (V[1] <= np.maximum(a[1], b[1]) + 1e-9).all()
    assert jnp.isfinite(V).all()

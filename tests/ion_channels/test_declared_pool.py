"""Pools with any equations, further ions, and several pools of one ion."""

import copy
import pickle

import brainstate
import jax
import numpy as np
import pytest
import saiunit as u
from scipy.integrate import solve_ivp

import gapjunction as gj
from gapjunction.ion_channels import (
    Channel,
    DecayPool,
    FixedPool,
    Gate,
    Ion,
    Parameter,
    Pool,
    Variable,
    nernst,
)

DENSITY = u.mS / u.cm**2
DRIVE = u.uA / u.cm**2
CM = 1 * u.uF / u.cm**2
FARADAY = u.faraday_constant
GAIN = 1e-3 * u.mM / (DRIVE * u.ms)


class Pumped(Pool):
    """Influx that cannot be reversed into a shell, and a pump of Michaelis and Menten."""

    ion = "Ca"
    depth = Parameter(0.1 * u.um)
    fastest = Parameter(1e-4 * u.mM / u.ms)
    half = Parameter(1e-4 * u.mM)
    inside = Variable(
        lambda flow, inside, depth, fastest, half: (
            u.math.maximum(-flow, 0 * flow) / (2 * FARADAY * depth)
            - fastest * inside / (inside + half)
        ),
        start=2.4e-4 * u.mM,
    )


class Buffered(Pool):
    """A buffer that binds calcium in time; free and bound calcium add up."""

    ion = "Ca"
    total = Parameter(0.1 * u.mM)
    on = Parameter(500 / (u.mM * u.ms))
    off = Parameter(0.2 / u.ms)
    gain = Parameter(GAIN)
    inside = Variable(
        lambda flow, inside, bound, total, on, off, gain: (
            -gain * flow - on * inside * (total - bound) + off * bound
        ),
        start=1e-4 * u.mM,
    )
    bound = Variable(
        lambda flow, inside, bound, total, on, off: on * inside * (total - bound) - off * bound,
        start=lambda flow, inside, total, on, off: total * inside / (inside + off / on),
    )


class Outside(Pool):
    """Potassium that accumulates outside, and diffuses away."""

    ion = "K"
    gain = Parameter(GAIN)
    outside = Variable(
        lambda flow, outside, gain: gain * flow - (outside - 4 * u.mM) / (100 * u.ms),
        start=4 * u.mM,
    )


class CaLeak(Channel):
    ion = "Ca"
    g_max = 0.01 * DENSITY
    E = 120 * u.mV


class KLeak(Channel):
    ion = "K"
    g_max = 0.5 * DENSITY
    E = "Nernst"


def held(pool, current, dt, steps):
    pool.init_state(np.array([-65.0]) * u.mV)

    def step(i):
        for name, value in pool.advanced(current, dt * u.ms).items():
            pool.pool_states()[name].value = value

    brainstate.transform.for_loop(step, np.arange(steps))
    return {name: float(x.value.to_decimal(u.mM)[0]) for name, x in pool.pool_states().items()}


def test_a_pump_removes_as_scipy_says(x64):
    for current in (-2.0, 5.0):
        gain = 1e-2 / (2 * 96485.33212 * 0.1e-6) * 1e-3

        influx = -current * gain if current < 0 else 0

        def slope(t, c, influx=influx):
            return influx - 1e-4 * c / (c + 1e-4)

        exact = solve_ivp(slope, (0, 5), [2.4e-4], rtol=1e-10, atol=1e-14).y[0, -1]
        errors = []
        for dt in (0.125, 0.0625):
            got = held(Pumped(1), current * DRIVE, dt, round(5 / dt))["inside"]
            errors.append(abs(got / exact - 1))
        assert errors[1] < 1e-3
        assert errors[1] < errors[0] / 3


def test_a_buffer_keeps_what_it_binds(x64):
    pool = Buffered(1, outside=2 * u.mM)
    assert pool.offers() == ("Ca", "Ca_out", "Ca_bound")
    assert (pool.per_area, pool._per_area) == (True, True)
    pool.init_state(np.array([-65.0]) * u.mV)
    start = 1e-4 + 0.1 * 1e-4 / (1e-4 + 0.2 / 500)
    got = held(pool, -5 * DRIVE, 0.1, 50)
    assert got["inside"] + got["bound"] == pytest.approx(start + 5e-3 * 5, rel=1e-9)

    def slope(t, z):
        flux = 500 * z[0] * (0.1 - z[1]) - 0.2 * z[1]
        return [5e-3 - flux, flux]

    exact = solve_ivp(slope, (0, 5), [1e-4, start - 1e-4], rtol=1e-10, atol=1e-14, method="LSODA")
    assert got["inside"] == pytest.approx(exact.y[0, -1], rel=1e-3)
    # In steps that are 25 times as long as binding takes, it is still finite and near.
    coarse = held(Buffered(1), -5 * DRIVE, 0.5, 10)
    assert coarse["inside"] == pytest.approx(exact.y[0, -1], rel=0.02)
    free = dict(pool.read().items())
    assert set(free) == {"Ca", "Ca_out", "Ca_bound"}


def test_what_channels_let_out_accumulates_outside(x64):
    pool = Outside(2, inside=140 * u.mM, temperature=37.0)
    assert pool.offers() == ("K", "K_out", "E_K")
    channels = {"k": KLeak(2), "leak": Channel(2, 0.5 * DENSITY, 0 * u.mV)}
    cells = gj.PointNeuron(2, CM, channels, pools=[pool])
    cells.init_state(3)
    assert pool.outside.value.shape == (3, 2)

    def step(i):
        cells()

    with brainstate.environ.context(dt=0.2 * u.ms):
        brainstate.transform.for_loop(step, np.arange(6000))
    out = pool.outside.value
    current = cells.currents()["k"].to_decimal(DRIVE)
    # In the steady state diffusion takes away what the channel lets out.
    np.testing.assert_allclose(out.to_decimal(u.mM), 4 + 100 * 1e-3 * current, rtol=1e-6)
    E = nernst("K", 140 * u.mM, out, 37.0)
    np.testing.assert_allclose(cells.concentrations()["E_K"].to_decimal(u.mV), E.to_decimal(u.mV))
    cells.reset_state(3)
    np.testing.assert_allclose(pool.outside.value.to_decimal(u.mM), 4)


@pytest.mark.parametrize("solver", ["exp_euler", "staggered", "rk4"])
def test_solvers_agree_with_scipy(solver, x64):
    class Sensitive(Channel):
        ion = "K"
        g_max = 1 * DENSITY
        E = -90 * u.mV
        c = Gate(
            1, steady_state=lambda V, Ca_bound: Ca_bound / (0.1 * u.mM), time_constant=5 * u.ms
        )

    channels = {"ca": CaLeak(1), "k": Sensitive(1), "leak": Channel(1, 0.1 * DENSITY, -60 * u.mV)}
    cells = gj.PointNeuron(1, CM, channels, solver, pools=[Buffered(1)])
    cells.init_state()

    def step(i):
        cells()

    with brainstate.environ.context(dt=0.01 * u.ms, t=0 * u.ms):
        brainstate.transform.for_loop(step, np.arange(500))

    def slope(t, z):
        v, c, b, g = z
        inward = 0.01 * (120 - v)
        flux = 500 * c * (0.1 - b) - 0.2 * b
        return [
            inward - g * (v + 90) - 0.1 * (v + 60),
            1e-3 * inward - flux,
            flux,
            (b / 0.1 - g) / 5,
        ]

    start = [-65.0, 1e-4, 0.02, 0.2]
    v, c, _, _ = solve_ivp(slope, (0, 5), start, rtol=1e-10, atol=1e-12, method="LSODA").y[:, -1]
    close = 2e-2 if solver == "exp_euler" else 1e-3
    assert float(cells.V.value.to_decimal(u.mV)[0]) == pytest.approx(v, abs=close)
    got = float(cells.pools[0].inside.value.to_decimal(u.mM)[0])
    assert got == pytest.approx(c, rel=10 * close)


def test_no_solver_takes_them_below_the_least():
    for solver in ("exp_euler", "rk4"):
        pool = Buffered(1)
        channels = {"ca": CaLeak(1, g_max=5 * DENSITY, E=-200 * u.mV)}
        cells = gj.PointNeuron(1, CM, channels, solver, pools=[pool])
        cells.init_state()
        with brainstate.environ.context(dt=0.1 * u.ms, t=0 * u.ms):
            cells()
        assert pool.inside.value.to_decimal(u.mM)[0] > 0


def test_current_that_would_empty_a_rectified_pool_is_left_out(x64):
    for current, target in ((-0.3, 1e-4 + 0.3 * 50e-3), (0.3, 1e-4)):
        pool = DecayPool(1, "Ca", GAIN, 50 * u.ms, 1e-4 * u.mM, rectified=True)
        pool.init_state(np.array([-65.0]) * u.mV)
        got = pool.after(pool.concentration, current * DRIVE, 20 * u.ms).to_decimal(u.mM)
        np.testing.assert_allclose(got, target + (1e-4 - target) * np.exp(-0.4), rtol=1e-9)
        slope = pool.derivative(current * DRIVE)["inside"].to_decimal(u.mM / u.ms)
        np.testing.assert_allclose(slope, (target - 1e-4) / 50, atol=1e-12)


def test_one_ion_may_have_several_pools(x64):
    near = DecayPool(1, "Ca", GAIN, 5 * u.ms, 1e-4 * u.mM, label="Ca_near", sources=["n"])
    far = DecayPool(1, "Ca", GAIN, 500 * u.ms, 1e-4 * u.mM, outside=2 * u.mM, temperature=20.0)

    class Both(Channel):
        ion = "K"
        g_max = 1 * DENSITY
        E = -90 * u.mV
        q = Gate(
            1,
            steady_state=lambda V, Ca, Ca_near: (Ca + Ca_near) / (Ca + Ca_near + 1 * u.uM),
            time_constant=1 * u.ms,
        )

    channels = {"n": CaLeak(1), "t": CaLeak(1, g_max=0.03 * DENSITY), "k": Both(1)}
    cells = gj.PointNeuron(1, CM, channels, pools=[near, far])
    cells.init_state()
    assert sorted(cells.concentrations()) == ["Ca", "Ca_near", "Ca_out", "E_Ca"]
    with brainstate.environ.context(dt=0.01 * u.ms):
        cells()
    rise = [float(p.inside.value.to_decimal(u.mM)[0]) - 1e-4 for p in (near, far)]
    assert rise[1] / rise[0] == pytest.approx(4, rel=1e-2)
    assert rise[0] == pytest.approx(0.01e-3 * 0.01 * 185, rel=1e-2)


def test_ions_have_any_name_and_valence(x64):
    slow = Ion("Ca_slow", 2)

    class Slow(Channel):
        ion = slow
        g_max = 0.02 * DENSITY
        E = "Nernst"

    pool = DecayPool(1, slow, GAIN, 50 * u.ms, 1e-4 * u.mM, 2 * u.mM, temperature=20.0)
    assert pool.offers() == ("Ca_slow", "Ca_slow_out", "E_Ca_slow")
    cells = gj.PointNeuron(1, CM, {"s": Slow(1), "ca": CaLeak(1)}, pools=[pool])
    cells.init_state()
    E = nernst("Ca", 1e-4 * u.mM, 2 * u.mM, 20.0).to_decimal(u.mV)
    current = cells.currents()["s"].to_decimal(DRIVE)
    np.testing.assert_allclose(current, 0.02 * (-65 - E), rtol=1e-9)
    with brainstate.environ.context(dt=0.01 * u.ms):
        cells()
    rise = float(pool.inside.value.to_decimal(u.mM)[0]) - 1e-4
    assert rise == pytest.approx(-1e-3 * 0.01 * float(current[0]), rel=1e-3)
    for again in (copy.deepcopy(slow), pickle.loads(pickle.dumps(slow))):
        assert (again, again.valence, type(again)) == ("Ca_slow", 2, Ion)
    ligand = FixedPool(1, Ion("glutamate", 0), inside=1 * u.mM, outside=1 * u.mM, temperature=20.0)
    assert ligand.offers() == ("glutamate", "glutamate_out")
    plain = type("Plain", (Slow,), {"ion": Ion("Ca_slow", 1), "E": 0 * u.mV})
    with pytest.raises(ValueError, match="must mean the same ion by Ca_slow as"):
        gj.PointNeuron(1, CM, {"s": plain(1), "t": Slow(1, E=0 * u.mV)})


def test_parameters_of_pools_are_trained_per_cell(x64):
    def final(depth):
        pool = Pumped(2, depth=depth * u.um)
        pool.init_state(np.array([-65.0, -65.0]) * u.mV)
        return pool.advanced(-2 * DRIVE, 3 * u.ms)["inside"].to_decimal(u.mM)

    depth = np.array([0.1, 0.2])
    slopes = jax.jacobian(final)(depth)
    assert np.isfinite(slopes).all()
    assert slopes[0, 1] == 0
    numeric = (final(depth + 1e-6) - final(depth - 1e-6)) / 2e-6
    np.testing.assert_allclose(np.diag(slopes), numeric, rtol=1e-5)
    with pytest.raises(TypeError, match=r"depht must be an argument of Pumped.* mean 'depth'"):
        Pumped(1, depht=1 * u.um)


def made(**body):
    return type("Made", (Pool,), {"ion": "Ca", **body})


def decay(flow, inside):
    return -inside / u.ms


STAYS = Variable(decay, start=1 * u.uM)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: made(), "Made must declare at least one Variable; or use a FixedPool"),
        (lambda: made(ion="ca", inside=STAYS), "ion of Made must be one of .* mean 'Ca'"),
        (lambda: made(inside=STAYS, rest=1 * u.uM), "rest of Made is not known"),
        (lambda: made(inside=STAYS, E=Parameter(1.0)), "parameter E of Made must not be called"),
        (lambda: made(inside=Variable(decay, start=0.1)), "start of variable 'inside' .* concen"),
        (
            lambda: made(inside=Variable(lambda flow, inside, Na: -Na / u.ms, start=1 * u.mM)),
            "variable 'inside' of Made must read what the pool has .* got 'Na'",
        ),
        (
            lambda: made(inside=Variable(lambda flow, inside: flow * inside, start=1 * u.mM)),
            "derivative of variable 'inside' of Made must be in a unit such as",
        ),
        (
            lambda: made(inside=Variable(lambda flow, inside: u.math.exp(flow), start=1 * u.mM)),
            "of Made must",
        ),
        (lambda: made(inside=STAYS)(1, inside=1 * u.mM), "inside must be left out: it is a var"),
        (lambda: made(inside=STAYS, out=STAYS), "variable out of Made must not be called 'out'"),
        (
            lambda: gj.PointNeuron(
                1,
                CM,
                {"ca": CaLeak(1)},
                pools=[
                    made(inside=STAYS, buffer=STAYS)(1),
                    FixedPool(1, "Ca", 1 * u.mM, 2 * u.mM, label="Ca_buffer"),
                ],
            ),
            "pools must offer different names: .* both offer Ca_buffer",
        ),
        (
            lambda: made(
                outside=Variable(lambda flow, inside, outside: inside / u.ms, start=1 * u.mM)
            )(1),
            "inside must be given: the equations of Made read it",
        ),
        (
            lambda: gj.PointNeuron(
                1, 1 * u.nF, {"k": Channel(1, 1 * u.nS, 0 * u.mV)}, pools=[Pumped(1)]
            ),
            "equations of the pool of Ca must be absolute, as C is; it is per area",
        ),
        (
            lambda: gj.PointNeuron(1, CM, {"ca": CaLeak(1)}, pools=[Pumped(1), Pumped(1)]),
            "one pool per ion, got two of Ca. Give one of them a label",
        ),
        (
            lambda: gj.PointNeuron(1, CM, {"ca": CaLeak(1)}, pools=[Pumped(1, sources=["c"])]),
            "sources of the pool of Ca must be one of 'ca'",
        ),
        (
            lambda: gj.PointNeuron(
                1,
                CM,
                {"k": Channel(1, 1 * DENSITY, 0 * u.mV)},
                pools=[Pumped(1, sources=["k"])],
            ),
            "sources of the pool of Ca must carry Ca; channels.'k'. carries no ion",
        ),
        (lambda: Pumped(1, sources="ca"), "sources must be a list of names of channels"),
        (lambda: Pumped(1, label="E_Ca"), "name of an ion must be an identifier"),
        (lambda: Pumped(1, label="Na"), "valence of Na must be 1, got 2"),
    ],
)
def test_mistakes_are_named(make, message):
    with pytest.raises((ValueError, TypeError, u.UnitMismatchError), match=message):
        make()

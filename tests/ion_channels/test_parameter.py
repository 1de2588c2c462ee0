"""Declared parameters, and what else rates can read of their own channel."""

import copy
import inspect
import pickle

import brainstate
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.ion_channels import Channel, Gate, Markov, Parameter, exponential, sigmoid

DENSITY = u.mS / u.cm**2
V = np.array([-60.0, -40.0, -20.0]) * u.mV


class Slow(Channel):
    """Potassium, with three parameters in place of constants, in a form, and by name."""

    ion = "K"
    g_max = 1 * DENSITY
    E = -90 * u.mV
    V_half = Parameter(-40 * u.mV)
    tau = Parameter(20 * u.ms, "at any voltage")
    fold = Parameter(3.0)
    n = Gate(2, steady_state=sigmoid(1.0, V_half, 8 * u.mV), time_constant=tau)
    b = Gate(1, alpha=lambda V, fold: fold / u.ms, beta=exponential(1 / u.ms, V_half, 8 * u.mV))


class Slower(Slow):
    tau = 50 * u.ms


def boltzmann(v, half):
    return 1 / (1 + np.exp(-(v - half) / 8))


def test_defaults_and_values_per_cell(x64):
    v = V.to_decimal(u.mV)
    channel = Slow(3)
    np.testing.assert_allclose(channel.steady_state(V)["n"], boltzmann(v, -40), rtol=1e-12)
    np.testing.assert_allclose(channel.time_constant(V)["n"].to_decimal(u.ms), 20)
    half = np.array([-60.0, -50.0, -40.0])
    channel = Slow(3, V_half=half * u.mV, fold=6)
    np.testing.assert_allclose(channel.steady_state(V)["n"], boltzmann(v, half), rtol=1e-12)
    beta = np.exp((v - half) / 8)
    np.testing.assert_allclose(channel.steady_state(V)["b"], 6 / (6 + beta), rtol=1e-12)
    # Curves of any number of voltages, for each of the cells.
    grid = np.linspace(-80, 0, 9)[:, None]
    got = channel.steady_state(grid * u.mV)["n"]
    np.testing.assert_allclose(got, boltzmann(grid, half), rtol=1e-12)
    tau = Slower(1).time_constant(V)["n"].to_decimal(u.ms)
    np.testing.assert_allclose(tau, 50)
    assert Slower.parameters["tau"].name == "tau"


def test_a_channel_with_parameters_steps_as_one_with_constants(x64):
    class Fixed(Channel):
        ion = "K"
        g_max = 1 * DENSITY
        E = -90 * u.mV
        n = Gate(2, steady_state=sigmoid(1.0, -40 * u.mV, 8 * u.mV), time_constant=20 * u.ms)
        b = Gate(1, alpha=3 / u.ms, beta=exponential(1 / u.ms, -40 * u.mV, 8 * u.mV))

    pair = [Slow(3), Fixed(3)]
    for channel in pair:
        channel.init_state(V)
        with brainstate.environ.context(dt=0.5 * u.ms):
            channel.update(V + 10 * u.mV)
    ours, fixed = (channel.current(V).to_decimal(u.uA / u.cm**2) for channel in pair)
    np.testing.assert_allclose(ours, fixed, rtol=1e-12)


def test_parameters_are_trained(x64):
    half = brainstate.ParamState(np.full(3, -45.0) * u.mV)
    leak = Channel(3, 0.1 * DENSITY, -65 * u.mV)
    slow = Slow(3, V_half=half)
    cells = gj.PointNeuron(3, 1 * u.uF / u.cm**2, {"slow": slow, "leak": leak})
    assert half in list(cells.states(brainstate.ParamState).values())

    def final():
        cells.init_state()
        with brainstate.environ.context(dt=0.1 * u.ms):
            for _ in range(3):
                cells(10 * u.uA / u.cm**2)
        return cells.V.value.to_decimal(u.mV).sum()

    slopes = brainstate.transform.grad(final, half)()
    slopes = np.asarray(u.get_mantissa(slopes))
    assert np.isfinite(slopes).all()
    value, step = half.value, 1e-4 * u.mV
    half.value = value + step
    up = final()
    half.value = value - step
    down = final()
    np.testing.assert_allclose(slopes.sum(), (up - down) / 2e-4, rtol=1e-5)


def test_channels_with_parameters_are_copied_and_pickled():
    channel = Slow(2, tau=[1.0, 2.0] * u.ms)
    for again in (copy.deepcopy(channel), pickle.loads(pickle.dumps(channel))):
        np.testing.assert_allclose(again.tau.to_decimal(u.ms), [1, 2])
        assert again.time_constant([-40.0] * u.mV)["n"].shape == (2,)


class Warm(Channel):
    """Its rates read the temperature and its own reversal potential."""

    ion = "K"
    g_max = 1 * DENSITY
    E = -90 * u.mV
    n = Gate(
        1,
        alpha=lambda V, temperature: 2 ** ((temperature - 20) / 10) / u.ms,
        beta=lambda V, E: (V - E) / (10 * u.mV) / u.ms,
    )


def test_rates_read_temperature_and_reversal(x64):
    at = [-70.0] * u.mV
    for celsius, E, want in ((20.0, -90.0, 1 / 3), (30.0, -90.0, 2 / 4), (30.0, -80.0, 2 / 3)):
        channel = Warm(1, E=E * u.mV, temperature=celsius)
        assert channel.reads() == ()
        assert float(channel.steady_state(at)["n"][0]) == pytest.approx(want)
    assert Warm(1, temperature=20.0).depends_on_temperature
    nernst = Warm(1, E="Nernst", temperature=30.0)
    assert nernst.reads() == ("E_K",)
    assert float(nernst.steady_state(at, E_K=-80 * u.mV)["n"][0]) == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="temperature must be given: the rates of Warm read it"):
        Warm(1)


def test_gates_start_where_they_are_told(x64):
    class Told(Channel):
        g_max = 1 * DENSITY
        E = 0 * u.mV
        first = Parameter(0.25)
        a = Gate(1, steady_state=0.9, time_constant=1 * u.ms, start=first)
        s = Markov(
            ("C", "O"),
            {("C", "O"): 1 / u.ms, ("O", "C"): 1 / u.ms},
            open=("O",),
            start={"C": 1.0},
        )

    channel = Told(2, first=[0.25, 0.5])
    channel.init_state(V[:2])
    np.testing.assert_allclose(channel.a.value, [0.25, 0.5])
    np.testing.assert_allclose(channel.s.value, [[1, 0], [1, 0]])
    np.testing.assert_allclose(channel.steady_state(V[:2])["s"], 0.5)
    with brainstate.environ.context(dt=1 * u.ms):
        channel.update(V[:2])
    np.testing.assert_allclose(channel.a.value[0], 0.9 - 0.65 * np.exp(-1))
    channel.reset_state(V[:2])
    np.testing.assert_allclose(channel.a.value, [0.25, 0.5])


class Table:
    """A rate that is an object, which says itself what it reads."""

    def __init__(self, *names):
        keep = inspect.Parameter.POSITIONAL_OR_KEYWORD
        self.names = names
        self.__signature__ = inspect.Signature([inspect.Parameter(n, keep) for n in ("V", *names)])

    def __call__(self, V, **read):
        assert set(read) == set(self.names)
        return sum(read.values()) / u.ms


def test_rates_may_be_objects_that_state_their_signature():
    class Tabled(Channel):
        g_max = 1 * DENSITY
        E = 0 * u.mV
        one = Parameter(1.0)
        two = Parameter(2.0)
        n = Gate(1, alpha=Table("one", "two"), beta=Table("one"))

    assert Tabled.gates["n"].reads == ("one", "two")
    assert float(Tabled(1).steady_state([0.0] * u.mV)["n"][0]) == pytest.approx(3 / 4)


def test_parameters_that_methods_read_are_left_alone():
    class Method(Channel):
        g_max = 1 * DENSITY
        E = 0 * u.mV
        factor = Parameter(2.0)

        def conductance(self, V, **concentrations):
            return super().conductance(V, **concentrations) * self.factor

    got = Method(2, factor=[1, 3]).current([10.0, 10.0] * u.mV).to_decimal(u.uA / u.cm**2)
    np.testing.assert_allclose(got, [10, 30])


SHARED = Parameter(1 * u.ms)


class Holder(Channel):
    shared = SHARED
    n = Gate(1, steady_state=0.5, time_constant=SHARED)


def made(**body):
    return type("Made", (Channel,), {"g_max": 1 * DENSITY, "E": 0 * u.mV, **body})


def declare_under_another_name():
    class Other(Channel):
        renamed = SHARED


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Slow(1, Tau=1 * u.ms), "Tau must be an argument of Slow, .* Did you mean 'tau'"),
        (
            lambda: Slow(1, gmax=1 * DENSITY),
            "gmax must be .* V_half, tau, fold. Did you .* 'g_max'",
        ),
        # What only a declaration may set is no argument, and is not suggested as one.
        (lambda: Slow(1, reference_temperature=20.0), "you mean 'temperature'"),
        (lambda: Slow(3, tau=np.ones(2) * u.ms), r"tau must be one value, or of the size \(3,\)"),
        (lambda: Slow(1, tau=3 * u.mV), "tau must be in a unit such as ms"),
        (lambda: Slow(1, fold=3 * u.mV), "fold must be a number"),
        (lambda: Slow(1, fold=brainstate.ParamState(3)), "fold must hold floating-point numbers"),
        (lambda: made(E_K=Parameter(1.0), E=Parameter(1.0)), "parameter E of Made must not be cal"),
        (lambda: type("Made", (Slow,), {"tau": 3 * u.mV}), "tau of Made must be in a unit such as"),
        (
            lambda: made(n=Gate(steady_state=0.5, time_constant=Parameter(0 * u.ms))),
            "must be a Parameter that is an attribute of the class",
        ),
        (
            lambda: made(p=(p := Parameter(0 * u.ms)), n=Gate(steady_state=0.5, time_constant=p)),
            "time_constant of gate 'n' of Made must be positive",
        ),
        (
            lambda: made(p=(p := Parameter(3.0)), n=Gate(steady_state=0.5, time_constant=p)),
            "time_constant of gate 'n' of Made must be in a unit such as ms",
        ),
        (
            lambda: made(n=Gate(steady_state=0.5, start=0.5)),
            "start of gate 'n' of Made must be left out",
        ),
        (
            lambda: made(
                n=Markov(("C", "O"), {("C", "O"): 1 / u.ms}, open=("O",), start={"C": 0.5})
            ),
            "must be fractions of sum 1",
        ),
        (
            lambda: made(tau=Parameter(3 * u.ms)),
            "parameter 'tau' of Made must be read by a gate, a variable or a current",
        ),
        (declare_under_another_name, "must be its own Parameter"),
        (
            lambda: sigmoid(1.0, Slow.parameters["V_half"], 1 * u.mV)(V),
            r"V_half of a rate form must be given .*: form\(V, V_half=...\)",
        ),
        (lambda: sigmoid(1.0, Parameter(3.0), 1 * u.mV), "V_half must be a voltage"),
        (lambda: Slow(1, tau=0 * u.ms), "tau must be positive"),
        (lambda: Slow(1, fold=np.square), "fold must be a number, got <ufunc 'square'>"),
        (lambda: Slow(1, fold="3"), "fold must be a number, got '3'"),
        (
            lambda: made(n=Gate(alpha=-1 / u.ms, beta=1 / u.ms)),
            "alpha of gate 'n' of Made must not be negative",
        ),
    ],
)
def test_mistakes_are_named(make, message):
    with pytest.raises((ValueError, TypeError, u.UnitMismatchError), match=message):
        make()

"""Declarations that say something else than their author meant."""

from typing import ClassVar

import brainstate
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.ion_channels import (
    HT_RM2003,
    K_HH1952,
    L_HH1952,
    CaDynamics_E2,
    Channel,
    DecayPool,
    Gate,
    GHKChannel,
    Kd_Go2018,
    Markov,
    Na_HH1952,
    insert,
    sigmoid,
)

DENSITY = u.mS / u.cm**2
CM = 1 * u.uF / u.cm**2
GAIN = 1 * u.mM / (u.nA * u.ms)
GATE = Gate(1, steady_state=sigmoid(1.0, -50 * u.mV, 10 * u.mV), time_constant=10 * u.ms)
WARM = Gate(1, steady_state=0.5, time_constant=10 * u.ms, q10=3)


def made(*bases, **body):
    return type("Made", bases or (Channel,), body)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: made(ion="ca"), "ion of Made must be one of .* Did you mean 'Ca'"),
        (lambda: made(Na_HH1952, h=0.5), "gate h of Made must be a Gate or Markov, or None"),
        (lambda: made(n=(GATE,)), "is there a comma after it"),
        (lambda: made(HT_RM2003, q=GATE), "must use all its gates; 'q' is in none of them"),
        (lambda: made(gmax=1 * DENSITY), "gmax of Made is not known.* is g_max meant"),
        (lambda: made(n=GATE, term=((0.5, ("n",)),)), "term of Made is not .* is terms meant"),
        (lambda: made(n=GATE, Q10=3.0), "Q10 of Made is not .* is q10 of a Gate, or q10_cond"),
        (lambda: made(vshift=1 * u.mV), "vshift of Made is not .* is the argument V_shift"),
        (lambda: made(T_ref=23.0), "T_ref of Made is not .* is reference_temperature meant"),
        (lambda: made(P_max=1 * u.cm / u.second), "P_max of Made is not .* is g_max meant"),
        (lambda: made(GHKChannel, ion="Ca", g_max=1 * DENSITY), "g_max .* is P_max meant"),
        (lambda: made(GHKChannel, ion="Ca", E=0 * u.mV), "E of Made is not .* is one of ion, "),
        (lambda: made(alpha=sigmoid(1.0, 0 * u.mV, 1 * u.mV)), "alpha of Made is not known"),
        (lambda: made(gates={"n": GATE}), "gates of Made is not known"),
        (
            lambda: type("Made", (type("Mixin", (), {"gmax": 1 * DENSITY}), Channel), {}),
            "gmax of Made is not known",
        ),
        (lambda: made(temperature=36.0, n=WARM), "temperature needs a reference"),
        (lambda: made(temperature="36"), "temperature of Made must be"),
        (lambda: made(n=GATE, terms=(0.85, ("n",))), "terms of Made must be pairs"),
        (lambda: made(n=GATE, terms=((1 * u.mS, ("n",)),)), "terms of Made must be a number"),
        (lambda: made(q10_conductance=-2.0), "q10_conductance of Made must be"),
        (lambda: made(n=Gate(steady_state=50.0)), "steady_state of gate 'n' .* between 0 and 1"),
        (lambda: made(n=Gate(steady_state=0.5, time_constant=-1 * u.ms)), "must be positive"),
        (lambda: made(n=Gate(steady_state=0.5, time_constant=0 * u.ms)), "must be positive"),
        (
            lambda: made(n=Gate(steady_state=lambda V: Made.half)),  # noqa: F821
            "must use names that exist when the class is made.* name 'Made' is not defined",
        ),
        (lambda: made(n=Gate(steady_state=lambda V: np.exp(V / u.mV))), "that JAX can trace"),
        (
            lambda: made(n=Gate(steady_state=lambda V: 1.0 if 0 * u.mV < V else 0.0)),
            "steady_state of gate 'n' of Made must be a function of V .* without branches",
        ),
        (lambda: made(_n=GATE), "must not be called '_n'"),
    ],
)
def test_what_cannot_be_meant_is_refused(make, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make()


def test_constants_of_the_class_itself_are_left_alone():
    class Kept(Channel):
        half: ClassVar[u.Quantity] = -50 * u.mV
        _slope = 10 * u.mV
        n = Gate(1, steady_state=sigmoid(1.0, half, _slope))

        def doubled(self):
            return 2 * self.half

    channel = Kept(1, g_max=1 * DENSITY, E=0 * u.mV)
    assert float(channel.doubled() / u.mV) == -100


def test_rates_read_reversal_potentials_but_not_their_own_defaults():
    gate = Gate(1, steady_state=lambda V, E_K, slope=10 * u.mV: 1 / (1 + ((V - E_K) / slope) ** 2))
    channel = made(ion="K", g_max=1 * DENSITY, E="Nernst", n=gate)(1)
    assert channel.reads() == ("E_K",)
    share = channel.steady_state([-80.0] * u.mV, E_K=-90 * u.mV)["n"]
    assert float(share[0]) == pytest.approx(0.5)


def test_units_of_what_a_rate_reads_are_named():
    with pytest.raises(u.UnitMismatchError, match="V in a voltage unit, and E_K in a unit such as"):
        made(n=Gate(steady_state=lambda V, E_K: 1 / (1 + (V - E_K))))


def test_a_gate_that_hides_the_module_of_units_is_named():
    with pytest.raises(AttributeError, match=r"is saiunit's mS meant\? After a line such as 'u = "):

        class Slow(Channel):
            u = GATE
            g_max = 1 * u.mS


def test_channels_at_different_temperatures_are_noticed():
    warm, cold = made(n=WARM, reference_temperature=26.0), made(m=WARM, reference_temperature=20.0)
    parts = {
        "warm": warm(1, 1 * DENSITY, 0 * u.mV),
        "cold": cold(1, 1 * DENSITY, 0 * u.mV),
        "leak": L_HH1952(1),
    }
    with pytest.warns(gj.GapJunctionWarning, match=r"\['warm'\] .* at 26, .*\['cold'\] .* at 20 "):
        gj.PointNeuron(1, CM, parts)
    read = made(ion="Ca", E="Nernst", g_max=1 * DENSITY, n=WARM, reference_temperature=26.0)
    with pytest.warns(gj.GapJunctionWarning, match="at 26, the pool of Ca at 34"):
        gj.PointNeuron(1, CM, {"ca": read(1)}, pools=[CaDynamics_E2(1, temperature=34.0)])


def test_gates_are_inherited_replaced_and_taken_away():
    assert list(made(Na_HH1952, h=None).gates) == ["m"]
    assert list(made(Na_HH1952, K_HH1952).gates) == ["n", "m", "h"]
    mixin = type("Mixin", (), {"n": GATE})
    assert list(made(mixin, Channel).gates) == ["n"]
    assert made(K_HH1952, n=GATE).gates["n"] is GATE


def test_reference_temperature_needs_no_source():
    channel = made(g_max=1 * DENSITY, E=0 * u.mV, n=WARM, reference_temperature=26.0)(
        1, temperature=36.0
    )
    tau = channel.time_constant([-50.0] * u.mV)["n"]
    assert float(tau.to_decimal(u.ms)[0]) == pytest.approx(10 / 3)


def test_temperature_that_does_nothing_is_noticed():
    with pytest.warns(gj.GapJunctionWarning, match="temperature has no effect on Kd_Go2018"):
        Kd_Go2018(1, temperature=20.0)


def test_rates_may_read_instantaneous_gates():
    channel = made(
        g_max=1 * DENSITY,
        E=0 * u.mV,
        a=Gate(1, steady_state=sigmoid(1.0, -50 * u.mV, 10 * u.mV)),
        n=Gate(1, alpha=lambda V, a: a / u.ms, beta=1 / u.ms),
    )(1)
    V = np.array([-50.0]) * u.mV
    channel.init_state(V)
    assert float(channel.n.value[0]) == pytest.approx(0.5 / 1.5)
    with brainstate.environ.context(dt=0.1 * u.ms):
        channel.update(V)
    assert float(channel.n.value[0]) == pytest.approx(0.5 / 1.5)


def test_weights_of_open_states():
    gate = Markov(("C", "O", "L"), {("C", "O"): 1 / u.ms, ("O", "L"): 1 / u.ms}, {"O": 1, "L": 2})
    assert float(gate.open_fraction(np.array([0.5, 0.3, 0.2]))) == pytest.approx(0.7)


def test_a_channel_is_in_one_neuron_once():
    k = K_HH1952(1)
    with pytest.raises(ValueError, match="must be its own K_HH1952"):
        gj.PointNeuron(1, CM, {"a": k, "b": k})
    gj.PointNeuron(1, CM, {"k": k, "leak": L_HH1952(1)})
    with pytest.raises(ValueError, match="must be its own K_HH1952"):
        gj.PointNeuron(1, CM, {"k": k})


def test_a_pool_is_in_one_neuron():
    pool = CaDynamics_E2(1)
    gj.PointNeuron(1, CM, {"k": K_HH1952(1)}, pools=[pool])
    with pytest.raises(ValueError, match="must be its own CaDynamics_E2"):
        gj.PointNeuron(1, CM, {"k": K_HH1952(1)}, pools=[pool])
    cells = gj.PointNeuron(1, CM, {"k": K_HH1952(1)})
    with pytest.raises(ValueError, match="give PointNeuron its channels when it is made"):
        insert(cells, K_HH1952(1))


def test_outward_chloride_current_brings_chloride_in(x64):
    gain = 1e-3 * u.mM / (u.uA / u.cm**2 * u.ms)
    for ion, sign in (("Cl", 1), ("Na", -1)):
        pool = DecayPool(1, ion, gain, 50 * u.ms, 5 * u.mM)
        pool.init_state(np.array([-65.0]) * u.mV)
        slope = pool.derivative(10 * u.uA / u.cm**2)["inside"]
        assert float(slope.to_decimal(u.mM / u.ms)[0]) == pytest.approx(sign * 1e-2)


def test_nernst_of_a_pool_is_finite_at_any_concentration():
    pool = DecayPool(
        1, "Ca", 1 * u.mM / (u.nA * u.ms), 1 * u.ms, 0 * u.mM, 2 * u.mM, temperature=34.0
    )
    for inside in (-1.0, 0.0, 1e-4):
        assert np.isfinite(pool.read_at(inside * u.mM)["E_Ca"].to_decimal(u.mV))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: K_HH1952(3, V_shift=np.ones(2) * u.mV), r"V_shift must be .* of the size \(3,\)"),
        (lambda: K_HH1952(1, V_shift=np.ones((5, 1)) * u.mV), "V_shift must be one value, or"),
        (lambda: DecayPool(1, "Ca", GAIN, 0 * u.ms, 1 * u.mM), "tau must be positive"),
        (lambda: DecayPool(1, "Ca", -GAIN, 1 * u.ms, 1 * u.mM), "gain must not be negative"),
        (lambda: DecayPool(1, "Ca", GAIN, 1 * u.ms, -1 * u.mM), "rest must not be negative"),
        (lambda: CaDynamics_E2(1, depth=0 * u.um), "depth must be positive"),
        (lambda: CaDynamics_E2(1, outside=0 * u.mM, temperature=36.0), "outside must be positive"),
        (lambda: gj.PointNeuron(3, np.ones((5, 3)) * CM, {"k": K_HH1952(3)}), "C must be one"),
        (lambda: gj.PointNeuron(1, 0 * CM, {"k": K_HH1952(1)}), "C must be positive"),
        (
            lambda: gj.PointNeuron(3, CM, {"k": K_HH1952(3)}, area=np.ones(2) * u.cm**2),
            "area must be one value",
        ),
        (
            lambda: gj.PointNeuron(3, CM, {"k": K_HH1952(3)}, V_th=np.ones(2) * u.mV),
            "V_th must be one value",
        ),
    ],
)
def test_numbers_that_fit_no_cell_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: Channel(3, np.ones((5, 3)) * DENSITY, 0 * u.mV), ValueError),
        (lambda: Channel(1, np.ones(3) * DENSITY, 0 * u.mV), ValueError),
        (lambda: Channel(2, brainstate.ParamState(np.ones(3) * DENSITY), 0 * u.mV), ValueError),
        (lambda: Channel(1, brainstate.ParamState(36 * DENSITY), 0 * u.mV), TypeError),
    ],
)
def test_conductances_of_another_shape_or_kind_are_refused(make, error):
    with pytest.raises(error, match="g_max must"):
        make()


def test_pools_can_be_trained(x64):
    def final(gain):
        unit = u.mM / (u.uA / u.cm**2 * u.ms)
        parameter = brainstate.ShortTermState(gain * unit)
        pool = DecayPool(1, "Ca", parameter, 20 * u.ms, 1e-4 * u.mM)
        pool.init_state(np.array([-65.0]) * u.mV)
        return pool.after(pool.concentration, -1 * u.uA / u.cm**2, 5 * u.ms).to_decimal(u.mM)[0]

    slope = float(brainstate.transform.grad(final)(1e-3))
    assert slope == pytest.approx(20 * (1 - np.exp(-5 / 20)))


def test_an_undeclared_gate_cannot_be_evaluated():
    with pytest.raises(ValueError, match="rate must be a function of V or a constant, got None"):
        Gate().steady_state_at([-50.0] * u.mV, {})

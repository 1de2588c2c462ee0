"""Mechanisms: currents of any form, of several ions, in neurons of every kind."""

import brainpy
import brainstate
import jax
import numpy as np
import pytest
import saiunit as u
from scipy.integrate import solve_ivp

import gapjunction as gj
from gapjunction.ion_channels import (
    K_HH1952,
    Channel,
    Current,
    DecayPool,
    FixedPool,
    Gate,
    GHKChannel,
    Ion,
    Mechanism,
    Na_HH1952,
    Parameter,
    Variable,
    exponential,
    ghk,
    insert,
    linoid,
    nernst,
    sigmoid,
)

DENSITY = u.mS / u.cm**2
DRIVE = u.uA / u.cm**2
V = np.array([-80.0, -40.0, 0.0]) * u.mV


class Pump(Mechanism):
    """Takes 3 sodium ions out for 2 potassium ions that it takes in."""

    i_max = Parameter(2 * DRIVE)
    K_Na = Parameter(10 * u.mM)
    K_K = Parameter(1.5 * u.mM)
    net = Current(
        {"Na": 3, "K": -2},
        lambda V, Na, K_out, i_max, K_Na, K_K: (
            i_max * (Na / (Na + K_Na)) ** 3 * (K_out / (K_out + K_K)) ** 2
        ),
    )


class OhmicAsMechanism(Mechanism):
    """The delayed rectifier of the squid once more, as a function."""

    g = Parameter(36 * DENSITY)
    n = Gate(
        4,
        alpha=linoid(0.1 / u.ms, -55 * u.mV, 10 * u.mV),
        beta=exponential(0.125 / u.ms, -65 * u.mV, -80 * u.mV),
        q10=3,
    )
    source = K_HH1952.source
    k = Current("K", lambda V, open_fraction, g: g * open_fraction * (V + 77 * u.mV))


class GHKAsMechanism(Mechanism):
    P = Parameter(1e-4 * u.cm / u.second)
    m = Gate(2, steady_state=sigmoid(1.0, -10 * u.mV, 6 * u.mV), time_constant=2 * u.ms)
    ca = Current(
        "Ca",
        lambda V, open_fraction, P, Ca, Ca_out, temperature: (
            P * open_fraction * ghk("Ca", V, Ca, Ca_out, temperature)
        ),
    )


class PlainGHK(GHKChannel):
    ion = "Ca"
    P_max = 1e-4 * u.cm / u.second
    m = GHKAsMechanism.gates["m"]


def _block(V, Mg_out):
    return 1 + Mg_out / (3.57 * u.mM) * u.math.exp(-V / (16.13 * u.mV))


class Blocked(Mechanism):
    """A ligand-gated cation channel that magnesium blocks, for two ions."""

    g = Parameter(5 * u.nS)
    ligand = Parameter(0 * u.mM)
    r = Gate(1, alpha=lambda V, ligand: 0.5 / (u.mM * u.ms) * ligand, beta=lambda V: 0.01 / u.ms)
    na = Current("Na", lambda V, r, g, Mg_out: 0.9 * g * r * (V - 10 * u.mV) / _block(V, Mg_out))
    ca = Current("Ca", lambda V, r, g, Mg_out: 0.1 * g * r * (V - 10 * u.mV) / _block(V, Mg_out))


def test_what_a_pump_carries(x64):
    pump = Pump(3, i_max=[1.0, 2.0, 4.0] * DRIVE)
    assert pump.reads() == ("Na", "K_out")
    assert pump.carries == ("Na", "K")
    assert (Pump.ion, pump.per_area, pump.is_affine) == ("nonspecific", True, False)
    given = {"Na": 10 * u.mM, "K_out": 3 * u.mM}
    net = np.array([1, 2, 4]) * 0.5**3 * (3 / 4.5) ** 2
    np.testing.assert_allclose(pump.current(V, **given).to_decimal(DRIVE), net)
    flows = pump.flows(V, **given)
    np.testing.assert_allclose(flows["Na"].to_decimal(DRIVE), 3 * net)
    np.testing.assert_allclose(flows["K"].to_decimal(DRIVE), -2 * net)
    np.testing.assert_allclose(pump.conductance(V, **given).mantissa, 0)


def test_a_pump_moves_ions_between_pools(x64):
    gain = 1e-3 * u.mM / (DRIVE * u.ms)
    sodium = DecayPool(1, "Na", gain, 1e9 * u.ms, 12 * u.mM)
    potassium = DecayPool(1, "K", gain, 1e9 * u.ms, 140 * u.mM, outside=4 * u.mM)
    channels = {"pump": Pump(1), "leak": Channel(1, 0.1 * DENSITY, -60 * u.mV)}
    cells = gj.PointNeuron(1, 1 * u.uF / u.cm**2, channels, pools=[sodium, potassium])
    cells.init_state()

    def step(i):
        cells()

    with brainstate.environ.context(dt=1 * u.ms):
        brainstate.transform.for_loop(step, np.arange(2000))
    na = 12 - float(sodium.inside.value.to_decimal(u.mM)[0])
    k = float(potassium.inside.value.to_decimal(u.mM)[0]) - 140

    def slope(t, c):
        return -3e-3 * 2 * (c / (c + 10)) ** 3 * (4 / 5.5) ** 2

    exact = 12 - solve_ivp(slope, (0, 2000), [12.0], rtol=1e-10).y[0, -1]
    assert na == pytest.approx(exact, rel=1e-3)
    assert na / k == pytest.approx(1.5, rel=1e-6)
    # It is electrogenic: at rest the leak carries what it pumps.
    net = float(cells.currents()["pump"].to_decimal(DRIVE)[0])
    rest = float(cells.V.value.to_decimal(u.mV)[0])
    assert rest == pytest.approx(-60 - net / 0.1, abs=0.01)


def test_written_as_functions_known_channels_are_the_same(x64):
    pairs = [
        (OhmicAsMechanism(3, temperature=16.3), K_HH1952(3, temperature=16.3), {}),
        (
            GHKAsMechanism(3, temperature=24.0),
            PlainGHK(3, temperature=24.0),
            {"Ca": 1e-4 * u.mM, "Ca_out": 2 * u.mM},
        ),
    ]
    for ours, known, ions in pairs:
        for channel in (ours, known):
            channel.init_state(V, **ions)
            with brainstate.environ.context(dt=0.3 * u.ms):
                channel.update(V + 15 * u.mV, **ions)
        assert ours.carries == known.carries
        assert set(ours.reads()) == set(known.reads())
        for one, other in zip(ours.affine(V, **ions), known.affine(V, **ions), strict=True):
            unit = u.get_unit(other)
            np.testing.assert_allclose(one.to_decimal(unit), other.to_decimal(unit), rtol=1e-9)
        one, other = (c.current(V, **ions).to_decimal(DRIVE) for c in (ours, known))
        np.testing.assert_allclose(one, other, rtol=1e-9)
    # What is tried at the same voltage as RT/F in both.
    assert ours.depends_on_temperature


@pytest.mark.parametrize("solver", ["exp_euler", "staggered", "rk4"])
def test_neurons_with_curved_currents_agree_with_scipy(solver, x64):
    ligand = brainstate.ShortTermState(1.0 * u.mM)
    channels = {
        "nmda": Blocked(1, ligand=ligand),
        "leak": Channel(1, 10 * u.nS, -70 * u.mV),
    }
    magnesium = FixedPool(1, "Mg", inside=0.5 * u.mM, outside=1 * u.mM)
    cells = gj.PointNeuron(
        1, 200 * u.pF, channels, solver, pools=[magnesium], V_initializer=-70 * u.mV
    )
    ligand.value = 0.0 * u.mM
    cells.init_state()
    ligand.value = 1.0 * u.mM

    def step(i):
        cells(100 * u.pA)

    with brainstate.environ.context(dt=0.05 * u.ms, t=0 * u.ms):
        brainstate.transform.for_loop(step, np.arange(400))

    def slope(t, z):
        v, r = z
        block = 1 + np.exp(-v / 16.13) / 3.57
        return [(100 - 10 * (v + 70) - 5 * r * (v - 10) / block) / 200, 0.5 * (1 - r) - 0.01 * r]

    v, r = solve_ivp(slope, (0, 20.0), [-70.0, 0.0], rtol=1e-10, atol=1e-12).y[:, -1]
    close = 5e-2 if solver == "exp_euler" else 2e-3
    assert float(cells.V.value.to_decimal(u.mV)[0]) == pytest.approx(v, abs=close)
    assert float(cells.channels["nmda"].r.value[0]) == pytest.approx(r, rel=1e-6)


def test_slopes_are_those_of_the_function(x64):
    channel = Blocked(3, ligand=1 * u.mM)
    channel.init_state(V, Mg_out=1 * u.mM)
    given = {"Mg_out": 1 * u.mM}
    g, battery = channel.affine(V, **given)
    h = 1e-3 * u.mV
    rise = channel.current(V + h, **given) - channel.current(V - h, **given)
    want = (rise / (2 * h)).to_decimal(u.nS)
    np.testing.assert_allclose(g.to_decimal(u.nS), want, rtol=1e-6)
    tangent = (g * V - battery).to_decimal(u.nA)
    np.testing.assert_allclose(tangent, channel.current(V, **given).to_decimal(u.nA), rtol=1e-9)
    # Between -80 and 0 mV the block gives it a negative slope somewhere.
    assert g.to_decimal(u.nS)[0] < 0 < g.to_decimal(u.nS)[2]


def test_batches_gradients_and_other_neurons():
    def charge(half):
        class Curved(Mechanism):
            g = Parameter(2 * u.nS)
            x = Variable(lambda V, x: (1 - x) / (10 * u.ms), start=0.0)
            i = Current("K", lambda V, x, g: g * x * (V + 90 * u.mV) * u.math.tanh(V / half))

        cells = brainpy.state.LIF(3, tau=10 * u.ms, R=1 * u.Mohm, V_rest=-60 * u.mV)
        added = insert(cells, Curved(3))
        brainstate.nn.init_all_states(cells, 2)
        with brainstate.environ.context(dt=0.1 * u.ms, t=0 * u.ms):
            cells(1 * u.nA)
        assert added.channels["Curved"].x.value.shape == (2, 3)
        np.testing.assert_allclose(added.channels["Curved"].x.value, 1 - np.exp(-0.01), rtol=1e-5)
        with brainstate.environ.context(dt=0.1 * u.ms, t=0.1 * u.ms):
            cells(1 * u.nA)
        return cells.V.value.to_decimal(u.mV).sum()

    slope = jax.grad(lambda half: charge(half * u.mV))(40.0)
    assert np.isfinite(slope)
    assert slope != 0


def test_a_braincell_integrates_variables_and_pools_of_any_equations(x64):
    braincell = pytest.importorskip("braincell")

    class Squid(braincell.SingleCompartment):
        def __init__(self, size):
            super().__init__(size, solver="rk4")

    class Curved(Mechanism):
        x = Variable(lambda V, x: (1 - x) / (10 * u.ms), start=0.0)
        i = Current("K", lambda V, x: 0.1 * DENSITY * x * (V + 90 * u.mV))

    cells = Squid(2)
    insert(cells, {"c": Curved(2)}, name="own")
    cells.init_state()
    with brainstate.environ.context(dt=0.1 * u.ms, t=0 * u.ms):
        cells.update(1 * DRIVE)
    np.testing.assert_allclose(cells.own.channels["c"].x.value, 1 - np.exp(-0.01), rtol=1e-6)


def test_thermal_voltage_as_a_model_rounds_it(x64):
    given = {"Ca": 1e-4 * u.mM, "Ca_out": 2 * u.mM}

    class Rounded(PlainGHK):
        RT_F = 25 * u.mV

    class Scaled(PlainGHK):
        RT_F = lambda celsius: 25 * u.mV / 293.15 * (celsius + 273.15)  # noqa: E731

    for cls, RT_F in ((Rounded, 25.0), (Scaled, 25 / 293.15 * 297.15)):
        channel = cls(3, temperature=24.0)
        channel.init_state(V)
        share = channel.open_fraction(V)
        want = 1e-4 * u.cm / u.second * share * ghk("Ca", V, *given.values(), RT_F=RT_F * u.mV)
        got = channel.current(V, **given).to_decimal(DRIVE)
        np.testing.assert_allclose(got, want.to_decimal(DRIVE), rtol=1e-12)
        xi = 2 * V.to_decimal(u.mV)[0] / RT_F
        flux = 2 * 96485.33212 * xi * (1e-4 - 2 * np.exp(-xi)) / (1 - np.exp(-xi))
        # 1e-4 cm/s times C/m3 is 1e-6 A/m2, or 1e-4 uA/cm2.
        assert float(got[0]) == pytest.approx(1e-4 * flux * float(share[0]), rel=1e-9)
    E = nernst("Ca", 1e-4 * u.mM, 2 * u.mM, RT_F=25 * u.mV)
    assert float(E.to_decimal(u.mV)) == pytest.approx(12.5 * np.log(2e4))


def made(**body):
    return type("Made", (Mechanism,), body)


SLOW = Gate(1, steady_state=0.5, time_constant=1 * u.ms)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: made(n=SLOW), "Made must declare at least one Current"),
        (
            lambda: made(i=Current("k", lambda V: V * u.nS)),
            "ion of current 'i' .* Did you mean 'K'",
        ),
        (lambda: made(i=Current({"K": "2"}, lambda V: V * u.nS)), "share of K in current 'i'"),
        (lambda: made(i=Current("K", 3 * u.nA)), "function of current 'i' .* a function"),
        (lambda: made(i=Current("K", lambda V: V)), "current 'i' of Made must be a current, abs"),
        (lambda: made(i=Current("K", lambda V: V * u.nS), ion="K"), "ion of Made is not known"),
        (lambda: made(i=Current("K", lambda V: V * u.nS), g_max=1 * u.nS), "g_max of Made is not"),
        (lambda: made(i=Current("K", lambda V: V * u.nS), n=SLOW), "gate 'n' of Made must be read"),
        (
            lambda: made(i=Current("K", lambda V, n: n * V * u.nS), n=Na_HH1952.gates["m"]),
            "power of gate 'n' of Made must be 1 where no current reads open_fraction",
        ),
        (
            lambda: made(i=Current("K", lambda V: V * u.nS), j=Current("K", lambda V: V * DENSITY)),
            r"all per area or all absolute; per area are \['j'\]",
        ),
        (lambda: made(i=Current("K", lambda V, Made: Other * V)), "names that exist"),  # noqa: F821
        (lambda: Ion("Ca", 1), "valence of Ca must be 2, got 1"),
        (lambda: Ion("E_x", 1), "name of an ion must be an identifier"),
        (lambda: Ion("temperature", 0), "is none of nonspecific, V, E, temperature"),
        (lambda: nernst(Ion("glutamate", 0), 1 * u.mM, 1 * u.mM, 20.0), "ion must have a charge"),
        (lambda: ghk("Ca", 0 * u.mV, 1 * u.mM, 1 * u.mM), "temperature must be given, or RT_F"),
        (lambda: type("Made", (PlainGHK,), {"RT_F": 25.0}), "RT_F of Made must be a voltage"),
        (
            lambda: type("Made", (PlainGHK,), {"ion": Ion("IP3", 0)}),
            "ion of Made must have a charge, got 'IP3'",
        ),
        (lambda: GHKAsMechanism(1), "temperature must be given"),
    ],
)
def test_mistakes_are_named(make, message):
    with pytest.raises((ValueError, TypeError, u.UnitMismatchError), match=message):
        make()

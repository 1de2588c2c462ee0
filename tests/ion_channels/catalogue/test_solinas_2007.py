"""Against the rates of the authors' mechanisms in plain NumPy: mV, ms, mM, at 23 degC.

ModelDB 112685, as in Open Source Brain's VervaekeEtAl-GolgiCellNetwork.
"""

import numpy as np
import pytest
import saiunit as u

from gapjunction.ion_channels.catalogue import solinas_2007 as inward
from gapjunction.ion_channels.catalogue import solinas_2007_potassium as outward
from gapjunction.ion_channels.catalogue.hirschberg_1998 import SK_Hi1998
from gate_curves import check_gates

# Off the voltages at which the printed rates are 0/0.
v = np.arange(-100.0, 30.0) + 0.3
V = v * u.mV
exp = np.exp


def opening(alpha, beta, celsius):
    """Return steady state and time constant at 23 degC of rates at another temperature."""
    phi = 3 ** ((23 - celsius) / 10)
    return alpha / (alpha + beta), 1 / (phi * (alpha + beta))


def boltzmann(half, slope):
    return 1 / (1 + exp((v - half) / slope))


def resurgent():
    up = 0.00008 - 0.00493 * (v - 4.48754) / (exp((v - 4.48754) / -6.81881) - 1)
    x = np.minimum((v + 43.97494) / 0.10818, 200)
    down = 0.04752 + 0.01558 * (v + 43.97494) / (exp(x) - 1)
    f = 0.31836 * exp((v + 80) / -62.52621), 0.01014 * exp((v + 83.3332) / 16.05379)
    return {"s": opening(up, down, 20), "f": opening(*f, 20)}


def transient():
    m = 0.3 * (v + 25) / (1 - exp((v + 25) / -10)), 12 * exp((v + 50) / -18.182)
    h = 0.21 * exp((v + 50) / -3.333), 3 / (1 + exp((v + 17) / -5))
    return {"m": opening(*m, 20), "h": opening(*h, 20)}


def persistent():
    alpha = -0.91 * (v + 40) / (exp((v + 40) / -5) - 1)
    beta = 0.62 * (v + 40) / (exp((v + 40) / 5) - 1)
    return {"m": (boltzmann(-43, -5), 5 * opening(alpha, beta, 30)[1])}


def rectifier():
    n = -0.01 * (v + 26) / (exp((v + 26) / -10) - 1), 0.125 * exp((v + 36) / -80)
    return {"n": opening(*n, 6.3)}


def a_type():
    a = 0.8147 * boltzmann(-9.17203, -23.32708), 0.1655 / exp((v + 18.27914) / 19.47175)
    b = 0.0368 * boltzmann(-111.33209, 12.8433), 0.0345 * boltzmann(-49.9537, -8.90123)
    return {
        "a": (boltzmann(-38, -17), opening(*a, 25.5)[1]),
        "b": (boltzmann(-78.8, 8.4), opening(*b, 25.5)[1]),
    }


def slow():
    n = 0.0033 * exp((v + 30) / 40), 0.0033 * exp((v + 30) / -20)
    return {"n": (boltzmann(-35, -6), opening(*n, 22)[1])}


def high():
    s = 0.04944 * exp((v + 29.06) / 15.873), 0.08298 * exp((v + 18.66) / -25.641)
    inactivation = 0.0013 * exp((v + 48) / -18.183), 0.0013 * exp((v + 48) / 83.33)
    return {"s": opening(*s, 20), "u": opening(*inactivation, 20)}


def low():
    # The mechanism shifts by 2 mV for the screening charge.
    x = v + 2
    tau_m = (3 + 1 / (exp((x + 25) / 10) + exp((x + 100) / -15))) / 5 ** ((23 - 24) / 10)
    tau_h = (85 + 1 / (exp((x + 46) / 4) + exp((x + 405) / -50))) / 3 ** ((23 - 24) / 10)
    return {"m": (boltzmann(-52, -7.4), tau_m), "h": (boltzmann(-80, 5), tau_h)}


def hcn(share, half, c, fast, slowly):
    whole = boltzmann(half, 1 / c)
    taus = [exp((slope * v + offset) * 2.302585092) for slope, offset in (fast, slowly)]
    return {"fast": (share * whole, taus[0]), "slow": ((1 - share) * whole, taus[1])}


HCN1 = hcn(
    np.minimum(0.002096 * v + 0.97596, 1), -72.49, 0.11305, (0.01371, 3.368), (0.01451, 4.056)
)
HCN2 = hcn(np.clip(-0.0227 * v - 1.4694, 0, 1), -81.95, 0.1661, (0.0269, 5.6111), (0.0152, 5.2944))


@pytest.mark.parametrize(
    ("entry", "reference", "powers"),
    [
        (inward.NaT_So2007, transient(), {"m": 3, "h": 1}),
        (inward.NaR_So2007, resurgent(), {"s": 1, "f": 1}),
        (inward.NaP_So2007, persistent(), {"m": 1}),
        (inward.CaHVA_So2007, high(), {"s": 2, "u": 1}),
        (inward.CaLVA_So2007, low(), {"m": 2, "h": 1}),
        (inward.HCN1_So2007, HCN1, {"fast": 1, "slow": 1}),
        (inward.HCN2_So2007, HCN2, {"fast": 1, "slow": 1}),
        (outward.KV_So2007, rectifier(), {"n": 4}),
        (outward.KA_So2007, a_type(), {"a": 3, "b": 1}),
        (outward.Kslow_So2007, slow(), {"n": 1}),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_rates_of_the_mechanisms(entry, reference, powers, x64):
    assert {name: gate.power for name, gate in entry.gates.items()} == powers
    check_gates(entry(1), reference, v, rtol=1e-5, atol=1e-12)


def test_components_of_hcn_add_up(x64):
    for entry, whole in (
        (inward.HCN1_So2007, boltzmann(-72.49, 1 / 0.11305)),
        (inward.HCN2_So2007, boltzmann(-81.95, 1 / 0.1661)),
    ):
        channel = entry(v.size)
        channel.init_state(V)
        np.testing.assert_allclose(channel.open_fraction(V), whole, rtol=1e-9)


def test_bk_opens_with_calcium_and_voltage(x64):
    calcium = np.geomspace(1e-5, 1e-1, v.size)
    fall = exp(v / -11.765)
    alpha, beta = 7 / (1 + 1.5e-3 * fall / calcium), 1 / (1 + calcium / (0.15e-3 * fall))
    steady, tau = opening(alpha, beta, 30)
    channel = outward.BK_So2007(v.size)
    given = {"Ca": calcium * u.mM}
    np.testing.assert_allclose(channel.steady_state(V, **given)["c"], steady, rtol=1e-9)
    found = channel.time_constant(V, **given)["c"].to_decimal(u.ms)
    np.testing.assert_allclose(found, tau, rtol=1e-9)


def test_sk_is_that_of_hirschberg_at_a_third_of_the_calcium(x64):
    calcium = np.geomspace(1e-5, 1e-1, v.size) * u.mM
    mine = outward.SK_So2007(v.size).steady_state(V, Ca=calcium)["s"]
    theirs = SK_Hi1998(v.size).steady_state(V, Ca=calcium / 3)["s"]
    np.testing.assert_allclose(mine, theirs, rtol=1e-12)
    assert outward.SK_So2007.g_max == SK_Hi1998.g_max
    assert outward.SK_So2007.E == SK_Hi1998.E


def test_conductances_are_those_of_the_soma():
    # mS/cm2, as the authors' mechanisms have them by default.
    published = {
        "NaT": 48, "NaR": 1.7, "NaP": 0.19, "KV": 32, "KA": 8, "Kslow": 1, "BK": 3, "SK": 38,
        "CaHVA": 0.46, "CaLVA": 0.25, "HCN1": 0.05, "HCN2": 0.08, "Leak": 0.021,
    }  # fmt: skip
    for name, g in published.items():
        cls = getattr(inward, f"{name}_So2007", None) or getattr(outward, f"{name}_So2007")
        assert float(cls.g_max.to_decimal(u.mS / u.cm**2)) == pytest.approx(g), name

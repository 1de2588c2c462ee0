"""Against the equations of public ports in plain NumPy: mV, ms, mM, at 22 degC."""

import numpy as np
import pytest
import saiunit as u

from gapjunction.ion_channels.catalogue.pospischil_2008 import M_Po2008
from gapjunction.ion_channels.catalogue.yamada_1989 import C_Ya1989, M_Ya1989

v = np.arange(-120.0, 61.0)
exp = np.exp


def test_m_current_of_the_port_of_the_whole_cell(x64):
    # Wheeler 1997-2024, postsynaptic_neuronal_excitability.m.
    channel = M_Ya1989(v.size)
    tau = 1000 / (3.3 * (exp((v + 35) / 40) + exp(-(v + 35) / 20)))
    np.testing.assert_allclose(
        channel.steady_state(v * u.mV)["w"], 1 / (1 + exp(-(v + 35) / 10)), rtol=1e-9
    )
    np.testing.assert_allclose(
        channel.time_constant(v * u.mV)["w"].to_decimal(u.ms), tau, rtol=1e-9
    )


def test_time_constant_at_half_activation_is_that_of_the_ganglion_cell():
    # About 150 ms at -35 mV; M_Po2008, which claims the same form, has tau_max / 4.3.
    V = [-35.0] * u.mV
    assert float(M_Ya1989(1).time_constant(V)["w"].to_decimal(u.ms)[0]) == pytest.approx(
        151.5, 0.01
    )
    assert float(M_Po2008(1).time_constant(V)["p"].to_decimal(u.ms)[0]) == pytest.approx(
        141.4, 0.01
    )


def test_c_current_of_two_ports(x64):
    # ic.mod of ModelDB 3808; the same numbers in Destexhe's ikc.
    volts, calcium = np.meshgrid(v, [1e-4, 1e-3, 1e-2])
    V, Ca = volts * u.mV, calcium * u.mM
    channel = C_Ya1989(volts.shape)
    alpha, beta = 250 * calcium * exp(volts / 24), 0.1 * exp(-volts / 24)
    steady = channel.steady_state(V, Ca=Ca)["c"]
    tau = channel.time_constant(V, Ca=Ca)["c"].to_decimal(u.ms)
    np.testing.assert_allclose(steady, alpha / (alpha + beta), rtol=1e-9)
    np.testing.assert_allclose(tau, 1 / (alpha + beta), rtol=1e-9)


def test_three_times_faster_ten_degrees_above():
    V = v * u.mV
    tau = [M_Ya1989(v.size, temperature=T).time_constant(V)["w"] for T in (22.0, 32.0)]
    np.testing.assert_allclose(tau[0] / tau[1], 3, rtol=1e-5)

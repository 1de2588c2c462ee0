"""Constant-field channels and Nernst's equation, against their closed forms."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import saiunit as u

from gapjunction.ion_channels import Channel, Gate, GHKChannel, Source, nernst

AMPERE = u.uA / u.cm**2
IONS = {"Ca": 2e-4 * u.mM, "Ca_out": 2 * u.mM}


class Open(GHKChannel):
    """Always open."""

    ion = "Ca"
    P_max = 1e-4 * u.cm / u.second
    x = Gate(steady_state=1.0)
    source = Source("Nobody (1900)", "10.0/0", "none", "none", temperature=24.0, check="none")


def exact(v, p=1e-4, ci=2e-4, co=2.0, celsius=24.0):
    """Return the current in uA/cm2, with P in cm/s and concentrations in mM."""
    with mpmath.workdps(40):
        F, R = mpmath.mpf("96485.33212"), mpmath.mpf("8.31446261815324")
        xi = 2 * F * mpmath.mpf(v) / 1000 / (R * (mpmath.mpf("273.15") + mpmath.mpf(celsius)))
        if xi == 0:
            return float(p * 2 * F * (ci - mpmath.mpf(co)))
        return float(p * 2 * F * xi * (ci - co * mpmath.exp(-xi)) / (1 - mpmath.exp(-xi)))


def test_current_is_the_constant_field_equation(x64):
    v = np.array([-120.0, -60.0, -1e-3, 0.0, 1e-3, 30.0, 120.0])
    channel = Open(len(v))
    got = channel.current(v * u.mV, **IONS).to_decimal(AMPERE)
    np.testing.assert_allclose(got, [exact(x) for x in v], rtol=1e-8)


def test_slope_is_the_derivative_and_positive(x64):
    v = np.array([-120.0, -60.0, 0.0, 30.0, 120.0])
    channel = Open(len(v))
    g, battery = channel.affine(v * u.mV, **IONS)
    want = [(exact(x + 1e-4) - exact(x - 1e-4)) / 2e-4 for x in v]
    np.testing.assert_allclose(g.to_decimal(AMPERE / u.mV), want, rtol=1e-6)
    assert (g.to_decimal(AMPERE / u.mV) > 0).all()
    current = (g * (v * u.mV) - battery).to_decimal(AMPERE)
    np.testing.assert_allclose(current, [exact(x) for x in v], rtol=1e-8)


@pytest.mark.one_stack
def test_values_and_gradients_are_finite_at_every_voltage(precision):
    v = jnp.asarray(np.append(np.linspace(-150, 150, 601), 0.0))
    channel = Open(len(v))
    values = channel.current(v * u.mV, **IONS).to_decimal(AMPERE)
    slopes = jax.vmap(
        jax.grad(lambda x: Open(1).current(x[None] * u.mV, **IONS).to_decimal(AMPERE)[0])
    )(v)
    assert np.isfinite(values).all()
    assert np.isfinite(slopes).all()


def test_it_reverses_at_the_nernst_potential(x64):
    E = nernst("Ca", 2e-4 * u.mM, 2 * u.mM, 24.0)
    # 25.6 mV / 2 * ln(10000)
    assert float(E.to_decimal(u.mV)) == pytest.approx(117.9, abs=0.05)
    assert float(Open(1).current(E * np.ones(1), **IONS).to_decimal(AMPERE)[0]) == pytest.approx(
        0, abs=1e-9
    )


def test_temperature_enters_the_thermal_voltage():
    warm = Open(1, temperature=34.0)
    at_rest = warm.current([-60.0] * u.mV, **IONS).to_decimal(AMPERE)
    np.testing.assert_allclose(at_rest, [exact(-60.0, celsius=34.0)], rtol=1e-5)


def test_permeability_of_a_cell_gives_absolute_current():
    channel = Open(1, P_max=1e-9 * u.cm**3 / u.second)
    assert not channel.per_area
    got = channel.current([0.0] * u.mV, **IONS).to_decimal(u.nA)
    np.testing.assert_allclose(got, [exact(0.0, p=1e-9) * 1e3], rtol=1e-5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Open(1, P_max=1 * u.mS), "P_max must be a permeability"),
        (lambda: type("Made", (GHKChannel,), {"ion": "Xe"}), "ion of Made must be one of"),
        (lambda: type("Made", (GHKChannel,), {"ion": "Ca", "P_max": 3.0}), "P_max of Made"),
        (lambda: type("Made", (GHKChannel,), {"ion": "Ca"})(1), "P_max must be given"),
        (
            lambda: type("Made", (GHKChannel,), {"ion": "Ca"})(1, P_max=1 * u.cm / u.second),
            "temperature must be given",
        ),
        (lambda: Open(1).current([0.0] * u.mV, Ca=1 * u.mM), "Ca_out is needed by Open"),
        (lambda: nernst("Ca", 1 * u.mV, 1 * u.mM, 20.0), "inside must be a concentration"),
        (lambda: nernst("Xe", 1 * u.mM, 1 * u.mM, 20.0), "ion must be one of"),
        (lambda: nernst("K", 1 * u.mM, 1 * u.mM, -300.0), "temperature must be"),
        (
            lambda: type("Made", (Channel,), {"g_max": 1 * u.nS, "E": "Nernst"})(1),
            "conducts no single ion",
        ),
        (lambda: type("Made", (Channel,), {"E": "nernst"}), "must be a voltage or 'Nernst'"),
    ],
)
def test_mistakes_are_named(make, message):
    with pytest.raises((ValueError, u.UnitMismatchError), match=message):
        make()

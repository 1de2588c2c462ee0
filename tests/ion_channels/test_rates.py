"""Rate forms: values, limits and derivatives at every voltage."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import saiunit as u

from covering import covering
from gapjunction import _stable as stable
from gapjunction.ion_channels import exponential, linoid, sigmoid

mpmath.mp.dps = 50


def exact_linoid(x):
    x = mpmath.mpf(float(x))
    return float(x / (1 - mpmath.exp(-x))) if x != 0 else 1.0


def exact_linoid_slope(x):
    return float(mpmath.diff(lambda s: s / (1 - mpmath.exp(-s)), mpmath.mpf(float(x))))


@pytest.mark.parametrize("near", [0.0, 1e-12, 1e-8, 1e-4, 0.0099, 0.0101, 0.5, 3.0, 20.0, 79.0])
def test_linoid_and_its_slope_are_exact_near_and_far_from_zero(near, x64):
    for x in (near, -near):
        assert float(stable.linoid(jnp.float64(x))) == pytest.approx(exact_linoid(x), rel=1e-14)
        slope = float(jax.grad(stable.linoid)(jnp.float64(x)))
        want = 0.5 if x == 0 else exact_linoid_slope(x)
        assert slope == pytest.approx(want, rel=1e-10, abs=1e-30)


@pytest.mark.one_stack
@pytest.mark.parametrize(
    ("form", "slope", "precision"),
    covering((exponential, linoid, sigmoid), (10.0, -10.0, 1.0, -0.5), (32, 64)),
)
def test_values_and_gradients_are_finite_at_every_voltage(form, slope, precision):
    rate = form(2.0 / u.ms, -40.0 * u.mV, slope * u.mV)
    v = np.unique(np.concatenate([np.linspace(-150, 150, 3001), [-40.0, np.nextafter(-40, 0)]]))
    v = jnp.asarray(v)
    values = rate(v * u.mV).to_decimal(u.kHz)
    gradients = jax.vmap(jax.grad(lambda x: rate(x * u.mV).to_decimal(u.kHz)))(v)
    assert values.dtype == gradients.dtype == (jnp.float32 if precision == 32 else jnp.float64)
    assert np.isfinite(values).all()
    assert np.isfinite(gradients).all()
    assert (values >= 0).all()


def test_forms_are_what_they_say():
    V = -35.0 * u.mV
    assert exponential(3.0, -40 * u.mV, 10 * u.mV)(V) == pytest.approx(3 * np.exp(0.5))
    assert sigmoid(3.0, -40 * u.mV, 10 * u.mV)(V) == pytest.approx(3 / (1 + np.exp(-0.5)))
    assert linoid(3.0, -40 * u.mV, 10 * u.mV)(V) == pytest.approx(1.5 / (1 - np.exp(-0.5)))


def test_voltage_in_another_prefix():
    rate = sigmoid(1.0, -40 * u.mV, 10 * u.mV)
    assert rate(-0.035 * u.volt) == pytest.approx(float(rate(-35.0 * u.mV)))


@pytest.mark.parametrize(
    ("args", "error", "message"),
    [
        ((1.0, -40.0, 10 * u.mV), u.UnitMismatchError, "V_half must be a voltage"),
        ((1.0, -40 * u.mV, 10.0), u.UnitMismatchError, "slope must be a voltage"),
        ((1.0, -40 * u.mV, 0 * u.mV), ValueError, "slope must not be zero"),
    ],
)
def test_wrong_parameters_are_refused(args, error, message):
    with pytest.raises(error, match=message):
        linoid(*args)

"""Expressions of LEMS: values, units, and what is not one."""

import jax
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.ion_channels import exponential, linoid, sigmoid
from gapjunction.neuroml._nodes import Apply, Name, Number, in_order
from gapjunction.neuroml._parse import parse
from gapjunction.neuroml._rates import LemsRate

V = np.linspace(-110, 50, 33)
MV = '<Constant name="MV" dimension="voltage" value="1mV"/>'
X = '<DerivedVariable name="V" dimension="none" value="v / MV"/>'


def x(value):
    return f'<DerivedVariable name="x" exposure="x" dimension="none" value="{value}"/>'


def numbers(rate, **readings):
    return np.asarray(rate(V * u.mV, **readings))


@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("1 + 2 * V ^ 2 / 4", lambda v: 1 + 2 * v**2 / 4),
        ("-V ^ 2 * 1e-3", lambda v: -(v**2) * 1e-3),
        ("2 - 3 - V / 10 / 2", lambda v: 2 - 3 - v / 10 / 2),
        ("exp(V / 50) * ln(V ^ 2 + 1.5)", lambda v: np.exp(v / 50) * np.log(v**2 + 1.5)),
        ("abs(V) + sqrt(V * V) - -V", lambda v: np.abs(v) * 2 + v),
        (
            "tanh(V / 30) + cosh(V / 90) * sinh(.5)",
            lambda v: np.tanh(v / 30) + np.cosh(v / 90) * np.sinh(0.5),
        ),
        (
            "sin(V) + cos(V) - tan(0.3) + ceil(V / 7)",
            lambda v: np.sin(v) + np.cos(v) - np.tan(0.3) + np.ceil(v / 7),
        ),
        ("H(V + 40) * 2 ^ -1", lambda v: np.where(v + 40 < 0, 0, 0.5)),
        ("(V + 3) ^ (1 / 3 + 2 / 3) - 2.E1", lambda v: v + 3 - 20),
        ("log(2) ^ 2 * V / (V + 1000)", lambda v: np.log(2) ** 2 * v / (v + 1000)),
    ],
)
def test_values_are_those_of_numpy(rate, text, function, x64):
    ours = rate(X + x(text), MV)
    got = numbers(ours)
    np.testing.assert_allclose(got, function(V), rtol=1e-12, atol=1e-12)


def test_conditions_choose_in_order(rate, x64):
    choice = """
    <ConditionalDerivedVariable name="x" exposure="x" dimension="none">
      <Case condition="V .lt. -80 .or. V .gt. 40" value="0.1"/>
      <Case condition="V .geq. -60 .and. (.not. V .leq. -40 .or. V .eq. -50)" value="0.2"/>
      <Case condition="v .gt. -70 * MV" value="0.3"/>
      <Case value="0.4"/>
    </ConditionalDerivedVariable>"""
    got = numbers(rate(X + choice, MV))
    first, second = (V < -80) | (V > 40), (V >= -60) & (~(V <= -40) | (V == -50))
    want = np.select([first, second, V > -70], [0.1, 0.2, 0.3], 0.4)
    assert set(want) == {0.1, 0.2, 0.3, 0.4}
    np.testing.assert_allclose(got, want, rtol=1e-12)


def test_variables_may_stand_in_any_order(rate, x64):
    dynamics = x("a * 2") + '<DerivedVariable name="a" dimension="none" value="V + b"/>'
    dynamics += '<DerivedVariable name="b" dimension="none" value="1 + k"/>' + X
    ours = rate(dynamics, f'{MV}<Parameter name="k" dimension="none"/>', 'k="3"')
    np.testing.assert_allclose(numbers(ours), 2 * (V + 4), rtol=1e-12)


def test_concentration_and_temperature_are_read(rate, x64):
    declared = (
        '<Constant name="half" dimension="concentration" value="1e-3mM"/>'
        '<Constant name="ten" dimension="temperature" value="10K"/>'
        '<Constant name="at" dimension="temperature" value="22 degC"/>'
        '<Requirement name="temperature" dimension="temperature"/>'
    )
    ours = rate(x("caConc / (caConc + half) * 2 ^ ((temperature - at) / ten) / 10"), declared)
    got = numbers(ours, Ca=2 * u.uM, temperature=32.0)
    np.testing.assert_allclose(got, np.full(V.shape, 2 / 3 * 2 / 10), rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("0.3 * exp((V + 40) / 10)", exponential(0.3, -40 * u.mV, 10 * u.mV)),
        ("0.5 / exp((V + 40) / 10)", exponential(0.5, -40 * u.mV, -10 * u.mV)),
        ("1 / (1 + exp(-(V + 35) / 7))", sigmoid(1.0, -35 * u.mV, 7 * u.mV)),
        ("1 / (exp((-35 - V) / 7) + 1)", sigmoid(1.0, -35 * u.mV, 7 * u.mV)),
        ("1 - 1 + 2 / (2 + 2 * exp((V - -50) / 8))", sigmoid(1.0, -50 * u.mV, -8 * u.mV)),
        ("0.1 * (V + 40) / (1 - exp(-(V + 40) / 10))", linoid(1.0, -40 * u.mV, 10 * u.mV)),
        ("-0.1 * (40 + V) / (exp(-0.1 * (V + 40)) - 1)", linoid(1.0, -40 * u.mV, 10 * u.mV)),
        ("(0.2 * V + 8) * (1 / (1 - exp(-(V + 40) / 10)))", linoid(2.0, -40 * u.mV, 10 * u.mV)),
        ("0.1 * (-V - 40) / (exp((-V - 40) / 10) - 1)", linoid(1.0, -40 * u.mV, 10 * u.mV)),
    ],
)
def test_rate_forms_are_recognised(rate, text, form, x64):
    ours = rate(X + x(text), MV)
    assert type(ours) is type(form)
    for name in ("scale", "V_half", "slope"):
        a, b = (float(u.get_mantissa(getattr(one, name))) for one in (ours, form))
        assert a == pytest.approx(b, rel=1e-12)


@pytest.mark.one_stack
@pytest.mark.parametrize("condition", ["V .eq. -40", "0 .eq. (V + 40) / 10"])
@pytest.mark.parametrize("inside", [False, True])
def test_guarded_quotients_are_finite_with_their_gradients(rate, condition, inside, x64):
    text = "0.1 * (V + 40) / (1 - exp(-(V + 40) / 10))"
    guarded = (
        f'<ConditionalDerivedVariable name="y" dimension="none"><Case condition="{condition}" '
        f'value="1"/><Case value="{text}"/></ConditionalDerivedVariable>'
    )
    ours = rate(X + guarded + x("y / (y + 1)" if inside else "y"), MV)
    assert isinstance(ours, LemsRate if inside else linoid)
    value, slope = jax.value_and_grad(lambda v: ours(u.Quantity(v, unit=u.mV)))(-40.0)
    assert float(value) == pytest.approx(0.5 if inside else 1.0, rel=1e-12)
    assert float(slope) == pytest.approx(0.05 / 4 if inside else 0.05, rel=1e-9)


def test_a_stated_value_that_is_not_the_limit_is_kept(rate, x64):
    guarded = (
        '<ConditionalDerivedVariable name="x" exposure="x" dimension="none">'
        '<Case condition="V .eq. -40" value="3"/>'
        '<Case value="0.1 * (V + 40) / (1 - exp(-(V + 40) / 10))"/></ConditionalDerivedVariable>'
    )
    ours = rate(X + guarded, MV)
    assert isinstance(ours, LemsRate)
    assert float(ours(-40.0 * u.mV)) == 3.0
    assert np.isfinite(jax.grad(lambda v: ours(u.Quantity(v, unit=u.mV)))(-40.0))


def test_a_pole_is_no_linoid(rate):
    ours = rate(X + x("(V + 41) / (1 - exp(-(V + 40) / 10))"), MV)
    assert isinstance(ours, LemsRate)


def test_exponentials_do_not_overflow(rate):
    ours = rate(X + x("exp(V * 3) / (1 + exp(V * 3)) + 0 * exp(-V * V)"), MV)
    value, slope = jax.value_and_grad(lambda v: ours(u.Quantity(v, unit=u.mV)))(100.0)
    assert float(value) == 1.0
    assert np.isfinite(slope)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 +", "its end is not expected"),
        ("(1 + V", "its end is not expected"),
        ("V V", "'V' is not expected"),
        ("V $ 2", "must be an expression"),
        ("__import__(1)", "must use functions of"),
        ("2 ^ 3 ^ 2", "parentheses around a power of a power"),
        ("(" * 60 + "1" + ")" * 60, "nested more than 50"),
        ("1 + " * 2000 + "1", "at most 5000 characters"),
        ("y + 1", "names that are declared"),
        ("v + 1", "values of one dimension"),
        ("exp(v)", "exp of a number without unit"),
        ("2 ^ v", "exponents without unit"),
        ("(v / MV) .lt. 3", "is a condition"),
        ("(V .lt. 3) + 1", "value of a condition"),
        ("v", "must be a none, and its value is a voltage"),
        ("v ^ V", "constant powers"),
    ],
)
def test_what_is_no_expression_is_refused(rate, text, message):
    with pytest.raises(gj.neuroml.NeuromlError, match=message):
        rate(X + x(text.replace("<", "&lt;")), MV)


@pytest.mark.parametrize(
    ("dynamics", "message"),
    [
        (x("y") + '<DerivedVariable name="y" value="x + 1"/>', "must not depend on itself"),
        (x("1") + x("2"), "a name of its own"),
        ('<DerivedVariable name="x" exposure="x" select="a/b"/>', "select is not supported"),
        ('<StateVariable name="x" dimension="none"/>', "not supported in a rate"),
        ('<DerivedVariable name="y" value="1"/>', "must expose 'x'"),
        ('<ConditionalDerivedVariable name="x" exposure="x"/>', "must have cases"),
        (
            '<ConditionalDerivedVariable name="x" exposure="x">'
            '<Case condition="v .gt. MV" value="1"/></ConditionalDerivedVariable>',
            "a case without a condition",
        ),
        (
            '<ConditionalDerivedVariable name="x" exposure="x">'
            '<Case condition="v / MV" value="1"/><Case value="2"/></ConditionalDerivedVariable>',
            "must have a condition",
        ),
    ],
)
def test_dynamics_that_are_not_understood_are_refused(rate, dynamics, message):
    with pytest.raises(gj.neuroml.NeuromlError, match=message):
        rate(dynamics, MV)


def test_opposite_conditions_need_no_further_case(rate, x64):
    choice = """<ConditionalDerivedVariable name="x" exposure="x" dimension="none">
      <Case condition="V .lt. -20" value="0.1"/><Case condition="V .geq. -20" value="0.2"/>
    </ConditionalDerivedVariable>"""
    np.testing.assert_allclose(numbers(rate(X + choice, MV)), np.where(V < -20, 0.1, 0.2))


def test_shared_variables_cost_what_they_are(rate):
    # Written out, this expression would have 2^150 terms.
    dynamics = X + '<DerivedVariable name="a0" dimension="none" value="V / 1000"/>'
    for k in range(150):
        dynamics += f'<DerivedVariable name="a{k + 1}" value="(a{k} + a{k}) / 2"/>'
    ours = rate(dynamics + x("a150"), MV)
    np.testing.assert_allclose(numbers(ours), V / 1000, rtol=1e-5)


def test_depth_of_variables_is_bounded(rate):
    dynamics = X + '<DerivedVariable name="a0" dimension="none" value="V"/>'
    for k in range(500):
        dynamics += f'<DerivedVariable name="a{k + 1}" value="a{k} + 1"/>'
    with pytest.raises(gj.neuroml.NeuromlError, match="nested more than"):
        rate(dynamics + x("a500"), MV)


def test_nodes_come_after_their_parts():
    root = parse("a * (b + 1)", "it")
    kinds = [type(node) for node in in_order(root)]
    assert kinds.count(Name) == 2
    assert kinds.count(Number) == 1
    assert kinds[-1] is Apply

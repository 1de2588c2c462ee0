"""What is compared when a run is resumed: each change of a model or of its inputs is noticed."""

import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

from gapjunction.runs import PerStep
from gapjunction.runs._facts import describe_parts, differences

AMPLITUDE = 1.0


def scaled(t):
    return AMPLITUDE * t


def outer(t):
    return [scaled(s) for s in t]


class Pulse:
    def __init__(self, height):
        self.height = height

    def at(self, t, *, delay=0.0):
        return self.height * (t > delay)


@pytest.mark.parametrize("function", [scaled, outer])
def test_a_global_variable_that_a_function_reads(monkeypatch, function):
    before = describe_parts("f", function)
    assert differences(before, describe_parts("f", function)) == []
    monkeypatch.setitem(globals(), "AMPLITUDE", 2.0)
    (text,) = differences(before, describe_parts("f", function))
    assert text.endswith("(globals)['AMPLITUDE'] was 1.0, is 2.0")


def test_libraries_and_modules_are_no_facts():
    names = describe_parts("f", lambda t: u.math.exp(jnp.sin(t)) * len("ab"))
    assert not any("globals" in name for name in names)


def test_keyword_defaults(monkeypatch):
    before = describe_parts("f", Pulse.at)
    monkeypatch.setattr(Pulse.at, "__kwdefaults__", {"delay": 3.0})
    assert differences(before, describe_parts("f", Pulse.at)) == [
        "f(keyword defaults)['delay'] was 0.0, is 3.0"
    ]


def test_the_object_of_a_method():
    before, after = (describe_parts("f", Pulse(height).at) for height in (1.0, 2.0))
    assert differences(before, after) == ["f(self).height was 1.0, is 2.0"]


@pytest.mark.parametrize("make", [np.asarray, jnp.asarray])
def test_the_numbers_and_the_unit_of_values_for_each_step(make):
    first, other = make([1.0, 2.0]), make([1.0, 3.0])
    facts = PerStep(first, u.nA).facts()
    assert differences(facts, PerStep(first.copy(), u.nA).facts()) == []
    assert differences(facts, PerStep(first, u.pA).facts()) == ["unit was nA, is pA"]
    assert len(differences(facts, PerStep(other, u.nA).facts())) == 1

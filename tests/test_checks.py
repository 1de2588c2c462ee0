"""Argument checks and their messages."""

import importlib
import inspect

import numpy as np
import pytest
import saiunit as u

from gapjunction._checks import (
    as_size,
    check_choice,
    check_int,
    check_real,
    check_unit,
    describe,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "3"),
        ("x" * 200, "..."),
        (np.zeros(4, np.int8), "shape (4,) and dtype int8"),
        (np.ones((2, 3)) * u.mV, "shape (2, 3) and unit mV"),
        (2.0 * u.nS, "unit nS"),
    ],
)
def test_describe(value, text):
    assert text in describe(value)
    assert len(describe(value)) <= 90


def test_as_size():
    assert as_size("size", 3) == (3,)
    assert as_size("size", [np.int64(4), 5]) == (4, 5)
    for bad, kind in ((0, ValueError), ((), ValueError), (2.0, TypeError), (True, TypeError)):
        with pytest.raises(kind, match="size must"):
            as_size("size", bad)


def test_check_choice():
    assert check_choice("mode", "a", ("a", "b")) == "a"
    with pytest.raises(ValueError, match=r"mode must be one of 'alpha', 'beta'.*'alpha'"):
        check_choice("mode", "alpah", ("alpha", "beta"))


def test_check_real():
    assert check_real("p", 1, low=0, high=1) == 1.0
    for bad, kind in ((2, ValueError), (np.nan, ValueError), ("1", TypeError), (True, TypeError)):
        with pytest.raises(kind, match="p must be"):
            check_real("p", bad, low=0, high=1)


def test_check_int():
    assert check_int("k", np.int32(3)) == 3
    for bad, kind in ((-1, ValueError), (1.0, TypeError), (True, TypeError)):
        with pytest.raises(kind, match="k must be an int of at least 0"):
            check_int("k", bad)


def test_check_unit():
    assert check_unit("d", 3 * u.um, u.mm, "a length") == 3 * u.um
    with pytest.raises(u.UnitMismatchError, match="d must be a length"):
        check_unit("d", 3.0, u.mm, "a length")


def test_check_unit_returns_a_quantity():
    given = 3.0 * u.mV
    assert check_unit("V", given, u.mV, "a voltage") is given
    assert check_unit("V", u.mV, u.mV, "a voltage") == 1.0 * u.mV
    share = check_unit("s_min", 0.25, u.UNITLESS, "a plain number")
    assert isinstance(share, u.Quantity)
    assert share == 0.25
    with pytest.raises(u.UnitMismatchError, match="V must be a voltage"):
        check_unit("V", 3.0, u.mV, "a voltage")
    with pytest.raises(TypeError, match="s_min must be a plain number, got 'half'"):
        check_unit("s_min", "half", u.UNITLESS, "a plain number")


def needed(found):
    """Return the positional arguments that a class cannot be made without."""
    given = list(inspect.signature(found.__init__).parameters.values())[1:]
    return [p.name for p in given if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]


MODULES = ("", ".connectivity", ".laws", ".measure", ".neurons", ".ion_channels", ".plasticity")
PUBLIC = [
    getattr(module, name)
    for module in (importlib.import_module(f"gapjunction{part}") for part in MODULES)
    for name in module.__all__
]
CLASSES = [
    found
    for found in PUBLIC
    if inspect.isclass(found) and not inspect.isabstract(found) and needed(found)
]


@pytest.mark.parametrize("found", CLASSES, ids=lambda found: found.__name__)
def test_a_missing_argument_is_one_of_the_class_that_was_called(found):
    with pytest.raises(TypeError) as told:
        found()
    assert str(told.value).startswith(f"{found.__name__}.__")
    assert all(repr(name) in str(told.value) for name in needed(found))

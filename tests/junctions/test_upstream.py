"""brainpy.state's own tests of its two classes, run on ours."""

import importlib
import unittest

import brainpy.state as bp
import pytest

import gapjunction as gj

pytestmark = pytest.mark.every_host


def upstream_cases():
    # Where brainpy.state keeps its classes has moved between releases; its tests lie beside them.
    home = importlib.import_module(bp.SymmetryGapJunction.update.__module__)
    tests = importlib.import_module(f"{home.__name__}_test")
    for name in ("SymmetryGapJunction", "AsymmetryGapJunction"):
        if not hasattr(tests, name):
            raise RuntimeError(f"brainpy.state's tests no longer use {name}")
        setattr(tests, name, getattr(gj, name))
    return unittest.defaultTestLoader.loadTestsFromModule(tests)


def flatten(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from flatten(item)
        else:
            yield item


CASES = list(flatten(upstream_cases()))


def test_upstream_has_tests():
    assert len(CASES) >= 15


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id().split(".", 1)[-1])
def test_upstream(case):
    result = unittest.TestResult()
    case.run(result)
    assert result.wasSuccessful(), (result.errors + result.failures)[0][1]

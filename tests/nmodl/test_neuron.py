"""Each idiom against NEURON, where it is installed."""

import pytest

import gapjunction as gj
from gapjunction.nmodl._neuron import has_neuron
from nmodl_idioms import ALL

# Where a file leaves it to the user.
GIVEN = {"a_type": {"celsius": 30}, "warm": {"celsius": 30}}
# At these densities an axon with the mechanism fires again and again.
FIRING = {"sodium": 8, "a_type": 6, "calcium": 6, "arrays": 6}
# NEURON compiles each of them for seconds. Of those that do not fire, every second is left to the
# runs of each week.
NAMES = [
    pytest.param(name, marks=[pytest.mark.exhaustive] if k % 2 and name not in FIRING else [])
    for k, name in enumerate(ALL)
]


@pytest.mark.slow
@pytest.mark.skipif(not has_neuron(), reason="NEURON is not installed")
@pytest.mark.parametrize("name", NAMES)
def test_class_is_what_neuron_computes(name, write, monkeypatch):
    # For the make of nrnivmodl: to optimise takes longer than it saves.
    monkeypatch.setenv("MAKEFLAGS", r"CXXFLAGS=-O0\ -std=c++17")
    compared = gj.nmodl.check(write(ALL[name][0]), simulator=True, **GIVEN.get(name, {}))
    assert compared.error < 1e-4
    assert all(state.error < 1e-4 for state in compared.states if state.found is not None)
    cell = compared.cell
    assert cell.reason == ""
    assert abs(cell.found - cell.expected).max() < 2.0
    assert not cell.error > 0.02
    if name in FIRING:
        assert len(cell.spikes_found) == len(cell.spikes_expected) == FIRING[name]
    assert compared.agrees

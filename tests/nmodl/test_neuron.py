"""Each idiom against NEURON, where it is installed."""

import pytest

import gapjunction as gj
from gapjunction.nmodl._neuron import has_neuron
from nmodl_idioms import ALL


@pytest.mark.slow
@pytest.mark.skipif(not has_neuron(), reason="NEURON is not installed")
@pytest.mark.parametrize("name", ALL)
def test_class_is_what_neuron_computes(name, write):
    compared = gj.nmodl.check(write(ALL[name][0]), simulator=True, **GIVEN.get(name, {}))
    assert compared.error < 1e-4


# Where a file leaves it to the user.
GIVEN = {"a_type": {"celsius": 30}, "warm": {"celsius": 30}}

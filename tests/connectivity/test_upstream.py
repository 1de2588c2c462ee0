"""Builders and edges as `conn` of brainpy.state's own classes."""

import brainpy.state as bp
import brainstate
import numpy as np
import pytest
import saiunit as u

from gapjunction.connectivity import Edges, all_to_all, laplacian, one_to_one, random, ring


@pytest.mark.parametrize(
    "conn",
    [ring(), all_to_all(), random(probability=0.8), Edges([0, 1], [1, 2], 5)],
    ids=["ring", "all_to_all", "random", "Edges"],
)
def test_symmetry_gap_junction_takes_them(conn):
    neurons = bp.HH(5)
    neurons.init_state()
    neurons.V.value = np.arange(5.0) * u.mV
    junction = bp.SymmetryGapJunction(neurons, "V", conn=conn, weight=0.1 * u.mS)
    with brainstate.environ.context(dt=0.1 * u.ms):
        out_of_pre = junction.update()
    assert out_of_pre.shape == (5,)
    current = neurons.sum_current_inputs(0.0 * u.uA, neurons.V.value)
    expected = -laplacian(conn((5,), (5,)), 0.1 * u.mS, unit=u.mS) @ np.arange(5.0)
    np.testing.assert_allclose(current.to_decimal(u.uA), expected, rtol=1e-5, atol=1e-6)


def test_asymmetry_gap_junction_takes_one_to_one():
    pre, post = bp.LIF(4), bp.LIF(4)
    junction = bp.AsymmetryGapJunction(
        pre, "V", post, "V", conn=one_to_one, weight=np.ones((4, 2)) * u.nS
    )
    np.testing.assert_array_equal(junction.pre_ids, np.arange(4))

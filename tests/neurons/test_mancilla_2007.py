"""The fast-spiking interneuron against SciPy for the equations written out, and NEST's numbers."""

import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from comparisons.firing import voltages
from comparisons.nest_pair import PAIRS, PUBLISHED, REST


def test_rests_where_nest_has_it(x64):
    cells = gj.neurons.Mancilla2007(1)
    V = voltages([cells], lambda t: [None], 50, 0.05)
    np.testing.assert_allclose(V, REST, atol=1e-6)


def test_cell_is_one_of_40_pf():
    cells = gj.neurons.Mancilla2007(1)
    assert float((cells.C * cells.area).to_decimal(u.pF)) == pytest.approx(40, rel=1e-6)
    conductances = [float((x.g_max * cells.area).to_decimal(u.nS)) for x in cells.channels.values()]
    assert conductances == pytest.approx([4500, 9, 9000, 10], rel=1e-6)


def test_a_driven_cell_follows_scipy(x64):
    """Through its first spike, at 200 pA; the error falls with the square of the step."""
    pair = PAIRS["alone"]
    exact = pair.by_scipy(0.025)
    worst = []
    for dt in (0.0125, 0.00625):
        cells = gj.neurons.Mancilla2007(1)
        V = voltages([cells], lambda t: [200 * u.pA], pair.duration, dt)[:: round(0.025 / dt)]
        assert V.max() > 40
        worst.append(abs(V - exact).max())
    assert worst[1] < 1
    assert worst[0] / worst[1] == pytest.approx(4, rel=0.15)


def test_a_coupled_cell_has_the_voltages_that_nest_published(x64):
    """Of the cell without drive; NEST's are at steps of 0.1 ms, within 0.2 mV of the solution."""
    V = PAIRS["driven"].run("staggered", "implicit", 0.005)["V"][::20, 1]
    np.testing.assert_allclose(V[list(PUBLISHED)], list(PUBLISHED.values()), atol=0.3)

"""The Golgi cell in one compartment, beside published intervals of the cell with its morphology."""

import brainstate
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from comparisons.firing import voltages
from gapjunction.ion_channels.catalogue.solinas_2007_potassium import SK_So2007
from gapjunction.neurons.solinas_2007 import QuickSK
from simulators.reference import spike_times

DENSITY = u.mS / u.cm**2
# Of Vervaeke et al. (2010).
RECONSTRUCTED = 10916.3 * u.um**2


def intervals(cells, duration, dt):
    """Return the last interval between spikes of each cell, in ms."""
    V = voltages([cells], lambda t: [None], duration, dt)
    return np.array([np.diff(times)[-1] for times in spike_times(V + 20.0, dt)])


def test_paces_itself_at_the_published_rates():
    # This model paces itself at about 7 Hz in figure 7 of Galliano, Mazzarello & D'Angelo (2010)
    # J Physiol 588:3639 (PMC2998217). The reconstructed cell has 152 ms.
    (own,) = intervals(gj.neurons.Solinas2007(1), 800, 0.1)
    assert 1000 / own == pytest.approx(7, rel=0.2)
    (theirs,) = intervals(gj.neurons.Solinas2007(1, membrane=RECONSTRUCTED), 800, 0.1)
    assert theirs == pytest.approx(152, rel=0.05)


@pytest.mark.slow
@pytest.mark.optimized
def test_half_the_step_gives_the_same_interval():
    found = [intervals(gj.neurons.Solinas2007(1), 500, dt)[0] for dt in (0.1, 0.05)]
    assert found[0] == pytest.approx(found[1], rel=0.01)


def test_capacitance_is_the_published_one():
    cell = gj.neurons.Solinas2007(1)
    assert float((cell.C * cell.area).to_decimal(u.pF)) == pytest.approx(145, rel=0.005)


def test_conductances_of_the_soma_are_diluted(x64):
    """The whole cell has those of a soma of 2290 um2, whatever the membrane."""
    for membrane in (RECONSTRUCTED, 20_000 * u.um**2):
        cell = gj.neurons.Solinas2007(1, membrane=membrane)
        whole = float((cell.channels["KV"].g_max * membrane).to_decimal(u.nS))
        assert whole == pytest.approx(32 * 2290.2e-8 * 1e6, rel=1e-6)
        leak = float(cell.channels["leak"].g_max.to_decimal(DENSITY))
        assert leak == pytest.approx(0.021)


def test_further_leak_is_of_the_soma(x64):
    further = np.array([0.0, 0.1, 0.26])
    cells = gj.neurons.Solinas2007(3, membrane=RECONSTRUCTED, further_leak=further * DENSITY)
    leak = cells.channels["leak"].g_max.to_decimal(DENSITY)
    np.testing.assert_allclose(leak, 0.021 + further * 2290.2 / 10916.3, rtol=1e-6)


def test_low_threshold_calcium_does_not_reach_the_shell():
    cell = gj.neurons.Solinas2007(1)
    cell.init_state()
    V = np.array([-60.0]) * u.mV
    conducted = [name for name, channel in cell.channels.items() if channel.ion == "Ca"]
    assert conducted == ["CaHVA"]
    # Both flow inwards at this voltage.
    assert float(cell.channels["CaLVA"].current(V).to_decimal(u.uA / u.cm**2)[0]) < 0


def test_what_is_wrong_is_named():
    with pytest.raises(ValueError, match=r"membrane must be at least .*2290.2"):
        gj.neurons.Solinas2007(1, membrane=1000 * u.um**2)
    with pytest.raises(u.UnitMismatchError, match="membrane must be an area"):
        gj.neurons.Solinas2007(1, membrane=1000 * u.um)
    with pytest.raises(u.UnitMismatchError, match="further_leak must be a conductance per area"):
        gj.neurons.Solinas2007(1, further_leak=0.1)
    with pytest.raises(ValueError, match="further_leak must not be negative"):
        gj.neurons.Solinas2007(1, further_leak=-1 * DENSITY)
    with pytest.raises(ValueError, match="membrane must be one area for all cells"):
        gj.neurons.Solinas2007(2, membrane=np.array([14533.0, 15000.0]) * u.um**2)


def test_the_quick_method_for_a_scheme_is_its_exponential(x64):
    V, calcium = np.array([-60.0]) * u.mV, np.array([2e-3]) * u.mM
    ends = []
    for kind in (QuickSK, SK_So2007):
        channel = kind(1)
        channel.init_state(V, Ca=np.array([5e-5]) * u.mM)
        with brainstate.environ.context(dt=0.1 * u.ms):
            for _ in range(50):
                channel.update(V, Ca=calcium)
        ends.append(np.asarray(channel.s.value))
    assert ends[0] == pytest.approx(ends[1], abs=2e-4)
    assert abs(ends[0][0, 0] - 1) > 0.1

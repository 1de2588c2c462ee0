import dataclasses

import numpy as np
import pytest

# Rate in 1/s from 100 ms on, and chi of V every ms, of NEST 3.10: the same connections, start and
# Poisson events, hh_psc_alpha_gap at 0.05 ms, waveform relaxation to 1e-4.
REFERENCE = {0.0: (5.99, 0.174), 0.3: (2.54, 0.450), 0.7: (27.65, 0.989)}


@pytest.mark.slow
@pytest.mark.optimized
def test_asynchronous_at_weak_coupling_and_synchronous_at_strong(load, tmp_path):
    figure = tmp_path / "figure.png"
    found = load("hahne_2015")["main"](figure, weights=(0.3, 0.7), duration=300)
    weak, strong = found[0.3], found[0.7]
    assert strong["chi"] > 0.98
    assert weak["chi"] < 0.65
    assert strong["fano"] > 200
    assert weak["fano"] < 30
    assert figure.stat().st_size > 10_000


@pytest.mark.slow
@pytest.mark.optimized
@pytest.mark.parametrize("weight", REFERENCE)
def test_rate_and_synchrony_are_those_of_nest(load, weight):
    example = load("hahne_2015")
    drawn = example["Draw"].of(500, 501, 0)
    # NEST's generators cannot send what would arrive in the first millisecond.
    events = drawn.poisson.copy()
    events[:20] = 0
    found = example["measure"](
        *example["simulate"](dataclasses.replace(drawn, poisson=events), weight)
    )
    rate, chi = REFERENCE[weight]
    # The network is chaotic: runs of other rounding differ by this much.
    assert found["rate"] == pytest.approx(rate, rel=0.1)
    assert found["chi"] == pytest.approx(chi, abs=0.1)


def test_synapses_peak_at_their_weight(load):
    example = load("hahne_2015")
    synapse = example["AlphaCurrent"](1, -50.0, 2.0)
    synapse.init_state()
    currents = []
    for arrived in [1, *[0] * 200]:
        synapse(np.array([arrived]))
        currents.append(float(synapse.current.value[0]))
    assert min(currents) == pytest.approx(-50, rel=1e-4)
    assert np.argmin(currents) * example["DT"] == pytest.approx(2.0, abs=0.051)


def test_what_is_drawn_is_as_published(load):
    drawn = load("hahne_2015")["Draw"].of(500, 200, 3)
    # 60 ends in each cell but for those of cells with themselves, about 30.
    assert drawn.multiplicity.sum() == pytest.approx(15_000, abs=70)
    assert (drawn.pairs[:, 0] < drawn.pairs[:, 1]).all()
    assert drawn.presynaptic.shape == (500, 50)
    assert (drawn.presynaptic != np.arange(500)[:, None]).all()
    assert set(np.unique(drawn.presynaptic)) == set(range(500))
    assert drawn.poisson.sum() == pytest.approx(500 * 0.5 * 200, rel=0.02)
    assert -80 <= drawn.start.min() < -79
    assert -41 < drawn.start.max() <= -40

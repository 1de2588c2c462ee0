import numpy as np
import pytest
from scipy.optimize import brentq


@pytest.mark.slow
@pytest.mark.optimized
def test_drive_and_spikes_decide_between_antiphase_and_synchrony(load, tmp_path):
    figure = tmp_path / "figure.png"
    example = load("lewis_rinzel_2003")
    found = example["main"](figure)
    antiphase, synchrony = found["ends"]
    assert antiphase == pytest.approx(0.5, abs=0.002)
    assert synchrony < 0.002
    # Steps are of 0.0005; errors are of first order.
    assert found["spikes"] == pytest.approx(example["PUBLISHED"], abs=0.004)

    limits = found["limits"]
    for g_c in (0.1, 0.2):
        exact = [exact_limit(g_c, beta) for beta in example["BETAS"]]
        assert limits[g_c] == pytest.approx(exact, abs=0.012)
    # Equation 11.
    assert limits[0] == pytest.approx([1.494153, 1.259221, 1.164843, 1.082371], abs=0.015)

    # Figure 6, bottom: 0.0884.
    drive, phase, grown = found["landscape"]
    at = np.isclose(drive, 1.15)
    assert phase[at & (grown < -0.01)].max() == pytest.approx(0.08, abs=1e-6)
    assert phase[at & (grown > 0.01)].min() == pytest.approx(0.10, abs=1e-6)
    # I* is 1.54 at this conductance.
    assert grown[drive > 1.59].max() < 0.005
    assert (grown[drive > 1.59] < -0.005).mean() > 0.8
    assert (grown[(drive < 1.41) & (phase > 0.3)] > 0.005).all()
    assert figure.stat().st_size > 10_000


def test_the_unstable_phase_is_the_published_one(load):
    example = load("lewis_rinzel_2003")
    assert example["separatrix"](1.15, 0.1) == pytest.approx(0.0884276, abs=1e-6)
    assert np.isnan(example["separatrix"](1.5, 0.1))
    assert example["weak_limit"](0.2) == pytest.approx(1.259221, abs=1e-6)


def exact_limit(g_c, beta):
    """Return the drive up to which antiphase is stable, from one spike to the next."""

    def after(v, drive):
        """Return the other cell's voltage after the next spike, from that after this one."""

        def of(t):
            total = 2 * drive + (v - 2 * drive) * np.exp(-t)
            apart = v * np.exp(-(1 + 2 * g_c) * t)
            return (total + apart) / 2, (total - apart) / 2

        spike = brentq(lambda t: of(t)[0] - 1, 0, 50, xtol=1e-14)
        return of(spike)[1] + g_c * beta

    def slope(drive):
        v = brentq(lambda v: after(v, drive) - v, 0, 1 - 1e-8)
        return (after(v + 1e-5, drive) - after(v - 1e-5, drive)) / 2e-5

    weak = brentq(lambda x: (x - 0.5) * np.log(x / (x - 1)) - 1 - beta, 1 + 1e-6, 100)
    return brentq(lambda x: slope(x) + 1, 1 + 0.95 * (weak - 1), 1 + 1.6 * (weak - 1))

"""Stomatogastric cells against the same equations written out for SciPy."""

import numpy as np
import pytest
import saiunit as u
from scipy.integrate import solve_ivp

import gapjunction as gj
from comparisons.firing import voltages
from simulators.reference import spike_times

DT = 0.05
# Of SciPy's LSODA for slope() below with rtol 1e-8, once the rhythm has settled: period, duration
# (ms) and spikes of a burst. AB/PD 3 and 4 have at times a spike more.
PACEMAKERS = {
    "AB/PD 1": (1500.4, 567.5, 17),
    "AB/PD 2": (1493.1, 538.3, 28),
    "AB/PD 3": (1563.0, 512.0, 19),
    "AB/PD 4": (1624.0, 659.0, 29),
    "AB/PD 5": (1673.2, 676.6, 22),
}
CALCIUM_SLOPE = 8.31446261815324 * 284.15 / 96485.33212 * 1e3 / 2
exp = np.exp


def gates(V, calcium):
    """Steady states and time constants (ms) as tabulated: Na, CaT, CaS, A, KCa, Kd, H."""

    def boltzmann(half, slope):
        return 1 / (1 + exp((V + half) / slope))

    table = [
        (boltzmann(25.5, -5.29), 2.64 - 2.52 * boltzmann(120, -25)),
        (boltzmann(48.9, 5.18), 1.34 * boltzmann(62.9, -10) * (1.5 + boltzmann(34.9, 3.6))),
        (boltzmann(27.1, -7.2), 43.4 - 42.6 * boltzmann(68.1, -20.5)),
        (boltzmann(32.1, 5.5), 210 - 179.6 * boltzmann(55, -16.9)),
        (boltzmann(33, -8.1), 2.8 + 14 / (exp((V + 27) / 10) + exp((V + 70) / -13))),
        (boltzmann(60, 6.2), 120 + 300 / (exp((V + 55) / 9) + exp((V + 65) / -16))),
        (boltzmann(27.2, -8.7), 23.2 - 20.8 * boltzmann(32.9, -15.2)),
        (boltzmann(56.9, 4.9), 77.2 - 58.4 * boltzmann(38.9, -26.5)),
        (calcium / (calcium + 3) * boltzmann(28.3, -12.6), 180.6 - 150.2 * boltzmann(46, -22.7)),
        (boltzmann(12.3, -11.8), 14.4 - 12.8 * boltzmann(28.3, -19.2)),
        (boltzmann(75, 5.5), 2 / (exp((V + 169.7) / -11.6) + exp((V - 26.7) / 14.3))),
    ]
    return np.array(table).T


def slope(_, y):
    """AB/PD 1; calcium in uM."""
    V, x, calcium = y[0], y[1:12], y[12]
    E_Ca = CALCIUM_SLOPE * np.log(3000 / calcium)
    I_Ca = (2.5 * x[2] ** 3 * x[3] + 6 * x[4] ** 3 * x[5]) * (V - E_Ca)
    I_K = (50 * x[6] ** 3 * x[7] + 10 * x[8] ** 4 + 100 * x[9] ** 4) * (V + 80)
    ionic = 400 * x[0] ** 3 * x[1] * (V - 50) + I_Ca + I_K + 0.01 * x[10] * (V + 20)
    steady, tau = gates(V, calcium)
    # 14.96 uM/nA in a cell of 0.628e-3 cm2.
    pool = (0.05 - calcium - 14.96 * 0.628 * I_Ca) / 200
    return np.concatenate([[-ionic], (steady - x) / tau, [pool]])


def test_first_burst_is_scipys(x64):
    def zero(_, y):
        return y[0]

    zero.direction = 1
    start = np.concatenate([[-50.0], gates(-50.0, 0.05)[0], [0.05]])
    found = solve_ivp(slope, (0, 600), start, "LSODA", rtol=1e-7, atol=1e-9, events=zero)
    V = voltages([gj.neurons.Prinz2004(1)], lambda t: [None], 600, 0.01)
    times = spike_times(V, 0.01)[0]
    assert len(times) == len(found.t_events[0]) == 13
    np.testing.assert_allclose(times, found.t_events[0], atol=0.3)


@pytest.mark.slow
def test_pacemakers_burst_and_followers_do_not(x64):
    kinds = [*PACEMAKERS, "LP 2", "PY 1"]
    cells = [gj.neurons.Prinz2004(1, kind) for kind in kinds]
    V = voltages(cells, lambda t: [None] * len(cells), 6500, DT)
    times = dict(zip(kinds, spike_times(V, DT), strict=True))
    for kind, (period, duration, spikes) in PACEMAKERS.items():
        found = times[kind]
        breaks = np.flatnonzero(np.diff(found) > 150)
        first, last = found[breaks[:-1] + 1], found[breaks[1:]]
        assert np.median(np.diff(first)) == pytest.approx(period, rel=0.004), kind
        assert np.median(last - first) == pytest.approx(duration, rel=0.01), kind
        assert np.median(np.diff(breaks)) == spikes, kind
    # Alone, LP 2 fires in single spikes every 201 ms; PY 1 rests.
    np.testing.assert_allclose(np.diff(times["LP 2"])[-3:], 201.2, rtol=0.01)
    assert len(times["PY 1"]) == 0
    assert V[-1, -1] == pytest.approx(-49.34, abs=0.02)


def test_all_cells_of_the_table_are_there():
    names = gj.neurons.Prinz2004.kinds
    counts = {start: sum(name.startswith(start) for name in names) for start in ("AB", "LP", "PY")}
    assert counts == {"AB": 5, "LP": 5, "PY": 6}
    # What the paper does not give a cell is not there at all.
    assert "cat" not in gj.neurons.Prinz2004(1, "LP 1").channels
    assert "kca" not in gj.neurons.Prinz2004(1, "PY 2").channels
    with pytest.raises(ValueError, match=r"kind must be one of .*; got 'AB'"):
        gj.neurons.Prinz2004(1, "AB")


def test_another_area_takes_another_current_only(x64):
    area = 2e-3 * u.cm**2
    cells = [gj.neurons.Prinz2004(1), gj.neurons.Prinz2004(1, area=area)]
    drives = [1 * u.nA, 1 * u.nA * (area / (0.628e-3 * u.cm**2))]
    V = voltages(cells, lambda t: drives, 100, DT)
    assert V.max() > 20
    np.testing.assert_allclose(V[:, 0], V[:, 1], atol=1e-7)

"""Fits to noisy recordings whose truth is known, simulated by SciPy."""

import numpy as np
import pytest
import saiunit as u
from scipy.signal import cont2discrete, lfilter

import gapjunction as gj
from gapjunction.measure import Recording, conductance_from_transfer, fit_conductance, transfer
from gapjunction.measure._estimate import covariance

DT = 0.25  # ms; conductances in nS, capacitances in pF, currents in pA, voltages in mV


def circuit(edges, g, leak, C, rest):
    n = len(leak)
    L = np.diag(np.asarray(leak, float))
    for (a, b), x in zip(edges, g, strict=True):
        L[[a, b], [a, b]] += x
        L[[a, b], [b, a]] -= x
    A, B = -L / np.asarray(C)[:, None], np.diag(1 / np.asarray(C))
    step, push, *_ = cont2discrete((A, B, np.eye(n), 0 * A), DT)
    rest, leak = np.asarray(rest, float), np.asarray(leak, float)

    def run(currents):
        V, found = np.linalg.solve(L, leak * rest), []
        for I in currents:  # noqa: E741
            found.append(V)
            V = step @ V + push @ (I + leak * rest)
        return np.array(found)

    return run


def steps(n, k, amplitude=-50.0, before=60, during=220, after=120):
    I = np.zeros((before + during + after, n))  # noqa: E741
    I[before : before + during, k] = amplitude
    return I


PAIR = circuit([(0, 1)], [1.2], [5, 4], [100, 80], [-65, -63])
CLEAN = [(PAIR(steps(2, k)), steps(2, k)) for k in range(2)]


def recordings(clean, noise):
    return [Recording((V + noise(V.shape)) * u.mV, I * u.pA, DT * u.ms) for V, I in clean]  # noqa: E741


def plain(estimate, unit):
    return [np.asarray(x.to_decimal(unit)) for x in estimate]


def test_without_noise_everything_is_found():
    fit = fit_conductance(recordings(CLEAN, np.zeros))
    for estimate, unit, truth in [
        (fit.conductance, u.nS, [1.2]),
        (fit.leak, u.nS, [5, 4]),
        (fit.capacitance, u.pF, [100, 80]),
        (fit.rest, u.mV, [-65, -63]),
    ]:
        np.testing.assert_allclose(plain(estimate, unit)[0], truth, rtol=1e-6)
    text = str(fit)
    assert "junction 0-1" in text
    assert "nS" in text


@pytest.mark.slow
@pytest.mark.optimized
def test_intervals_have_their_coverage():
    rng = np.random.default_rng(11)
    runs, inside, scores = 40, 0, []
    for _ in range(runs):
        fit = fit_conductance(recordings(CLEAN, lambda shape: rng.normal(0, 0.5, shape)))
        value, error, low, high = (x[0] for x in plain(fit.conductance, u.nS))
        inside += low < 1.2 < high
        scores.append((value - 1.2) / error)
    # Of a binomial of p = 0.95, 33 and fewer have a probability of 0.3 %.
    assert inside >= 34
    # No bias, which a regression on noisy voltages has; errors of the right size.
    assert abs(np.mean(scores)) < 3.5 / np.sqrt(runs)
    assert 0.7 < np.std(scores) < 1.35


def test_regression_on_noisy_voltages_is_biased():
    # Why whole traces are fitted: the derivative of the noise is not small.
    rng = np.random.default_rng(4)
    found = []
    for _ in range(20):
        rows, values = [], []
        for r in recordings(CLEAN, lambda shape: rng.normal(0, 0.5, shape)):
            V, I = r.volts[:-1], 1e3 * r.amperes[:-1]  # noqa: E741
            dV = np.diff(r.volts, axis=0) / DT
            one = np.ones(len(V))
            rows.append(np.stack([dV[:, 0], V[:, 0], one, V[:, 0] - V[:, 1]], 1))
            values.append(I[:, 0])
        found.append(np.linalg.lstsq(np.concatenate(rows), np.concatenate(values))[0][0])
    assert np.mean(found) < 80  # of 100 pF


@pytest.mark.parametrize("lags", [1, 3])
def test_covariance_is_that_of_newey_and_west(lags):
    rng = np.random.default_rng(2)
    J, r = rng.normal(size=(12, 2, 3)), rng.normal(size=(12, 2))
    found, freedom, variance = covariance([J], [r], lags)
    scores = (J * r[..., None]).sum(axis=1)
    apart = np.abs(np.subtract.outer(range(12), range(12)))
    weight = np.maximum(1 - apart / (lags + 1), 0)
    bread = np.linalg.inv(np.einsum("tcp,tcq->pq", J, J))
    want = bread @ (scores.T @ weight @ scores) @ bread * 24 / 21
    assert freedom == 21
    assert variance == pytest.approx((r**2).sum() / 21)
    np.testing.assert_allclose(found, want, rtol=1e-9)


@pytest.mark.slow
@pytest.mark.optimized
def test_correlated_noise_needs_lags():
    rng = np.random.default_rng(7)

    def noise(shape):
        return lfilter([1], [1, -0.9], rng.normal(0, 0.2, shape), axis=0)

    runs, inside = 20, np.zeros(2)
    for _ in range(runs):
        some = recordings(CLEAN, noise)
        for k, lags in enumerate((0, 40)):
            fit = fit_conductance(some, lags=lags)
            _, _, low, high = (x[0] for x in plain(fit.conductance, u.nS))
            inside[k] += low < 1.2 < high
    assert fit.correlation > 0.7
    assert inside[0] < 0.7 * runs
    assert inside[1] > 0.75 * runs


@pytest.mark.slow
def test_network_of_four_cells():
    rng = np.random.default_rng(3)
    edges = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    g = np.array([1.5, 0.0, 0.4, 0.8, 0.0, 2.0])
    run = circuit(edges, g, [5, 4, 6, 3], [100, 80, 120, 70], [-65] * 4)
    clean = [(run(steps(4, k)), steps(4, k)) for k in range(4)]
    fit = fit_conductance(recordings(clean, lambda shape: rng.normal(0, 0.3, shape)))
    value, error, low, high = plain(fit.conductance, u.nS)
    assert list(zip(*fit.edges, strict=True)) == edges
    assert np.sum((low < g) & (g < high)) >= 5
    np.testing.assert_allclose(value, g, atol=4 * error.max())
    assert error.max() < 0.05
    # In closed form, from the ends of the same steps.
    slow = [steps(4, k, during=1500) for k in range(4)]
    quick, _ = conductance_from_transfer(
        transfer(recordings([(run(x), x) for x in slow], np.zeros))
    )
    np.testing.assert_allclose(quick.to_decimal(u.nS)[tuple(np.transpose(edges))], g, atol=1e-6)


def test_noise_does_not_lead_to_another_minimum():
    run = circuit([(0, 1)], [1.0], [5.0, 4.0], [50.0, 50.0], [-70.0, -70.0])
    I = steps(2, 0, 50.0, 100, 200, 100)  # noqa: E741
    V = run(I) + np.random.default_rng(0).normal(0, 0.05, I.shape)
    fit = fit_conductance(Recording(V * u.mV, I * u.pA, DT * u.ms))
    value, error, *_ = (x[0] for x in plain(fit.conductance, u.nS))
    assert value == pytest.approx(1.0, abs=3 * error)
    assert fit.noise.to_decimal(u.mV) == pytest.approx(0.05, rel=0.1)


def test_what_is_known_is_kept():
    rng = np.random.default_rng(8)
    some = recordings(CLEAN[:1], lambda shape: rng.normal(0, 0.5, shape))
    free = fit_conductance(some, ([0], [1]))
    fit = fit_conductance(
        some,
        gj.connectivity.Edges([0], [1], 2),
        leak=[5, 4] * u.nS,
        capacitance=[100, 80] * u.pF,
        rest=[-65, -63] * u.mV,
        level=0.5,
    )
    np.testing.assert_allclose(plain(fit.leak, u.nS)[:2], [[5, 4], [0, 0]])
    assert plain(fit.conductance, u.nS)[1][0] < plain(free.conductance, u.nS)[1][0]
    value, error, low, high = (x[0] for x in plain(fit.conductance, u.nS))
    assert value == pytest.approx(1.2, abs=4 * error)
    assert (high - low) / 2 == pytest.approx(0.6745 * error, rel=1e-2)


@pytest.mark.parametrize(
    ("args", "kwargs", "error", "message"),
    [
        (lambda r: ([],), {}, TypeError, "recordings must be a Recording"),
        (lambda r: ([3],), {}, TypeError, "recordings must be a Recording"),
        (lambda r: (r, ([0], [2])), {}, ValueError, "post_ids"),
        (lambda r: (r,), {"level": 2.0}, ValueError, "level must be"),
        (lambda r: (r,), {"lags": -1}, ValueError, "lags must be"),
        (lambda r: (r,), {"capacitance": -1 * u.pF}, ValueError, "capacitance must be positive"),
        (lambda r: (r,), {"leak": 1 * u.pF}, u.UnitMismatchError, "leak must be in a unit"),
    ],
)
def test_errors_name_the_argument(args, kwargs, error, message):
    with pytest.raises(error, match=message):
        fit_conductance(*args(recordings(CLEAN, np.zeros)), **kwargs)


def test_a_current_must_change():
    still = Recording(np.zeros((50, 2)) * u.mV, np.zeros((50, 2)) * u.pA, DT * u.ms)
    with pytest.raises(ValueError, match="recordings must have a current that changes"):
        fit_conductance(still)

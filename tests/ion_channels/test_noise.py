"""Channels that are counted: exact distributions, statistics, reproducible sequences."""

import copy

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u
from scipy import stats
from scipy.linalg import expm

import gapjunction as gj
from gapjunction.ion_channels import (
    K_HH1952,
    L_HH1952,
    Channel,
    ChannelNoise,
    Current,
    Gate,
    Markov,
    Mechanism,
    Na_HH1952,
    NaR_So2007,
    Parameter,
    insert,
    sigmoid,
)

DENSITY = u.mS / u.cm**2
CM = 1 * u.uF / u.cm**2
N_CELLS = 4000
V = np.full(N_CELLS, -50.0) * u.mV
SCHEME = Markov(
    ("C", "O", "I"),
    {
        ("C", "O"): 0.8 / u.ms,
        ("O", "C"): 0.5 / u.ms,
        ("O", "I"): 0.3 / u.ms,
        ("I", "C"): 0.1 / u.ms,
    },
    open={"O": 1.0, "I": 0.25},
    start={"C": 1.0},
)


class Scheme(Channel):
    g_max = 1 * DENSITY
    E = 0 * u.mV
    s = SCHEME


def close(got, want, error, sigmas=5):
    """Compare a statistic, whose standard error is known."""
    np.testing.assert_allclose(got, want, atol=sigmas * error)


@pytest.mark.parametrize("method", ["jumps", "diffusion"])
def test_a_large_step_has_the_exact_distribution(method, x64):
    """Means and covariances of a multinomial, whose probabilities are a matrix exponential."""
    n, dt = 50, 1.5
    channel = Scheme(N_CELLS, noise=ChannelNoise(n, seed=3, method=method))
    channel.init_state(V)
    np.testing.assert_array_equal(channel.counts.value, [[n, 0, 0]] * N_CELLS)
    with brainstate.environ.context(dt=dt * u.ms):
        channel.update(V)
        channel.update(V)
    rates = np.array([[-0.8, 0.8, 0], [0.5, -0.8, 0.3], [0.1, 0, -0.1]])
    p = expm(rates * 2 * dt)[0]
    counts = np.asarray(channel.counts.value)
    np.testing.assert_allclose(counts.sum(-1), n, rtol=1e-12)
    want = n * (np.diag(p) - np.outer(p, p))
    close(counts.mean(0), n * p, np.sqrt(n / N_CELLS) / 2)
    # The standard error of a variance is sqrt(2 / cells) of it.
    close(np.cov(counts.T), want, want.max() * np.sqrt(2 / N_CELLS))
    share = (counts[:, 1] + 0.25 * counts[:, 2]) / n
    np.testing.assert_allclose(channel.open_fraction(V), share, rtol=1e-12)
    if method == "jumps":
        seen = np.bincount(counts[:, 1].astype(int), minlength=n + 1)
        expected = N_CELLS * stats.binom.pmf(np.arange(n + 1), n, p[1])
        some = expected > 5
        chi2 = ((seen - expected)[some] ** 2 / expected[some]).sum()
        assert stats.chi2.sf(chi2, some.sum() - 1) > 1e-4


@pytest.mark.one_stack
def test_whole_channels_open_and_not_gates(x64):
    """At rest the number of open channels is binomial with p = m^3 h."""
    n = 300
    channel = Na_HH1952(N_CELLS, noise=ChannelNoise(n, seed=1))
    channel.init_state(V)
    assert channel.counts.value.shape == (N_CELLS, 4, 2)
    with brainstate.environ.context(dt=0.5 * u.ms):
        channel.update(V)
    gates = channel.steady_state(V[:1])
    p = float(gates["m"][0] ** 3 * gates["h"][0])
    n_open = np.asarray(channel.open_fraction(V)) * n
    close(n_open.mean(), n * p, np.sqrt(n * p * (1 - p) / N_CELLS))
    seen = np.bincount(np.round(n_open).astype(int), minlength=n + 1)
    expected = N_CELLS * stats.binom.pmf(np.arange(n + 1), n, p)
    some = expected > 5
    chi2 = ((seen - expected)[some] ** 2 / expected[some]).sum()
    assert stats.chi2.sf(chi2, some.sum() - 1) > 1e-4


@pytest.mark.one_stack
def test_fluctuations_decay_as_gates_do(x64):
    """The autocovariance of n^4 is p (n^4 + ...), of which the closed form is a binomial's."""
    n, lag = 100, 1.0
    at = V + 10 * u.mV
    channel = K_HH1952(N_CELLS, noise=ChannelNoise(n, seed=5))
    channel.init_state(at)
    before = np.asarray(channel.open_fraction(at))
    with brainstate.environ.context(dt=lag * u.ms):
        channel.update(at)
    after = np.asarray(channel.open_fraction(at))
    x = float(channel.steady_state(at[:1])["n"][0])
    tau = float(channel.time_constant(at[:1])["n"].to_decimal(u.ms)[0])
    # A subunit that is open is open again after the lag with this probability.
    again = x + (1 - x) * np.exp(-lag / tau)
    want = ((x * again) ** 4 - x**8) / n
    got = np.cov(before, after)[0, 1]
    close(got, want, x**4 / n * np.sqrt(2 / N_CELLS))


def test_the_mean_follows_the_gates_and_their_temperature(x64):
    noisy = K_HH1952(N_CELLS, temperature=16.3, noise=ChannelNoise(1000, seed=2))
    plain = K_HH1952(N_CELLS, temperature=16.3)
    for channel in (noisy, plain):
        channel.init_state(V)
        with brainstate.environ.context(dt=0.2 * u.ms):
            for shift in (30, 30, -20):
                channel.update(V + shift * u.mV)
    want = float(plain.open_fraction(V)[0])
    got = np.asarray(noisy.open_fraction(V)).mean()
    close(got, want, np.sqrt(want / 1000 / N_CELLS))
    # What curves are drawn of is not random.
    np.testing.assert_array_equal(noisy.steady_state(V)["n"], plain.steady_state(V)["n"])


def neuron(solver="exp_euler", seed=4, n=(2000, 700)):
    channels = {
        "na": Na_HH1952(2, noise=ChannelNoise(n[0], seed=seed)),
        "k": K_HH1952(2, noise=ChannelNoise(np.array([n[1], 300]), seed=seed)),
        "leak": L_HH1952(2),
    }
    return gj.PointNeuron(2, CM, channels, solver)


def run_twice(cells, step, steps):
    """Return what two runs give, from new states and from those that were reset."""

    @brainstate.transform.jit
    def run():
        return brainstate.transform.for_loop(step, np.arange(steps))

    for start in (cells.init_state, cells.reset_state):
        start()
        with brainstate.environ.context(dt=0.02 * u.ms, t=0 * u.ms):
            yield jax.tree.map(np.asarray, run())


@pytest.mark.one_stack
@pytest.mark.parametrize(
    "solver",
    ["rk4", *(pytest.param(s, marks=pytest.mark.slow) for s in ("exp_euler", "staggered"))],
)
def test_seeds_repeat_in_every_solver(solver):
    cells = neuron(solver)

    def step(i):
        cells()
        return cells.V.value.to_decimal(u.mV)

    first, again = run_twice(cells, step, 100)
    assert np.ptp(first[:, 0]) > 0.01
    assert (first[:, 0] != first[:, 1]).any()
    np.testing.assert_array_equal(again, first)
    counts = cells.gates()["k"]["counts"]
    np.testing.assert_array_equal(counts.sum(-1), [700, 300])
    np.testing.assert_array_equal(counts, np.round(counts))


def test_copies_have_the_same_sequence_and_other_seeds_another():
    channel = K_HH1952(2, noise=ChannelNoise(400, seed=4))
    other = K_HH1952(2, noise=ChannelNoise(400, seed=5))
    for each in (channel, other):
        each.init_state(V[:2])
    again = copy.deepcopy(channel)
    with brainstate.environ.context(dt=0.5 * u.ms):
        for each in (channel, again, other):
            each.update(V[:2])
    np.testing.assert_array_equal(channel.counts.value, again.counts.value)
    assert (channel.counts.value != other.counts.value).any()


def test_without_a_seed_numbers_are_those_of_brainstate():
    runs = []
    channel = K_HH1952(2, noise=ChannelNoise(400))
    for seed in (1, 1, 2):
        brainstate.random.seed(seed)
        channel.init_state(V[:2])
        with brainstate.environ.context(dt=0.5 * u.ms):
            channel.update(V[:2])
        runs.append(np.asarray(channel.counts.value))
    np.testing.assert_array_equal(runs[0], runs[1])
    assert (runs[0] != runs[2]).any()


@pytest.mark.one_stack
def test_batches_and_inserted_channels():
    cells = neuron()
    cells.init_state(3)
    assert cells.channels["na"].counts.value.shape == (3, 2, 4, 2)
    import brainpy

    lif = brainpy.state.LIF(2, tau=10 * u.ms, R=1 * u.Mohm, V_rest=-60 * u.mV)
    added = insert(lif, K_HH1952(2, g_max=50 * u.nS, noise=ChannelNoise(50)))
    brainstate.nn.init_all_states(lif)
    with brainstate.environ.context(dt=0.1 * u.ms, t=0 * u.ms):
        lif(20 * u.nA)
    counts = added.channels["K_HH1952"].counts.value
    np.testing.assert_array_equal(counts.sum(-1), 50)


@pytest.mark.one_stack
@pytest.mark.parametrize("solver", ["rk4", pytest.param("exp_euler", marks=pytest.mark.slow)])
def test_implicit_coupling_draws_once_a_step(solver):
    cells = neuron(solver)
    gap = gj.SymmetryGapJunction(cells, "V", ([0], [1]), 0.5 * DENSITY, coupling="implicit")

    def step(i):
        gap()
        cells()
        return cells.V.value.to_decimal(u.mV), cells.channels["k"].counts.value

    runs = []
    for V, counts in run_twice(cells, step, 30):
        runs.append(V)
        moved = np.abs(np.diff(counts, axis=0)).sum(-1)
        # Of 700 channels few change in such a step; twice as many would if they were drawn twice.
        assert 0 < moved[:, 0].mean() < 60
    np.testing.assert_array_equal(*runs)
    assert np.isfinite(runs[0]).all()


class Rated(Channel):
    g_max = 1 * DENSITY
    E = 0 * u.mV
    opening = Parameter(1 / u.ms)
    n = Gate(2, alpha=opening, beta=0.5 / u.ms, start=0.0)


@pytest.mark.one_stack
def test_gradients_of_jumps_are_those_of_the_expected_number(x64):
    def share(rate, method):
        noise = ChannelNoise(100, seed=0, method=method)
        channel = Rated(N_CELLS, opening=rate / u.ms, noise=noise)
        channel.init_state(V)
        with brainstate.environ.context(dt=0.4 * u.ms):
            channel.update(V)
        return channel.open_fraction(V).mean()

    def expected(rate):
        return (rate / (rate + 0.5) * (1 - jnp.exp(-(rate + 0.5) * 0.4))) ** 2

    want = float(jax.grad(expected)(1.0))
    assert float(jax.grad(share)(1.0, "jumps")) == pytest.approx(want, rel=1e-6)
    noisy = float(jax.grad(share)(1.0, "diffusion"))
    assert noisy == pytest.approx(want, rel=0.02)
    assert noisy != pytest.approx(want, rel=1e-6)


class Reads(Channel):
    g_max = 1 * DENSITY
    E = 0 * u.mV
    a = Gate(1, steady_state=0.5, time_constant=1 * u.ms)
    b = Gate(1, alpha=lambda V, a: a / u.ms, beta=1 / u.ms)


class OneGate(Mechanism):
    n = Gate(1, steady_state=0.5, time_constant=1 * u.ms)
    i = Current("K", lambda V, n: n * V * DENSITY)


class Whole(Mechanism):
    n = Gate(1, steady_state=0.5, time_constant=1 * u.ms)
    i = Current("K", lambda V, open_fraction: open_fraction * V * DENSITY)
    noise = ChannelNoise(10, seed=0)


def test_a_declaration_may_say_that_a_mechanism_is_random(x64):
    channel = Whole(3)
    channel.init_state(V[:3])
    got = channel.current(V[:3]).to_decimal(u.uA / u.cm**2)
    n_open = np.asarray(channel.counts.value)[:, 1]
    np.testing.assert_allclose(got, n_open / 10 * -50)
    assert channel.affine(V[:3]).conductance.shape == (3,)


class Counted(Channel):
    counts = Parameter(-40 * u.mV)
    g_max, E = 1 * DENSITY, 0 * u.mV
    n = Gate(steady_state=sigmoid(1.0, counts, 5 * u.mV), time_constant=1 * u.ms)


def powered(power, **more):
    gate = Gate(power, steady_state=0.5, time_constant=1 * u.ms)
    return type("Made", (Channel,), {"g_max": 1 * DENSITY, "E": 0 * u.mV, "n": gate, **more})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ChannelNoise(0), "n_channels must be positive"),
        (lambda: ChannelNoise(2.5), "n_channels must be whole"),
        (lambda: ChannelNoise(np.inf), "n_channels must be whole"),
        (lambda: ChannelNoise("many"), "n_channels must be whole numbers, got 'many'"),
        (
            lambda: Counted(1, noise=ChannelNoise(9)),
            "Counted declares 'counts', which is the name of the state",
        ),
        (lambda: ChannelNoise(2, seed=1.5), "seed must be an int"),
        (lambda: ChannelNoise(2, method="jump"), "method must be one of .* mean 'jumps'"),
        (lambda: K_HH1952(3, noise=ChannelNoise([1, 2])), r"n_channels .* of the size \(3,\)"),
        (lambda: L_HH1952(1, noise=ChannelNoise(9)), "L_HH1952 has no gate that takes time"),
        (lambda: powered(2.5)(1, noise=ChannelNoise(9)), "power of gate 'n' of Made must be a wh"),
        (
            lambda: powered(1, terms=((1.0, ("n",)),))(1, noise=ChannelNoise(9)),
            r"Made is a sum of channels \(terms\)",
        ),
        (lambda: Reads(1, noise=ChannelNoise(9)), "Reads reads its gate 'a' alone"),
        (lambda: OneGate(1, noise=ChannelNoise(9)), "A current can read open_fraction"),
    ],
)
def test_what_cannot_be_counted_is_refused(make, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make()


def test_schemes_of_the_catalogue_can_be_counted():
    channel = NaR_So2007(2, noise=ChannelNoise(100, seed=0))
    channel.init_state(V[:2])
    assert channel.counts.value.shape == (2, 2, 2)

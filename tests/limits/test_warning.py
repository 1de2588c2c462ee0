"""The warning for a junction that is too strong for its step."""

import warnings

import brainpy.state as bp
import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from models import Passive, pairs, random_pairs

LIMIT = 0.2  # ms: lambda dt = 2 g dt / C of the passive pair is 2


def pair(coupling="stage", g=5.0, n=2, **kwargs):
    cells = Passive(n, 1 * u.nF)
    conn = pairs(*np.triu_indices(n, 1))
    return gj.SymmetryGapJunction(cells, "V", conn, g * u.uS, coupling=coupling, **kwargs)


def silent():
    return warnings.catch_warnings()


@pytest.mark.parametrize("coupling", ["step", "stage"])
def test_explicit_junction_beyond_its_limit_is_told_with_the_numbers(coupling):
    with (
        brainstate.environ.context(dt=1.01 * LIMIT * u.ms),
        pytest.warns(gj.GapJunctionWarning) as told,
    ):
        pair(coupling, name="strong")
    (warning,) = told
    text = str(warning.message)
    assert text.startswith("SymmetryGapJunction 'strong' is too strong for explicit coupling")
    for number in ("dt = 0.202 ms", "1.01 on average", "lambda_max 10 / ms", "dt = 0.2 ms"):
        assert number in text
    assert warning.filename == __file__


@pytest.mark.parametrize(
    ("coupling", "factor"),
    [("stage", 0.99), ("step", 0.99), ("semi_implicit", 100.0), ("implicit", 100.0)],
)
def test_silent_where_it_is_stable(coupling, factor):
    with silent(), brainstate.environ.context(dt=factor * LIMIT * u.ms):
        warnings.simplefilter("error")
        pair(coupling)


@pytest.mark.parametrize("n", [2, 7, 40])
def test_limit_is_that_of_the_report(n):
    """All to all: lambda_max = n g / C, between the bounds n - 1 and 2 (n - 1) of a cheap look."""
    limit = 2 / (5.0 * n)
    for factor, count in ((0.999, 0), (1.001, 1)):
        with (
            brainstate.environ.context(dt=factor * limit * u.ms),
            warnings.catch_warnings(record=True) as told,
        ):
            warnings.simplefilter("always")
            gap = pair(n=n)
        assert len(told) == count
        reported = gj.stability(gap, 0.1 * u.ms).largest_dt["stage"].to_decimal(u.ms)
        assert reported == pytest.approx(limit)


def test_two_conductances_of_an_edge():
    a, b = Passive(1, 1 * u.nF), Passive(1, 2 * u.nF)
    # lambda = 8 / 1 + 2 / 2, in 1 / ms.
    for factor, count in ((0.99, 0), (1.01, 1)):
        with (
            brainstate.environ.context(dt=factor * 2 / 9.0 * u.ms),
            warnings.catch_warnings(record=True) as told,
        ):
            warnings.simplefilter("always")
            gj.AsymmetryGapJunction(a, "V", b, "V", ([0], [0]), [2.0, 8.0] * u.uS)
        assert len(told) == count


def test_told_at_init_state_if_there_was_no_step_before():
    brainstate.environ.pop("dt")
    with silent():
        warnings.simplefilter("error")
        gap = pair()
    with brainstate.environ.context(dt=1 * u.ms):
        with pytest.warns(gj.GapJunctionWarning, match="too strong"):
            brainstate.nn.init_all_states(gap)
        with silent():
            warnings.simplefilter("error")
            brainstate.nn.init_all_states(gap)


def test_silent_where_nothing_can_be_told():
    class Unknown(bp.Neuron):
        def __init__(self):
            super().__init__(2)

        def init_state(self, *args, **kwargs):
            self.V = brainstate.HiddenState(jnp.zeros(2) * u.mV)

    with silent():
        warnings.simplefilter("error")
        gj.SymmetryGapJunction(Unknown(), "V", pairs([0], [1]), 1e9 * u.mS)

        def traced(g):
            pair(g=g)
            return g

        jax.jit(traced)(1e9)


def test_large_network_costs_one_pass_where_it_is_stable(monkeypatch):
    monkeypatch.setattr("gapjunction.limits._network.Network.of", None)
    cells = Passive(300, 1 * u.nF)
    gj.SymmetryGapJunction(cells, "V", pairs(*random_pairs(300, 900)), 1e-3 * u.uS)


def test_models_without_units():
    """tau dV/dt = I with times in numbers: 2 g dt / tau must be below 2."""

    def make(g):
        cells = bp.Neuron(2)
        cells.tau, cells.V_th = 5.0, 1.0
        return gj.SymmetryGapJunction(cells, "V", ([0], [1]), g)

    with brainstate.environ.context(dt=0.5):
        with silent():
            warnings.simplefilter("error")
            make(9.9)
        with pytest.warns(gj.GapJunctionWarning) as told:
            make(10.1)
    text = str(told[0].message)
    assert "dt = 0.5: voltages" in text
    assert "lambda_max 4.04; 'stage' is stable up to dt = 0.495, " in text


def all_told(make):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        brainstate.nn.init_all_states(make())
    return [str(warning.message) for warning in told]


ONE = ([0], [1])
CELL = {"V_rest": -65 * u.mV, "V_th": -50 * u.mV}


@pytest.mark.parametrize("coupling", ["step", "stage", "semi_implicit", "implicit"])
def test_junction_that_is_too_weak_is_told_once_with_the_numbers(coupling):
    with brainstate.environ.context(dt=0.04 * u.ms):
        (text,) = all_told(
            lambda: gj.SymmetryGapJunction(bp.HH(2), "V", ONE, 1 * u.nS, coupling=coupling)
        )
    assert text.startswith("SymmetryGapJunction is too weak to matter")
    for number in ("1 nS at a cell of HH", "capacitance of 1 uF", "1e+03 s", "is 4e-08", "unit"):
        assert number in text


@pytest.mark.parametrize(
    ("host", "weight", "said"),
    [
        (lambda: bp.LIF(2), 2 * u.nS, "5 mF, a voltage difference decays"),
        (lambda: bp.HH(2, C=1 * u.uF / u.cm**2), 1 * u.nS / u.cm**2, "1 uF / cm^2, a"),
        (lambda: bp.Izhikevich(2), 1e-6 / u.ms, "at a cell of Izhikevich, a voltage"),
        (lambda: bp.LIF(2, R=100 * u.Mohm, **CELL), 1e-7 * u.nS, "50 pF, a"),
        (lambda: Passive(2, [1.0, 2.0] * u.uF), [[0.5, 1.0]] * u.nS, "at most 1 nS at a cell"),
    ],
)
def test_too_weak_in_any_unit(host, weight, said):
    kind = gj.AsymmetryGapJunction if np.ndim(weight) == 2 else gj.SymmetryGapJunction

    def make():
        cells = host()
        return (
            kind(cells, "V", cells, "V", ONE, weight)
            if np.ndim(weight) == 2
            else (kind(cells, "V", ONE, weight))
        )

    (text,) = all_told(make)
    assert said in text


@pytest.mark.parametrize(
    ("host", "weight"),
    [
        # As weak as electrical synapses get: one channel of connexin 36, and of innexins of a
        # giant cell. A junction that is off is not meant, nor one of whose edges only some are.
        (lambda: bp.LIF(2, R=100 * u.Mohm, tau=20 * u.ms, **CELL), 0.01 * u.nS),
        (lambda: bp.LIF(2, R=5 * u.Mohm, tau=20 * u.ms, **CELL), 0.025 * u.nS),
        (lambda: gj.neurons.HH1952(2, area=100_000 * u.um**2), 0.01 * u.nS),
        (lambda: bp.HH(2), 0 * u.nS),
        (lambda: bp.HH(1), 1 * u.nS),
        (lambda: bp.HH(2), [1e-9, 1.0] * u.mS),
        (lambda: bp.FitzHughNagumo(2), 1e-3),
        (lambda: Passive(2, 0 * u.nF), 1 * u.nS),
    ],
)
def test_physiological_junctions_are_not_too_weak(host, weight):
    """At any time step: it is not kappa that counts."""
    conn = ONE if np.ndim(weight) == 0 else ([0, 0], [1, 1])

    def make():
        cells = host()
        edges = conn if cells.in_size == (2,) else ([0], [0])
        return gj.SymmetryGapJunction(cells, "V", edges, weight, coupling="implicit")

    with brainstate.environ.context(dt=1e-6 * u.ms):
        assert not [text for text in all_told(make) if "too weak" in text]


def test_too_weak_is_told_at_init_state_if_it_could_not_be_before():
    cells = bp.HH(2)
    C, cells.C = cells.C, None
    with silent():
        warnings.simplefilter("error")
        gap = gj.SymmetryGapJunction(cells, "V", ONE, 1 * u.nS)
        jax.jit(lambda g: [gj.SymmetryGapJunction(bp.HH(2), "V", ONE, g * u.nS), g][1])(1.0)
    cells.C = C
    with pytest.warns(gj.GapJunctionWarning, match="too weak"):
        brainstate.nn.init_all_states(gap)
    with silent():
        warnings.simplefilter("error")
        brainstate.nn.init_all_states(gap)


def told_by(action, *args, dt):
    """Return how many warnings an action issues in an environment with this time step, in ms."""
    with brainstate.environ.context(dt=dt * u.ms), warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        action(*args)
    return len(told)


@pytest.mark.parametrize(
    "renew", [brainstate.nn.init_all_states, brainstate.nn.reset_all_states], ids=["init", "reset"]
)
def test_told_again_once_the_step_is_larger(renew):
    gaps = []
    assert told_by(lambda: gaps.append(pair()), dt=0.9 * LIMIT) == 0
    steps = (0.9, 1.1, 1.1, 1.05, 3.0, 0.5, 1.1, 0.9)
    told = [told_by(renew, gaps[0], dt=step * LIMIT) for step in steps]
    assert told == [0, 1, 0, 0, 1, 0, 1, 0]


def test_told_again_once_the_conductance_is_larger():
    gaps = []
    assert told_by(lambda: gaps.append(pair()), dt=0.9 * LIMIT) == 0
    gaps[0].weight.value = 6.0 * u.uS
    assert told_by(brainstate.nn.init_all_states, gaps[0], dt=0.9 * LIMIT) == 1


def test_states_may_be_made_within_a_transformed_function():
    A = u.uA / u.cm**2
    cells = gj.neurons.HH1952(2)
    gap = gj.SymmetryGapJunction(cells, "V", ([0], [1]), 1 * A / u.mV)

    @jax.jit
    def run():
        cells.init_state()
        gap.init_state()
        return cells.V.value.mantissa

    assert told_by(run, dt=50.0) == 1

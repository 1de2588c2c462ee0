"""What every ready neuron must do."""

import itertools

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from models import mv

DENSITY = u.uA / u.cm**2
NAMES = [name for name in gj.neurons.__all__ if name != "PointNeuron"]
EVERY = [
    (name, kind) for name in NAMES for kind in getattr(getattr(gj.neurons, name), "kinds", (None,))
]
# Of each paper the cell with most to it.
FULLEST = [(name, kind) for name, kind in EVERY if kind in (None, "LTS", "AB/PD 1")]
every = pytest.mark.parametrize(("name", "kind"), EVERY)


def build(name, kind, size=3, **kwargs):
    kwargs |= {} if kind is None else {"kind": kind}
    return getattr(gj.neurons, name)(size, **kwargs)


def test_there_are_ready_neurons():
    assert len(NAMES) >= 5
    assert set(NAMES) < set(dir(gj.neurons))
    with pytest.raises(AttributeError, match="has no attribute 'HH1953'"):
        _ = gj.neurons.HH1953
    assert len(EVERY) >= 24
    assert {name for name, _ in FULLEST} == set(NAMES)


@every
def test_builds_with_and_without_batch(name, kind):
    cells = build(name, kind, (2, 3))
    cells.init_state()
    assert cells.V.value.shape == (2, 3)
    brainstate.nn.init_all_states(cells, batch_size=4)
    # A scheme's state has a further axis, for what it consists of.
    assert all(state.value.shape[:3] == (4, 2, 3) for state in cells.states().values())


@every
def test_can_be_made_within_a_transformed_function(name, kind):
    def voltages():
        cells = build(name, kind)
        cells.init_state()
        return cells.V.value

    assert jax.eval_shape(voltages).shape == (3,)


@every
def test_input_is_absolute_where_there_is_an_area(name, kind):
    cells = build(name, kind)
    assert cells.input_unit.dim == (DENSITY if cells.area is None else u.uA).dim
    assert build(name, kind, area=None).input_unit.dim == u.get_unit(DENSITY).dim
    assert build(name, kind, area=1e3 * u.um**2).input_unit.dim == u.uA.dim
    gj.SymmetryGapJunction(cells, "V", ([0], [1]), 1e-3 * cells.input_unit / u.mV)
    other = u.uA if cells.area is None else u.get_unit(DENSITY)
    with pytest.raises(u.UnitMismatchError, match="weight must be a conductance"):
        gj.SymmetryGapJunction(cells, "V", ([0], [1]), 1e-3 * other / u.mV)


@pytest.mark.parametrize("name", NAMES)
def test_says_where_it_is_from(name):
    cls = getattr(gj.neurons, name)
    source = cls.source
    assert cls.cite().endswith(f" https://doi.org/{source.doi}")
    assert source.doi.startswith("10.")
    assert source.doi in cls.__doc__
    assert all((source.citation, source.species, source.preparation, source.check))
    # The year of the name is that of the paper.
    assert f"({name[-4:]})" in source.citation


@pytest.mark.parametrize(
    ("name", "kind", "precision"),
    [(*one, bits) for one, bits in zip(FULLEST, itertools.cycle([32, 64]), strict=False)],
)
def test_states_keep_precision_and_range(name, kind, precision):
    cells = build(name, kind)
    cells.init_state()

    @brainstate.transform.jit
    def step():
        with brainstate.environ.context(i=0, t=0 * u.ms, dt=0.05 * u.ms):
            cells()

    for _ in range(20):
        step()
    for path, state in cells.states().items():
        values = mv(state.value)
        assert values.dtype == np.dtype(f"float{precision}"), path
        if path[-1] != "V":
            assert ((values >= 0) & (values <= 1)).all(), path


# Gradients take long to compile. The channels of the other cells are tested one by one.
QUICK, SLOW = "Mancilla2007", ("Solinas2007", "Destexhe1998")


def marks_of(name):
    if name == QUICK:
        return []
    return [pytest.mark.slow, *([] if name in SLOW else [pytest.mark.exhaustive])]


@pytest.mark.one_stack
@pytest.mark.parametrize(
    ("name", "kind"), [pytest.param(*one, marks=marks_of(one[0])) for one in FULLEST]
)
def test_steps_with_finite_gradients(name, kind):
    """In float32, whose range is the smaller one."""

    def last(x, coupling):
        cells = build(name, kind)
        gap = gj.SymmetryGapJunction(
            cells, "V", ([0, 1], [1, 2]), 0.1 * coupling * cells.input_unit / u.mV
        )
        cells.init_state()
        area = 1e-3 * u.cm**2
        drive = (x * DENSITY * (1 if cells.area is None else area)).in_unit(cells.input_unit)

        def step(i):
            with brainstate.environ.context(i=i, t=i * 0.05 * u.ms, dt=0.05 * u.ms):
                gap()
                return cells(drive)

        spikes = brainstate.transform.for_loop(step, jnp.arange(20))
        return cells.V.value.to_decimal(u.mV).sum(), spikes

    x = jnp.array([0.0, 10.0, 20.0])
    gradient = brainstate.transform.jit(
        brainstate.transform.grad(last, argnums=(0, 1), return_value=True, has_aux=True)
    )
    slopes, V, spikes = gradient(x, jnp.asarray(1e-3))
    assert np.isfinite(V)
    assert spikes.shape == (20, 3)
    assert all(np.isfinite(slope).all() for slope in slopes)
    assert (slopes[0] != 0).all()

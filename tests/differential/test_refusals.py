"""What cannot be combined is refused, with the package's own words."""

import itertools

import brainstate
import jax.numpy as jnp
import pytest
import saiunit as u

import gapjunction as gj

from .build import Model, junction, population
from .draw import CLASSES, MODES, SEEDS, draw, refused
from .hosts import KINDS, UNITS

# One class in one kind of population: which error, and what it says.
SPIKELET = (TypeError, "couples must be integrate-and-fire neurons of brainpy.state")
UNITLESS = (u.UnitMismatchError, "law must be Ohmic between populations whose voltages are in 1")
TABLE = {
    (kind, cls): SPIKELET if cls == "Spikelet" else UNITLESS
    for kind, cls in itertools.product(KINDS, CLASSES)
    if (cls == "Spikelet" and KINDS[kind].reset is None)
    or (cls in ("Rectifying", "VoltageGated") and KINDS[kind].group == "plain")
}


def test_the_networks_leave_out_what_is_refused_and_nothing_else():
    assert {(k, c) for k in KINDS for c in CLASSES if refused(k, c)} == set(TABLE)


@pytest.fixture(scope="module")
def first_of_class():
    """A description of a junction of each class, within one population."""
    found = {}
    for net in map(draw, SEEDS):
        for j in net.junctions:
            if j.ends == (0, 0) and len(j.pre) and max(*j.pre, *j.post) < 4:
                found.setdefault(j.cls, j)
    return found


@pytest.mark.parametrize(("kind", "cls"), TABLE, ids=lambda x: x.replace(" ", "-"))
def test_a_class_that_does_not_fit_a_population_is_refused(kind, cls, first_of_class):
    error, message = TABLE[kind, cls]
    p = next(
        net.populations[0]
        for net in map(draw, SEEDS)
        if net.populations[0].kind == kind and net.batch is None
    )
    j = first_of_class[cls]
    cells = population(p, None)
    with pytest.raises(error, match=message):
        junction(j, [cells], [kind])
    # Nothing is left in a population that was refused.
    assert not [key for key in cells.current_inputs or {} if "gap" in key]


GROUPS = {
    "absolute": "LIF",
    "density": "point exp_euler",
    "rate": "Izhikevich",
    "plain": "HindmarshRose",
}


def cells_of(group):
    kind = GROUPS[group]
    return KINDS[kind].make((3,), jnp.ones(3), jnp.ones(3), "soft")


@pytest.mark.parametrize(("one", "other"), list(itertools.permutations(GROUPS, 2)))
def test_conductances_and_populations_of_other_units_are_refused(one, other):
    ampere, volt = UNITS[other]
    unit = u.get_unit(ampere / volt)
    weight = 1.0 if unit.is_unitless else u.Quantity(1.0, unit=unit)
    with pytest.raises(u.UnitMismatchError, match="weight must be a conductance in a unit such as"):
        gj.SymmetryGapJunction(cells_of(one), "V", ([0], [1]), weight)
    with pytest.raises(u.UnitMismatchError, match="must be"):
        gj.SymmetryGapJunction((cells_of(one), cells_of(other)), "V", ([0], [1]), weight)


def small(mode):
    """Return a model of one population with one junction."""
    seed = next(
        s
        for s in SEEDS
        if (net := draw(s)).junctions[0].mode == mode
        and [p.kind for p in net.populations] == ["LIF"]
        and len(net.junctions) == 1
        and len(net.junctions[0].pre)
    )
    return Model(draw(seed))


@pytest.mark.parametrize("mode", MODES)
def test_a_junction_called_after_its_population_in_a_loop_is_refused(mode):
    model = small(mode)

    def step(i):
        with brainstate.environ.context(i=i, t=i * 0.1 * u.ms, dt=0.1 * u.ms):
            model.populations[0](model.inputs()[0])
            model.junctions[0]()

    with pytest.raises(ValueError, match="Call junctions before their neurons"):
        brainstate.transform.for_loop(step, jnp.arange(2))


@pytest.mark.parametrize("mode", MODES)
def test_a_junction_called_outside_of_the_function_of_its_population_is_refused(mode):
    model = small(mode)
    with brainstate.environ.context(i=0, t=0.0 * u.ms, dt=0.1 * u.ms):
        model.junctions[0]()

        @brainstate.transform.jit
        def step():
            model.populations[0](model.inputs()[0])

        with pytest.raises(ValueError, match="was not called in the same transformed function"):
            step()


@pytest.mark.parametrize("mode", MODES[2:])
def test_an_update_that_is_not_a_call_is_refused_where_it_has_to_be_solved(mode):
    model = small(mode)
    with brainstate.environ.context(i=0, t=0.0 * u.ms, dt=0.1 * u.ms):
        model.junctions[0]()
        with pytest.raises(ValueError, match=r"call the population itself, cells\(x\)"):
            model.populations[0].update(model.inputs()[0])

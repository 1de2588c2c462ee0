"""Every solver that the installed braincell offers, on a passive pair with a closed form."""

import functools

import braincell
import brainstate
import numpy as np
import pytest
import saiunit as u
from braincell.quad import all_integrators

import gapjunction as gj
from models import Network, mv, pairs, simulate

pytestmark = pytest.mark.usefixtures("x64")
NOTHING = 0 * u.nA / u.cm**2
SIEMENS = u.mS / u.cm**2


def difference(solver, coupling, dt, g=0.2, t=5.0):
    """Return what is left of 40 mV between two cells; None where the solver fails by itself."""
    cells = braincell.SingleCompartment(2, C=1 * u.uF / u.cm**2, solver=solver)
    brainstate.nn.init_all_states(cells)
    cells.V.value = np.array([20.0, -20.0]) * u.mV
    junctions = []
    if coupling is None:
        # Some solvers cannot do without a current that depends on V.
        cells.add_current_input("control", lambda v: 0 * SIEMENS * v)
    else:
        junctions = [
            gj.SymmetryGapJunction(cells, "V", pairs([0], [1]), g * SIEMENS, coupling=coupling)
        ]
    net = Network([cells], junctions)
    v = mv(simulate(net, [NOTHING], round(t / dt), dt * u.ms)[0])[-1]
    return v[0] - v[1]


def exact(g, t):
    return 40 * np.exp(-2 * g * t)


@functools.cache
def fails_alone(solver):
    """Return the error with which a solver fails without junctions, if it does."""
    try:
        difference(solver, None, 0.1, t=0.2)
    except (TypeError, ValueError) as error:
        # braincell's own words: solvers of trees of compartments, or called with too little.
        with pytest.raises(type(error)):
            difference(solver, "implicit", 0.1, t=0.2)
        return str(error)
    return None


@pytest.fixture(params=sorted(all_integrators))
def solver(request):
    """A solver that works without junctions; one that does not must fail with them, too."""
    if error := fails_alone(request.param):
        pytest.skip(f"{request.param} does not step an uncoupled SingleCompartment: {error}")
    return request.param


@pytest.mark.every_host
@pytest.mark.parametrize("coupling", ["stage", "semi_implicit"])
def test_pair_follows_the_closed_form(solver, coupling):
    """Of implicit coupling, which solves for the same response, the stiff pair is enough."""
    # Implicit Euler's own error is 0.108 mV, explicit Euler's -0.109.
    error = difference(solver, coupling, 0.05) - exact(0.2, 5.0)
    assert abs(error) < 0.11


def test_stiff_pair_is_at_rest_at_once(solver):
    assert abs(difference(solver, "implicit", 0.1, g=2e4, t=0.5)) < 1e-3

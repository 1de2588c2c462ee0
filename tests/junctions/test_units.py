"""Units: a conductance that does not fit its host is refused when the junction is built."""

import braincell
import brainpy.state as bp
import brainstate
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from models import Passive, pairs

DENSITY = u.mS / u.cm**2


def junction(host, weight, **kwargs):
    return gj.SymmetryGapJunction(host, "V", pairs([0], [1]), weight, **kwargs)


@pytest.mark.parametrize(
    ("host", "weight"),
    [
        (lambda: bp.HH(2), 1 * u.mV),
        (lambda: bp.HH(2), 1 * u.ohm),
        (lambda: bp.HH(2), 1 * DENSITY),
        (lambda: bp.HH(2), 1.0),
        (lambda: bp.LIF(2), 1 * DENSITY),
        (lambda: bp.LIF(2), 1 * u.mV),
        (lambda: bp.LIF(2, R=1.0), 1 * u.mS),
        (lambda: bp.Izhikevich(2), 1 * u.mS),
        (lambda: bp.FitzHughNagumo(2), 1 * u.mS),
        (lambda: braincell.SingleCompartment(2), 1 * u.nS),
    ],
)
def test_wrong_unit_is_refused_at_construction(host, weight):
    with pytest.raises(u.UnitMismatchError, match="weight must be a conductance"):
        junction(host(), weight)


@pytest.mark.parametrize(
    ("host", "weight"),
    [
        (lambda: bp.HH(2), 1e3 * u.nS),
        (lambda: bp.HH(2, C=1 * u.uF / u.cm**2), 1 * DENSITY),
        (lambda: bp.LIF(2), 1 * u.siemens),
        (lambda: bp.LIF(2, R=1 * u.ohm * u.cm**2), 1 * DENSITY),
        (lambda: bp.Izhikevich(2), 1 / u.ms),
        (lambda: bp.LIF(2, R=1.0), 0.1),
        (lambda: bp.LIF(2, R=1.0, V_th=1.0, V_rest=0.0, V_reset=0.0), 0.1),
        (lambda: bp.HH(2, C=1.0), 0.1 / u.ms),
        (lambda: bp.FitzHughNagumo(2), 0.1),
        (lambda: bp.HindmarshRose(2), 0.1),
        (lambda: braincell.SingleCompartment(2), 1 * DENSITY),
    ],
)
def test_right_unit_is_taken(host, weight):
    junction(host(), weight)


def test_message_names_what_the_host_takes():
    with pytest.raises(u.UnitMismatchError) as caught:
        junction(braincell.SingleCompartment(2), 2 * u.nS)
    text = str(caught.value)
    assert "SingleCompartment" in text
    assert "cm^2" in text
    assert "nS" in text


def test_unit_reassigned_later_is_refused_at_update():
    cells = bp.HH(2)
    cells.init_state()
    gap = junction(cells, 1 * u.mS)
    gap.weight.value = 1.0 * DENSITY
    with pytest.raises(u.UnitMismatchError):
        gap.update()
    # Nothing sticks: the population goes on.
    cells(1 * u.uA)
    gap.weight.value = 1.0 * u.mS
    gap()
    cells(1 * u.uA)


def test_states_of_different_kinds_are_refused():
    cells = bp.HH(2)
    cells.init_state()
    with pytest.raises(u.UnitMismatchError, match="pre_state and post_state"):
        gj.SymmetryGapJunction(cells, ("V", "m"), pairs([0], [1]), 1 * u.mS)


def test_host_that_converts_its_inputs_by_an_area():
    class Sphere(Passive):
        def __init__(self):
            super().__init__(2, C=1 * u.uF / u.cm**2)
            self.area = 1000 * u.um**2

        def update(self, x=0.0 * u.nA):
            density = self.sum_current_inputs(x, self.V.value) / self.area
            V = self.V.value + density / self.C * (0.1 * u.ms)
            self.V.value = self.sum_delta_inputs(V)

    cells = Sphere()
    cells.init_state()
    junction(cells, 1 * u.nS)()
    cells()
    with pytest.raises(u.UnitMismatchError, match="takes its input in uA"):
        junction(cells, 1 * DENSITY)


def test_host_that_replaces_the_equation_that_its_base_calls():
    """It may convert its inputs there, and only update() has a default that tells a unit."""

    class Sphere(braincell.SingleCompartment):
        def compute_derivative(self, I_ext=0.0 * u.nA):
            absolute = self.sum_current_inputs(I_ext, self.V.value)
            self.V.derivative = absolute / self.area / self.C

    def after(junction, *, own=False):
        cells = Sphere(2, C=1 * u.uF / u.cm**2, solver="rk2")
        if own:
            cells.input_unit = u.nA
        cells.init_state()
        cells.V.value = np.array([-50.0, -70.0]) * u.mV
        gap = junction(cells, "V", pairs([0], [1]), 0.2 * u.nS)
        gap.update()
        with brainstate.environ.context(t=0 * u.ms, dt=0.1 * u.ms):
            cells(0 * u.nA)
        return cells.V.value.to_decimal(u.mV)

    theirs = after(bp.SymmetryGapJunction)
    assert abs(theirs[0] + 50) > 0.01
    ours = after(lambda *args: gj.SymmetryGapJunction(*args, coupling="step"))
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)
    with pytest.raises(u.UnitMismatchError, match="weight must be a conductance"):
        after(lambda a, b, c, _: gj.SymmetryGapJunction(a, b, c, 1 * DENSITY), own=True)


def test_voltages_in_different_prefixes():
    pre, post = Passive(1), Passive(1)
    pre.init_state()
    post.init_state()
    pre.V.value = np.array([0.01]) * u.volt
    gap = gj.SymmetryGapJunction((pre, post), "V", pairs([0], [0]), 1 * u.uS)
    assert gap.currents().post.to_decimal(u.nA) == pytest.approx(10)
    assert gap.currents().pre.to_decimal(u.nA) == pytest.approx(-10)


def test_dimensionless_hosts_give_plain_arrays():
    cells = bp.FitzHughNagumo(2)
    cells.init_state()
    gap = junction(cells, 0.1)
    assert not isinstance(gap(), u.Quantity)
    cells()

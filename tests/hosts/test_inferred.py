"""What is read off every host neuron."""

import inspect

import braincell
import brainpy.state as bp
import brainstate
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

from gapjunction.hosts import (
    check_population,
    describe,
    input_unit,
    read_state,
    spiked,
    voltage_unit,
)

pytestmark = pytest.mark.every_host


def has_voltage(kind):
    """Whether this is one of brainpy.state's own neurons, with a state V."""
    if not (inspect.isclass(kind) and issubclass(kind, bp.Neuron) and kind is not bp.Neuron):
        return False
    if any(base.__name__ == "NESTNeuron" for base in kind.__mro__):
        return False  # brainpy 2.8's replicas of NEST's models, gone in 2.9
    with brainstate.environ.context(dt=0.1 * u.ms):
        host = kind(2)
        host.init_state()
    return isinstance(getattr(host, "V", None), brainstate.State)


NEURONS = [kind for name in bp.__all__ if has_voltage(kind := getattr(bp, name))]


def test_facts_that_a_class_states_by_attributes():
    class Own(bp.LIF):
        takes_jumps = False

    assert describe(bp.LIF(2)).takes_jumps
    assert not describe(Own(2)).takes_jumps


def test_parameters_that_are_trained_are_read():
    class Own(bp.Neuron):
        V_th = brainstate.ParamState(-50.0 * u.mV)
        tau = brainstate.ParamState(20.0 * u.ms)
        R = brainstate.nn.Param(2.0 * u.Gohm)

        def update(self, x=np.zeros(2)):  # noqa: B008
            raise NotImplementedError

    facts = describe(Own(2))
    assert voltage_unit(Own(2), "V") == u.mV
    assert float(facts.rate * u.ms) == pytest.approx(0.05)
    assert facts.capacitance[0].to_decimal(u.pF) == pytest.approx(10)
    assert input_unit(Own(2), "V").dim == u.pA.dim


def test_a_leak_of_none_is_no_leak():
    class Own(bp.Neuron):
        C = 2.0 * u.nF
        R = tau = gL = None  # noqa: N815

    assert describe(Own(2)).rate is None
    Own.g_leak = 0.1 * u.uS
    assert float(describe(Own(2)).rate * u.ms) == pytest.approx(0.05)


def test_there_are_neurons_to_read():
    assert len(NEURONS) >= 22


@pytest.mark.parametrize("kind", [*NEURONS, braincell.SingleCompartment], ids=lambda c: c.__name__)
def test_units_are_known_before_and_after_init_state(kind):
    host = kind(2)
    before = voltage_unit(host, "V"), input_unit(host, "V")
    host.init_state()
    after = voltage_unit(host, "V"), input_unit(host, "V")
    assert None not in before + after
    assert before[0].dim == after[0].dim
    assert before[1].dim == after[1].dim


@pytest.mark.parametrize(
    ("host", "unit"),
    [
        (lambda: bp.HH(2), u.uA),
        (lambda: bp.HH(2, C=1 * u.uF / u.cm**2), u.uA / u.cm**2),
        (lambda: bp.LIF(2), u.mA),
        (lambda: bp.LIF(2, R=1 * u.ohm * u.cm**2), u.mA / u.cm**2),
        (lambda: bp.Izhikevich(2), u.mV / u.ms),
        (lambda: bp.FitzHughNagumo(2), u.UNITLESS),
        (lambda: braincell.SingleCompartment(2), u.nA / u.cm**2),
    ],
)
def test_input_unit(host, unit):
    assert input_unit(host(), "V").dim == unit.dim


def test_read_state_of_something_that_is_not_a_state():
    host = bp.HH(2)
    host.init_state()
    with pytest.raises(ValueError, match="must name a State of HH; 'gNa'"):
        read_state("pre", host, "gNa")


def test_check_population():
    host = bp.HH(2)
    assert check_population("pre", host) is host
    with pytest.raises(TypeError, match="pre must be a neuron population"):
        check_population("pre", [1, 2])


@pytest.mark.parametrize("kind", NEURONS, ids=lambda c: c.__name__)
def test_spikes_are_those_that_the_neuron_returns(kind):
    n, unit = 24, input_unit(kind(1), "V")
    drive = u.Quantity(np.geomspace(0.3, 3e5, n), unit=unit)
    with brainstate.environ.context(dt=0.05 * u.ms):
        host = kind(n)
        host.init_state()
        # From below threshold: whether it starts with a spike, update() does not say.
        host.V.value = host.V.value - (10 * u.mV if u.get_unit(host.V.value).dim == u.mV.dim else 3)

        def step(i):
            before = host.V.value
            with brainstate.environ.context(i=i, t=i * 0.05 * u.ms):
                told = host.update(drive)
            return told > 0, spiked(host, host.V.value, before)

        told, found = brainstate.transform.for_loop(step, jnp.arange(2000))
    assert told.sum() > 0
    np.testing.assert_array_equal(found, told)


def test_a_host_may_say_that_it_resets_and_one_without_a_threshold_is_refused():
    class Own(bp.Neuron):
        V_th = -50 * u.mV
        resets = True

    V = jnp.array([-60.0, -50.0, -40.0]) * u.mV
    own = Own(3)
    assert spiked(own, V, V).tolist() == [False, True, True]
    own.resets = False
    assert spiked(own, V, V - 5 * u.mV).tolist() == [False, True, False]
    assert spiked(own, V, V - 5 * u.mV, -42 * u.mV).tolist() == [False, False, True]
    del Own.V_th
    with pytest.raises(ValueError, match="threshold must be given: Own has no V_th"):
        spiked(own, V, V)

"""The table of a comparison, and the spiking cell in it, without NEURON."""

import dataclasses
import math

import brainstate
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.ion_channels import K_HH1952, Na_HH1952
from gapjunction.nmodl import Comparison, SpikeComparison, StateComparison
from gapjunction.nmodl._cell import GRID, ONSET, firing
from gapjunction.nmodl._check import clamped
from gapjunction.nmodl._in_neuron import SQUID
from nmodl_idioms import A_TYPE, ALL, FOLLOWS, NOT_A_GATE, SCHEME


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        (SCHEME, dict.fromkeys(["c1", "c2", "o", "i"], "occupancy")),
        (NOT_A_GATE, {"x": "variable"}),
        (
            FOLLOWS,
            {"m": "it has no differential equation, and is a formula in the class", "h": "gate"},
        ),
    ],
)
def test_each_state_is_in_the_table(text, kinds, write):
    compared = gj.nmodl.check(write(text))
    assert {state.name: state.kind for state in compared.states} == kinds
    for state in compared.states:
        if state.kind in ("gate", "occupancy", "variable"):
            assert state.found.shape == compared.found.shape == (4, 9)
            assert np.ptp(state.expected) > 0
            assert state.error < 2e-5
        else:
            assert state.found is None
            assert math.isnan(state.error)
        assert f"{state.name}  {state.kind}" in str(compared) or "not compared" in str(state)
    assert compared.agrees
    assert compared.cell is None


def test_a_state_that_no_current_reads_is_named(write):
    text = A_TYPE.replace("STATE { n l }", "STATE { n l idle }").replace(
        "DERIVATIVE states {", "DERIVATIVE states { idle' = -idle/3 "
    )
    *_, idle = gj.nmodl.check(write(text)).states
    assert str(idle).split("  ")[-1] == "not compared: no current depends on it"


def test_what_differs_does_not_agree():
    times = np.linspace(0, 3, 301)
    wave = 40 * np.sin(2 * np.pi * times) - 1
    current, share = np.ones((4, 9)), np.full((4, 9), 0.5)
    cell = SpikeComparison(10.0, times, wave, wave)
    state = StateComparison("m", "gate", share, share)
    good = Comparison("na", "NEURON", current, current, (state,), cell)
    assert good.agrees
    assert "spikes: 3 and 3" in str(good)

    moved = dataclasses.replace(cell, found=np.interp(times - 0.05, times, wave))
    assert moved.error == pytest.approx(0.05, abs=1e-3)
    fewer = dataclasses.replace(cell, found=np.where(times < 2, wave, -50.0))
    assert fewer.error == math.inf
    for changed in (
        {"found": current * 1.001},
        {"states": (dataclasses.replace(state, found=share + 0.001),)},
        {"states": (dataclasses.replace(state, found=share * np.nan),)},
        {"cell": moved},
        {"cell": fewer},
    ):
        assert not dataclasses.replace(good, **changed).agrees


def test_cells_that_do_not_fire_are_said_to():
    still = np.full(5, -65.0)
    cell = SpikeComparison(5.0, np.arange(5.0), still, still)
    assert math.isnan(cell.error)
    assert "does not fire" in str(cell)
    lost = dataclasses.replace(cell, reason="NEURON does not run it: no.")
    assert str(lost) == "spiking cell: not compared: NEURON does not run it: no."


def test_errors_of_variables_are_shares_of_the_largest():
    size = np.array([[50.0, 200.0]])
    assert StateComparison("x", "variable", size + 1, size).error == pytest.approx(0.005)
    assert StateComparison("x", "gate", size / 200 + 0.1, size / 200).error == pytest.approx(0.1)


def test_axon_in_neuron_is_that_of_the_catalogue(read):
    """Both cells that are compared have the same rates, currents and reversal potentials."""
    V = np.linspace(-90.0, 40.0, 14) * u.mV
    axon = read(SQUID)(14)
    axon.init_state(V)
    names = {"m": Na_HH1952, "h": Na_HH1952, "n": K_HH1952}
    for name, cls in names.items():
        ours = cls(14)
        np.testing.assert_allclose(
            axon.steady_state(V)[name], ours.steady_state(V)[name], rtol=1e-5
        )
        ratio = axon.time_constant(V)[name] / ours.time_constant(V)[name]
        np.testing.assert_allclose(ratio, 1.0, rtol=1e-5)
    cell = gj.neurons.HH1952(14, V_initializer=V)
    cell.init_state()
    total = sum(x.to_decimal(u.mA / u.cm**2) for x in cell.currents().values())
    found = axon.current(V).to_decimal(u.mA / u.cm**2)
    np.testing.assert_allclose(found, total, rtol=1e-4, atol=1e-7)


@pytest.mark.one_stack
def test_cell_without_conductance_is_the_axon_alone(write):
    one = clamped(write(A_TYPE), celsius=30, gbar=0)
    density, V = firing(one.cls, one.made, one.values, 30.0)
    axon = gj.neurons.HH1952(1, solver="rk4")
    axon.init_state()

    def sample(k):
        for _ in range(2):
            axon(jnp.where(k >= ONSET, density, 0.0) * u.uA / u.cm**2)
        return axon.V.value.to_decimal(u.mV)[0]

    with brainstate.environ.context(dt=0.0125 * u.ms):
        alone = brainstate.transform.for_loop(sample, np.arange(len(GRID) - 1))
    cell = SpikeComparison(density, GRID, V, np.concatenate([[-65.0], alone]))
    assert len(cell.spikes_found) > 4
    assert cell.error < 0.005


def test_neuron_that_is_not_installed_is_said_to_be_missing(write, monkeypatch):
    monkeypatch.setattr("gapjunction.nmodl._neuron._nrnivmodl", lambda: None)
    with pytest.raises(gj.nmodl.NmodlError, match="NEURON is not installed"):
        gj.nmodl.check(write(ALL["warm"][0]), simulator=True, celsius=30)

"""Curves of gates."""

import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.ion_channels import Channel, Markov, find
from gapjunction.plotting._conditions import read_by_gates, single, surroundings
from gapjunction.plotting._curves import family_of, gate_curves, relaxations

# The channels of a paper are written in the same forms: of each, one is in the quick part.
ONE_A_PAPER = {channel.source.doi: channel for channel in find()}.values()


class Chain(Channel):
    """C1 - C2 - O, all rates 1/ms: relaxes with 1 and 1/3 ms."""

    g_max = 1 * u.nS
    E = 0 * u.mV
    s = Markov(
        states=("C1", "C2", "O"),
        rates=dict.fromkeys((("C1", "C2"), ("C2", "C1"), ("C2", "O"), ("O", "C2")), 1 / u.ms),
        open=("O",),
    )


def curves(channel):
    own = single(channel)
    varied, ions = read_by_gates(own), surroundings(own)
    family = None if varied is None else family_of(own, ions, varied)
    steady, tau = gate_curves(own, ions, varied, family)
    return {c.label: c for c in steady}, tau, family


def at(curve, x):
    return float(np.interp(x, curve.x, curve.y))


def test_hodgkin_huxley_at_rest():
    steady, tau, _ = curves(gj.ion_channels.Na_HH1952)
    # Values at rest of the 1952 model, as textbooks give them.
    assert at(steady["m"], -65) == pytest.approx(0.053, abs=5e-4)
    assert at(steady["h"], -65) == pytest.approx(0.596, abs=5e-4)
    assert [c.label for c in tau] == ["m", "h"]
    assert at(tau[0], -65) == pytest.approx(0.237, abs=1e-3)
    assert at(tau[1], -65) == pytest.approx(8.52, abs=1e-2)


def test_curves_are_over_what_the_gates_depend_on():
    steady, tau, _ = curves(gj.ion_channels.SK_Ha2011)
    assert steady["z"].over == "concentration"
    assert at(steady["z"], 0.43e-3) == pytest.approx(0.5, abs=1e-3)
    assert tau[0].flat
    steady, tau, family = curves(gj.ion_channels.C_Ya1989)
    assert steady["c"].over == "V"
    assert steady["c"].y.shape == (steady["c"].x.size, len(family))
    steady, tau, _ = curves(gj.ion_channels.C_Tr1991)
    assert (steady["c"].over, steady["chi"].over) == ("V", "concentration")
    assert [c.label for c in tau] == ["c"]


def test_a_gate_that_another_reads_makes_it_depend_too():
    steady, _, family = curves(gj.ion_channels.h_De1996)
    assert steady["p"].over == "concentration"
    assert steady["L"].y.shape[1] == len(family)


def test_family_is_where_the_channel_opens():
    channel = single(gj.ion_channels.SK_Ha2011)
    family = family_of(channel, surroundings(channel), "Ca").to_decimal(u.mM)
    # z is 1 / (1 + (0.43 uM / Ca)^4.8): a tenth at 0.272 uM, nine tenths at 0.680 uM.
    assert (np.diff(family) > 0).all()
    assert family[0] == pytest.approx(0.272e-3, rel=0.15)
    assert family[-1] == pytest.approx(0.680e-3, rel=0.15)


def test_relaxations_of_a_chain():
    times = relaxations(Chain(1), "s", [[-20.0], [30.0]] * u.mV, {})
    np.testing.assert_allclose(times, [[[1, 1 / 3]]] * 2, rtol=1e-5)


def test_slow_relaxations_are_found_beside_fast_ones():
    class Stiff(Channel):
        g_max = 1 * u.nS
        E = 0 * u.mV
        s = Markov(
            states=("C", "O", "I"),
            rates={
                ("C", "O"): 1e4 / u.ms,
                ("O", "C"): 1e4 / u.ms,
                ("O", "I"): 1e-5 / u.ms,
                ("I", "O"): 1e-5 / u.ms,
            },
            open=("O",),
        )

    times = relaxations(Stiff(1), "s", [[0.0]] * u.mV, {})
    # Half of C and O is at O: out at 0.5e-5, back at 1e-5.
    np.testing.assert_allclose(times[0, 0], [1 / 1.5e-5, 1 / 2e4], rtol=1e-3)


def test_states_of_a_kind_are_taken_together():
    steady, tau, _ = curves(Chain)
    assert list(steady) == ["C (2 states)", "O"]
    np.testing.assert_allclose(steady["C (2 states)"].y, 2 / 3, rtol=1e-5)
    assert {c.label for c in tau} == {"s: relaxations"}


@pytest.mark.parametrize(
    "channel",
    [
        pytest.param(
            channel,
            id=channel.__name__,
            marks=[] if channel in ONE_A_PAPER else [pytest.mark.slow],
        )
        for channel in find()
    ],
)
def test_every_entry_has_finite_curves(channel):
    steady, tau, _ = curves(channel)
    for curve in steady.values():
        assert np.isfinite(curve.y).all()
        assert curve.y.min() >= -1e-6
        assert curve.y.max() <= 1 + 1e-5
    for curve in tau:
        assert np.isfinite(curve.y).all()
        assert (curve.y > 0).all()

"""The card of a channel."""

import sys
import warnings

import brainstate
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.ion_channels import Channel, Gate, find
from gapjunction.plotting import channel_card

KINDS = {
    "ohmic": "Na_HH1952",
    "absolute": "HT_RM2003",
    "constant field": "T_HM1992",
    "Nernst": "Ca_LVA_Ha2011",
    "scheme": "NaV_Go2018",
    "calcium": "SK_Ha2011",
    "calcium and voltage": "C_Ya1989",
    "calcium beside voltage": "C_Tr1991",
    "opens below": "h_HM1992",
    "one gate at once": "T_Po2008",
    "slow": "K2b_HM1992",
}
CURRENT = ("µA/cm²", "mA/cm²", "nA/cm²", "nA", "pA")


def draw(figure):
    """Draw, and fail where the panels do not fit the page."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # Lays the panels out, which a figure's own canvas does not do.
        figure.draw_without_rendering()
    page = figure.bbox
    texts = [figure._suptitle, figure._supxlabel]
    for box in [a.get_tightbbox() for a in figure.axes] + [t.get_window_extent() for t in texts]:
        assert box.x0 >= page.x0 - 1
        assert box.x1 <= page.x1 + 1
        assert box.y0 >= page.y0 - 1
        assert box.y1 <= page.y1 + 1
    for one, two in [(a, b) for a in figure.axes for b in figure.axes if a is not b]:
        assert not one.bbox.overlaps(two.bbox)


def titles(figure):
    return [a.get_title(loc="left") for a in figure.axes if a.get_title(loc="left")]


# Those whose panels differ most; the others are among the slow tests.
FEW = ("absolute", "constant field", "scheme", "calcium beside voltage")


@pytest.mark.parametrize(
    "kind",
    [pytest.param(kind, marks=[] if kind in FEW else [pytest.mark.slow]) for kind in KINDS],
)
def test_card_has_four_panels_with_units_and_the_source(kind):
    channel = getattr(gj.ion_channels, KINDS[kind])
    figure = channel_card(channel)
    draw(figure)
    letters = [title.split("  ")[0] for title in titles(figure)]
    assert letters == ["a", "b", "c", "d"]
    assert all(a.get_xlabel().endswith(("(mV)", "(ms)", "(µM)")) for a in figure.axes)
    for ax in figure.axes[-2:]:
        assert any(ax.get_ylabel() == f"current ({unit})" for unit in CURRENT)
    labels = [ax.get_ylabel() for ax in figure.axes]
    assert "time constant (ms)" in labels
    assert figure._suptitle.get_text().startswith(f"{channel.__name__}: ")
    footer = figure._supxlabel.get_text().replace("\n", " ")
    assert f"https://doi.org/{channel.source.doi}" in footer
    assert f"{channel(1).temperature:g} °C" in footer


def test_a_leak_has_two_panels():
    figure = channel_card(gj.ion_channels.Leak_WB1996)
    draw(figure)
    assert titles(figure) == ["a  Current over voltage", "b  Steps from −100 mV"]


def test_the_kind_of_the_channel_shows():
    def legend(panel):
        handles = panel.get_legend()
        return [text.get_text() for text in handles.get_texts()]

    figure = channel_card(gj.ion_channels.T_Po2008)
    assert legend(figure.axes[0]) == ["s", "u"]
    assert legend(figure.axes[1]) == ["u", "s: at once"]
    # A gate has the same colour in both.
    assert figure.axes[0].lines[1].get_color() == figure.axes[1].lines[0].get_color()
    figure = channel_card(gj.ion_channels.Na_HH1952)
    assert legend(figure.axes[2]) == ["steady state", "peak, from −100 mV", "E = 50 mV"]
    assert legend(figure.axes[3])[0] == "40 mV"
    figure = channel_card(gj.ion_channels.NaV_Go2018)
    assert legend(figure.axes[0]) == ["C (5 states)", "O", "I (6 states)"]
    assert legend(figure.axes[1]) == ["s: 4 slowest relaxations"]


def test_given_concentrations_are_drawn():
    figure = channel_card(gj.ion_channels.SK_Ha2011, concentrations={"Ca": [0.2, 2.0] * u.uM})
    assert figure.axes[-1].get_title(loc="left") == "d  Steps of Ca from 100 nM, at 0 mV"
    assert [t.get_text() for t in figure.axes[-1].get_legend().get_texts()] == ["2 µM", "200 nM"]
    figure = channel_card(gj.ion_channels.Ca_LVA_Ha2011, concentrations={"E_Ca": 40 * u.mV})
    assert "E = 40 mV" in figure._supxlabel.get_text()


def test_an_instance_is_drawn_as_it_is_and_left_so():
    g_max = brainstate.ParamState(np.float32(60) * u.mS / u.cm**2)
    channel = gj.ion_channels.Na_HH1952(1, g_max=g_max, temperature=20.0, V_shift=5 * u.mV)
    channel.init_state([-60.0] * u.mV)
    before = channel.m.value
    figure = channel_card(channel)
    footer = figure._supxlabel.get_text()
    assert "g_max = 60 mS/cm², E = 50 mV, at 20 °C (rates as published: 6.3 °C)" in footer
    assert channel.m.value is before
    usual = channel_card(gj.ion_channels.Na_HH1952).axes[0].lines[0]
    shifted = figure.axes[0].lines[0]
    half, moved = (np.interp(0.5, *line.get_data()[::-1]) for line in (usual, shifted))
    assert moved - half == pytest.approx(5, abs=0.05)


def test_a_channel_of_ones_own_needs_no_source():
    class Bare(Channel):
        g_max = 1 * u.nS
        E = -80 * u.mV
        m = Gate(1, steady_state=0.5)

    figure = channel_card(Bare)
    draw(figure)
    assert figure._suptitle.get_text() == "Bare"
    assert figure._supxlabel.get_text() == "g_max = 1 nS, E = −80 mV."


@pytest.mark.usefixtures("x64")
def test_drawn_in_double_precision_too():
    draw(channel_card(gj.ion_channels.SK_Ha2011))


def test_nothing_is_left_with_pyplot():
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    channel_card(gj.ion_channels.Leak_WB1996)
    assert plt.get_fignums() == before


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    monkeypatch.delitem(sys.modules, "gapjunction.plotting._panels", raising=False)
    monkeypatch.delattr("gapjunction.plotting._panels", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(
        ImportError, match=r"channel_card needs Matplotlib, of the extra 'examples'"
    ):
        channel_card(gj.ion_channels.Leak_WB1996)


def fullest():
    """Return the entry with most to draw of each paper, whose others are written like it."""

    def size(channel):
        states = sum(len(getattr(gate, "states", "m")) for gate in channel.gates.values())
        return states, len(channel.__name__)

    papers = {}
    for channel in find():
        papers.setdefault(channel.source.doi, []).append(channel)
    return [max(channels, key=size) for channels in papers.values()]


@pytest.mark.slow
@pytest.mark.parametrize(
    "channel",
    [
        pytest.param(channel, marks=[pytest.mark.exhaustive] if k % 2 else [])
        for k, channel in enumerate(fullest())
    ],
    ids=lambda channel: channel.__name__,
)
def test_an_entry_of_each_paper_has_a_card(channel):
    draw(channel_card(channel))

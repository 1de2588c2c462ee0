"""The panels of a channel card; imported when a card is drawn, because it needs Matplotlib."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import LogLocator

from gapjunction.plotting._currents import Currents
from gapjunction.plotting._curves import Curve
from gapjunction.plotting._text import concentration, typeset

if TYPE_CHECKING:
    from matplotlib.typing import RcKeyType

_STYLE: dict[RcKeyType, Any] = {
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": True,
    "legend.framealpha": 0.8,
    "legend.edgecolor": "none",
    "legend.fontsize": 8.0,
    "legend.title_fontsize": 8.0,
    "legend.handlelength": 1.6,
}
_LINES = ("-", "--", ":", "-.")
# A logarithmic axis that covers less than this ratio has ticks at 1, 2 and 5 instead of powers of
# ten.
_FEW_DECADES = 100.0
_BESIDE: dict[str, Any] = {"loc": "center left", "bbox_to_anchor": (1.0, 0.5)}


@dataclasses.dataclass(frozen=True)
class Card:
    """The data that a channel card shows.

    Parameters
    ----------
    title, footer : str
        Text above and below the panels.
    steady, tau : sequence of Curve
        Steady states of the gates, and their time constants in ms.
    at_once : sequence of str
        Names of gates without a time constant.
    scheme : bool
        Whether ``steady`` contains the occupancies of the states of a kinetic scheme.
    currents : Currents
        The currents of the channel.
    varied : str
        The name of the concentration that gates read; empty if they read none.
    rest : Quantity or None
        The concentration before a step of the concentration.
    family : sequence of Quantity
        The values of the concentration that are shown; empty if gates read none.
    reversal : float, optional
        Reversal potential in mV.
    """

    title: str
    footer: str
    steady: Sequence[Curve]
    tau: Sequence[Curve]
    at_once: Sequence[str]
    scheme: bool
    currents: Currents
    varied: str
    rest: Any
    family: Sequence[Any]
    reversal: float | None

    @property
    def limits(self) -> tuple[float, float]:
        """The range of voltages shown."""
        return (-140.0, 40.0) if self.currents.opens_below else (-120.0, 60.0)

    @property
    def shades(self) -> list[tuple[Any, str]]:
        """Colour and text of each concentration."""
        texts = [typeset(concentration(value)) for value in self.family]
        return list(zip(colors(len(texts)), texts, strict=True))

    def index(self, label: str) -> int:
        """Return the number of a gate, which gives it the same style in all panels."""
        return list(dict.fromkeys(c.label for c in (*self.steady, *self.tau))).index(label)


def draw(card: Card) -> Figure:
    """Return the figure of a card; for a channel without gates it has only one row of panels."""
    with mpl.rc_context(_STYLE):
        rows = 2 if card.steady else 1
        # The figure is made without pyplot, which would open a window and keep the figure.
        layout = ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.06, hspace=0.04, wspace=0.03)
        figure = Figure(figsize=(10.5, 1.2 + 3.2 * rows), layout=layout)
        places = figure.add_gridspec(rows, 2)
        if card.steady:
            _steady_states(figure, places[0, 0], card)
            _time_constants(figure, places[0, 1], card)
        _current_over_voltage(figure.add_subplot(places[-1, 0]), card)
        _steps(figure.add_subplot(places[-1, 1]), card)
        figure.suptitle(card.title, x=0.01, ha="left", fontsize=12, parse_math=False)
        figure.supxlabel(
            card.footer,
            x=0.01,
            ha="left",
            fontsize=8,
            color="0.3",
            parse_math=False,
            linespacing=1.4,
        )
    return figure


def colors(n: int) -> list[Any]:
    """Return ``n`` colours from dark to light, all of which are visible on white paper."""
    return list(mpl.colormaps["plasma"](np.linspace(0.0, 0.88, n)))


def _steady_states(figure: Figure, place: SubplotSpec, card: Card) -> None:
    axes = _over_each(figure, place, card, card.steady, "a  Steady states")
    axes[0].set_ylabel("fraction of channels" if card.scheme else "open fraction")
    top = max(1.0, *(float(curve.y.max()) for curve in card.steady))
    for ax in axes:
        ax.set_ylim(-0.03, top + 0.03)


def _time_constants(figure: Figure, place: SubplotSpec, card: Card) -> None:
    at_once = [f"{name}: at once" for name in card.at_once]
    remarks = at_once if card.tau else []
    axes = _over_each(figure, place, card, card.tau, "b  Time constants", remarks)
    if not card.tau:
        axes[0].set_axis_off()
        axes[0].text(0.5, 0.5, "\n".join(at_once), transform=axes[0].transAxes, color="0.4")
        return
    axes[0].set_ylabel("time constant (ms)")
    for ax in axes:
        low, high = _extent(ax, card.limits)
        middle = np.sqrt(low * high)
        low, high = min(low / 1.5, middle / 4), max(high * 1.5, middle * 4)
        ax.set_yscale("log")
        ax.set_ylim(low, high)
        _plain_numbers(ax.yaxis, high / low)


def _over_each(
    figure: Figure,
    place: SubplotSpec,
    card: Card,
    curves: Sequence[Curve],
    title: str,
    remarks: Sequence[str] = (),
) -> list[Axes]:
    """Draw curves over voltage, and beside them curves over a concentration."""
    kinds = sorted({curve.over for curve in curves} or {"V"})
    inner = place.subgridspec(1, len(kinds))
    axes = [figure.add_subplot(inner[0, i]) for i in range(len(kinds))]
    axes[0].set_title(title)
    for ax, kind in zip(axes, kinds, strict=True):
        own = [curve for curve in curves if curve.over == kind]
        _lines(ax, own, card)
        for remark in remarks if ax is axes[0] else ():
            ax.plot([], [], " ", label=remark)
        if kind == "V":
            ax.set_xlim(*card.limits)
            ax.set_xlabel("V (mV)")
        else:
            ax.set_xscale("log")
            ax.margins(x=0)
            _plain_numbers(ax.xaxis)
            ax.set_xlabel(f"{card.varied} (µM)")
        if own or remarks:
            shaded = any(curve.y.ndim == 2 for curve in own)
            ax.legend(title=f"colours: {card.varied}, see c" if shaded else None, loc="best")
    return axes


def _lines(ax: Axes, curves: Sequence[Curve], card: Card) -> None:
    seen: set[str] = set()
    for curve in curves:
        index = card.index(curve.label)
        label = None if curve.label in seen else curve.label
        seen.add(curve.label)
        if curve.y.ndim == 1:
            x = curve.x if curve.over == "V" else 1e3 * curve.x
            ax.plot(x, curve.y, color=f"C{index % 10}", label=label)
            continue
        style = _LINES[index % len(_LINES)]
        ax.plot([], [], color="black", linestyle=style, label=label)
        for y, (color, _) in zip(curve.y.T, card.shades, strict=True):
            ax.plot(curve.x, y, color=color, linestyle=style)


def _current_over_voltage(ax: Axes, card: Card) -> None:
    currents = card.currents
    ax.set_title(f"{'c' if card.steady else 'a'}  Current over voltage")
    if card.varied:
        for y, (color, text) in zip(currents.steady.T, card.shades, strict=True):
            ax.plot(currents.V, y, color=color, label=text)
    else:
        ax.plot(currents.V, currents.steady, color="black", label="steady state")
        same = np.interp(currents.levels, currents.V, currents.steady)
        if np.abs(currents.peak - same).max() > 0.03 * np.abs(currents.peak).max():
            label = f"peak, from {_minus(currents.hold)} mV"
            ax.plot(currents.levels, currents.peak, color="tab:red", linestyle="--", label=label)
    low, high = _extent(ax, card.limits)
    low, high = min(low, 0.0), max(high, 0.0)
    room = 0.05 * ((high - low) or 1.0)
    ax.set_ylim(low - room, high + room)
    ax.axhline(0, color="0.7", linewidth=0.7, zorder=0)
    E = card.reversal
    if E is not None and card.limits[0] <= E <= card.limits[1]:
        ax.axvline(E, color="0.5", linestyle=":", linewidth=1, label=f"E = {_minus(E)} mV")
    ax.set_xlim(*card.limits)
    ax.set_xlabel("V (mV)")
    ax.set_ylabel(f"current ({typeset(currents.unit)})")
    ax.legend(title=f"steady state, {card.varied}" if card.varied else None, alignment="left")


def _steps(ax: Axes, card: Card) -> None:
    currents, hold = card.currents, f"{_minus(card.currents.hold)} mV"
    texts = [f"{_minus(V)} mV" for V in currents.steps]
    title = f"{'d' if card.steady else 'b'}  Steps from {hold}"
    if card.varied:
        family = [text for _, text in card.shades]
        title += f", {card.varied} {family[len(family) // 2]}"
        if currents.ligand_gated:
            rest = typeset(concentration(card.rest))
            title, texts = f"d  Steps of {card.varied} from {rest}, at {hold}", family
    end = _round_up(1.05 * currents.end)
    for color, text, before, y in zip(
        colors(len(texts)), texts, currents.before, currents.current.T, strict=True
    ):
        t = currents.time
        if not currents.logarithmic:
            dense = np.linspace(0, end, 600)
            y = np.concatenate([[before, before], np.interp(dense, t, y)])
            t = np.concatenate([[-0.06 * end, 0.0], dense])
        ax.plot(t, y, color=color, label=text, linewidth=1.3)
    if currents.logarithmic:
        ax.set_xscale("log")
        _plain_numbers(ax.xaxis)
        ax.set_xlim(10 ** np.floor(np.log10(currents.begin / 10)), end)
    else:
        ax.set_xlim(-0.06 * end, end)
    ax.axhline(0, color="0.7", linewidth=0.7, zorder=0)
    ax.set_title(title)
    ax.set_xlabel("time after the step (ms)")
    ax.set_ylabel(f"current ({typeset(currents.unit)})")
    # The order is reversed because the curves of the last steps are mostly at the top.
    ax.legend(*(part[::-1] for part in ax.get_legend_handles_labels()), **_BESIDE)


def _extent(ax: Axes, limits: tuple[float, float]) -> tuple[float, float]:
    """Return the lowest and the highest value of the lines within limits of voltage."""
    shown = []
    for line in ax.lines:
        x, y = (np.asarray(part, float) for part in line.get_data())
        inside = np.full(x.shape, True)
        if ax.get_xscale() == "linear":
            inside = (x >= limits[0]) & (x <= limits[1])
        shown.append(y[inside])
    values = np.concatenate(shown)
    return float(values.min()), float(values.max())


def _plain_numbers(axis: Axis, ratio: float = np.inf) -> None:
    """Label a logarithmic axis with plain numbers, such as 0.1, 1 and 10.

    ``ratio`` is the upper limit of the axis divided by the lower one. If it is small, there are
    ticks between powers of ten.
    """
    if ratio < _FEW_DECADES:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.set_minor_formatter("")


def _round_up(value: float) -> float:
    size = 10 ** np.floor(np.log10(value))
    steps = (1, 1.5, 2, 3, 4, 5, 6, 8, 10)
    return float(size * next(n for n in steps if n * size >= 0.999 * value))


def _minus(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")

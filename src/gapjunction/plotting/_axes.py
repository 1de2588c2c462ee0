"""The axes that pictures are drawn into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gapjunction._checks import describe

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar

BESIDE: dict[str, Any] = {
    "loc": "center left",
    "bbox_to_anchor": (1.0, 0.5),
    "frameon": False,
    "fontsize": "small",
    "handlelength": 1.6,
}
"""Of a legend to the right of the axes."""


def axes_for(ax: Any, what: str) -> Axes:
    """Return the axes to draw into: those given, or of a new figure of pyplot.

    Call it when the other arguments are checked, so that an error leaves no empty figure.

    Raises
    ------
    ImportError
        If Matplotlib is not installed; ``what`` needs it.
    TypeError
        If ``ax`` is no axes.
    """
    try:
        from matplotlib.axes import Axes

        if ax is None:
            import matplotlib.pyplot as plt

            return plt.subplots(layout="constrained")[1]
    except ImportError as error:
        raise ImportError(
            f"{what} needs Matplotlib: pip install 'gapjunction[examples]'."
        ) from error
    if not isinstance(ax, Axes):
        raise TypeError(f"ax must be Axes of Matplotlib, or None, got {describe(ax)}.")
    return ax


def bare(ax: Axes, *sides: str) -> None:
    """Take away lines that frame axes: by default at the top and on the right."""
    for side in sides or ("top", "right"):
        ax.spines[side].set_visible(False)


def bar(ax: Axes, mappable: Any, label: str) -> Colorbar:
    """Add a colour bar beside the axes."""
    found = ax.figure.colorbar(mappable, ax=ax, label=label, pad=0.02)
    found.outline.set_visible(False)
    return found


def whole(*axes: Any) -> None:
    """Put ticks of these axis objects at whole numbers only."""
    from matplotlib.ticker import MaxNLocator

    for axis in axes:
        axis.set_major_locator(MaxNLocator(integer=True))


def shades(n: int) -> list[Any]:
    """Return ``n`` colours in order, those of the channel card."""
    from gapjunction.plotting._panels import colors

    return colors(n)

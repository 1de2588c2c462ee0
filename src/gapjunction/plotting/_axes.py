"""The axes that figures are drawn into, and helpers for their style."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gapjunction._checks import describe

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.cm import ScalarMappable
    from matplotlib.colorbar import Colorbar

BESIDE: dict[str, Any] = {
    "loc": "center left",
    "bbox_to_anchor": (1.0, 0.5),
    "frameon": False,
    "fontsize": "small",
    "handlelength": 1.6,
}
"""Arguments of a legend to the right of the axes."""


def axes_for(ax: object, what: str) -> Axes:
    """Return the axes to draw into: ``ax``, or if it is None, those of a new pyplot figure.

    Call this after the other arguments are checked, so that an error leaves no empty figure.

    Raises
    ------
    ImportError
        If Matplotlib is not installed; the message says that ``what`` needs it.
    TypeError
        If ``ax`` is neither an ``Axes`` nor None.
    """
    try:
        from matplotlib.axes import Axes

        if ax is None:
            import matplotlib.pyplot as plt

            return plt.subplots(layout="constrained")[1]
    except ImportError as error:
        raise ImportError(
            f"{what} needs Matplotlib, of the extra 'examples': pip install matplotlib."
        ) from error
    if not isinstance(ax, Axes):
        raise TypeError(f"ax must be Axes of Matplotlib, or None, got {describe(ax)}.")
    return ax


def bare(ax: Axes, *sides: str) -> None:
    """Hide sides of the axes' frame, by default the top and the right one."""
    for side in sides or ("top", "right"):
        ax.spines[side].set_visible(False)


def bar(ax: Axes, mappable: ScalarMappable, label: str) -> Colorbar:
    """Add a colour bar beside the axes."""
    found = ax.figure.colorbar(mappable, ax=ax, label=label, pad=0.02)
    found.outline.set_visible(False)
    return found


def whole(*axes: Axis) -> None:
    """Place the ticks of each axis at whole numbers only."""
    from matplotlib.ticker import MaxNLocator

    for axis in axes:
        axis.set_major_locator(MaxNLocator(integer=True))


def shades(n: int) -> list[Any]:
    """Return ``n`` colours from dark to light, from the colour map that the channel card uses."""
    from gapjunction.plotting._panels import colors

    return colors(n)

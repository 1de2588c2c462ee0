"""Traces, rasters and images of recordings."""

import itertools
import sys

import jax.numpy as jnp
import matplotlib as mpl
import numpy as np
import pytest
import saiunit as u

mpl.use("agg")
import matplotlib.pyplot as plt

from gapjunction.plotting import raster, traces, voltage_image

T = np.arange(200) * 0.5
V = -60 + 70 * np.sin(T[:, None] / 5 + np.arange(4)) ** 9


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def texts(found):
    return [text.get_text() for text in found]


# traces


def test_traces_share_an_axis():
    ax = traces(T * u.ms, V * u.mV)
    assert len(ax.lines) == 4
    for line, row in zip(ax.lines, V.T, strict=True):
        np.testing.assert_array_equal(line.get_xdata(), T)
        np.testing.assert_allclose(line.get_ydata(), row, atol=1e-4)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time (ms)", "V (mV)")
    assert ax.get_legend() is None


def test_units_are_those_of_what_is_given():
    ax = traces(T * u.second, jnp.asarray(V) * u.nA, label="current")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time (s)", "current (nA)")
    ax = traces(T, V[:, 0])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time", "value")
    assert len(ax.lines) == 1


def test_some_cells_by_name():
    ax = traces(T * u.ms, V.reshape(-1, 2, 2) * u.mV, cells=[3, 0], names=["a", "b"], color="k")
    np.testing.assert_allclose(ax.lines[0].get_ydata(), V[:, 3], atol=1e-4)
    assert texts(ax.get_legend().get_texts()) == ["a", "b"]
    assert ax.lines[0].get_color() == "k"


def test_stacked_traces_are_so_far_apart_with_the_first_at_the_top():
    ax = traces(T * u.ms, V * u.mV, offset=0.1 * u.volt)
    for k in range(4):
        shifted = V[:, k] + 100 * (3 - k)
        np.testing.assert_allclose(ax.lines[k].get_ydata(), shifted, atol=1e-4)
    assert texts(ax.get_yticklabels()) == ["0", "1", "2", "3"]
    assert ax.get_ylabel() == "cell"
    # The bar is as long as it says, in the units of the axis.
    bar, (text,) = ax.lines[-1], ax.texts
    assert text.get_text() == "50 mV"
    np.testing.assert_allclose(np.ptp(bar.get_ydata()), 50.0)
    assert len(ax.lines) == 5


def test_stacked_automatically_they_do_not_touch():
    ax = traces(T * u.ms, V * u.mV, offset="auto", names=list("abcd"))
    drawn = [line.get_ydata() for line in ax.lines[:4]]
    for above, below in itertools.pairwise(drawn):
        assert above.min() > below.max()
    assert texts(ax.get_yticklabels()) == ["a", "b", "c", "d"]
    assert traces(T * u.ms, np.zeros((200, 2)) * u.mV, offset="auto").lines


def test_bad_traces():
    for bad, kind, message in [
        ({"t": T[::-1] * u.ms}, ValueError, "t must be two or more rising times"),
        ({"t": T * u.mV}, u.UnitMismatchError, "t must be times"),
        ({"t": T[:9] * u.ms}, ValueError, "V must have a row for each of the 9 times"),
        ({"V": np.array([["a"]] * 200)}, TypeError, "V must be real numbers"),
        ({"cells": [4]}, ValueError, "cells must be ids from 0 to 3"),
        ({"cells": [0.5]}, TypeError, "cells must be one or more integers"),
        ({"names": ["a"]}, ValueError, "names must name each of the 4 cells"),
        ({"offset": 10.0}, u.UnitMismatchError, "offset must be in a unit of the recording"),
        ({"offset": 0 * u.mV}, ValueError, "offset must be one positive number"),
        ({"offset": "yes"}, ValueError, "offset must be one of 'auto'"),
        ({"ax": "axes"}, TypeError, "ax must be Axes of Matplotlib, or None, got 'axes'"),
    ]:
        with pytest.raises(kind, match=message):
            traces(**{"t": T * u.ms, "V": V * u.mV, **bad})
    assert not plt.get_fignums()


# raster


def test_spikes_are_points_of_time_and_cell():
    spikes = np.zeros((200, 3))
    spikes[[4, 90], 2] = 1
    spikes[7, 0] = 1
    ax = raster(T * u.ms, spikes)
    (line,) = ax.lines
    np.testing.assert_allclose(line.get_xdata(), [3.5, 2.0, 45.0])
    np.testing.assert_array_equal(line.get_ydata(), [0, 2, 2])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time (ms)", "cell")
    assert ax.get_xlim() == (0.0, 99.5)
    # Cells without spikes have their rows too.
    assert ax.get_ylim()[0] < 0 < 2 < ax.get_ylim()[1]
    raster(T * u.ms, spikes > 0)


def test_voltages_spike_where_they_rise_to_the_threshold():
    # 40 sin(t) rises through 20 at pi / 6 + 2 pi k, and through 0 at 2 pi k.
    t = np.arange(0.05, 20, 0.01)
    V = 40 * np.sin(t)[:, None] * np.array([1.0, 0.1])
    ax = raster(t * u.ms, V * u.mV, threshold=20 * u.mV, color="red", marker=".")
    (line,) = ax.lines
    turns = 2 * np.pi * np.arange(4)
    np.testing.assert_allclose(line.get_xdata(), np.pi / 6 + turns, atol=1e-4)
    np.testing.assert_array_equal(line.get_ydata(), 0)
    assert (line.get_color(), line.get_marker()) == ("red", ".")
    (line,) = raster(t * u.ms, V * u.mV).lines
    np.testing.assert_allclose(line.get_xdata(), [*turns[1:], *turns[1:]], atol=1e-4)
    (line,) = raster(t * u.ms, V * 1e-3 * u.volt, threshold=20 * u.mV).lines
    np.testing.assert_allclose(line.get_xdata(), np.pi / 6 + turns, atol=1e-4)


def test_bad_rasters():
    with pytest.raises(ValueError, match="threshold must be None for spikes without a unit"):
        raster(T * u.ms, V > 0, threshold=0 * u.mV)
    with pytest.raises(ValueError, match="threshold must be one voltage"):
        raster(T * u.ms, V * u.mV, threshold=[0, 1] * u.mV)
    with pytest.raises(u.UnitMismatchError, match="spikes must be spikes without a unit, or volt"):
        raster(T * u.ms, V * u.nA)
    with pytest.raises(ValueError, match="spikes must have a row for each of the 9 times"):
        raster(T[:9] * u.ms, V > 0)
    assert not plt.get_fignums()


# voltage_image


def test_an_image_has_a_row_for_each_cell():
    ax = voltage_image(T * u.ms, V.reshape(-1, 2, 2) * u.mV, vmin=-80.0)
    (image,) = ax.images
    np.testing.assert_allclose(image.get_array(), V.T, atol=1e-4)
    assert image.origin == "lower"
    # The middle of the first pixel is at the first time and cell 0.
    np.testing.assert_allclose(image.get_extent(), [-0.25, 99.75, -0.5, 3.5])
    assert image.get_clim()[0] == -80.0
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time (ms)", "cell")
    assert ax.figure.axes[1].get_ylabel() == "V (mV)"


def test_uneven_times_are_drawn_where_they_are():
    t = np.geomspace(1, 100, 200)
    ax = voltage_image(t * u.ms, V, label="open fraction", colorbar=False)
    assert not ax.images
    (mesh,) = ax.collections
    np.testing.assert_allclose(mesh.get_array(), V.T)
    corners = mesh.get_coordinates()[0, :, 0]
    np.testing.assert_allclose(corners[1:-1], (t[1:] + t[:-1]) / 2)
    assert len(ax.figure.axes) == 1


def test_the_bar_is_called_by_label_and_unit():
    bar = voltage_image(T, V, label="open fraction").figure.axes[1]
    assert bar.get_ylabel() == "open fraction"


# all of them


@pytest.mark.parametrize("draw", [traces, raster, voltage_image])
def test_given_axes_are_used_and_nothing_is_shown(draw, monkeypatch):
    monkeypatch.setattr(plt, "show", lambda *args, **kwargs: pytest.fail("shown"))
    before = dict(mpl.rcParams)
    figure, (ax, other) = plt.subplots(1, 2)
    assert draw(T * u.ms, V * u.mV, ax) is ax
    assert plt.get_fignums() == [figure.number]
    assert not other.has_data()
    assert dict(mpl.rcParams) == before
    assert draw(T * u.ms, V * u.mV).figure is not figure


@pytest.mark.parametrize("draw", [traces, raster, voltage_image])
def test_without_matplotlib_the_extra_is_named(draw, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(
        ImportError, match=rf"{draw.__name__} needs Matplotlib, of the extra 'examples'"
    ):
        draw(T * u.ms, V * u.mV)

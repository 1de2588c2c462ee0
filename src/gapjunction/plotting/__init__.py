"""Figures of networks, laws, recordings and ion channels.

:func:`network`, :func:`coupling_matrix` and :func:`spectrum` draw a network; :func:`morphology`
draws cells that are joined on their dendrites. :func:`law_curve` and :func:`law_response` draw a
law, :func:`traces`, :func:`raster` and :func:`voltage_image` a recording, and :func:`clamp_fit` the
currents of a voltage clamp with their fit. Each function draws into the Matplotlib axes that it is
given, or into a new figure, and returns the axes. It neither shows the figure nor changes
Matplotlib's settings. :func:`channel_card` makes a figure of several panels that describe an ion
channel. All of these functions need Matplotlib, which is imported when the first of them is called.
"""

from gapjunction.plotting._card import channel_card as channel_card
from gapjunction.plotting._clamp_fit import clamp_fit as clamp_fit
from gapjunction.plotting._image import voltage_image as voltage_image
from gapjunction.plotting._law_curve import law_curve as law_curve
from gapjunction.plotting._law_response import law_response as law_response
from gapjunction.plotting._matrix import coupling_matrix as coupling_matrix
from gapjunction.plotting._morphology import morphology as morphology
from gapjunction.plotting._network import network as network
from gapjunction.plotting._raster import raster as raster
from gapjunction.plotting._spectrum import spectrum as spectrum
from gapjunction.plotting._traces import traces as traces

__all__ = [
    "channel_card",
    "clamp_fit",
    "coupling_matrix",
    "law_curve",
    "law_response",
    "morphology",
    "network",
    "raster",
    "spectrum",
    "traces",
    "voltage_image",
]

"""Pictures of networks, laws and recordings, and of what channels do.

Of a network: :func:`network`, :func:`coupling_matrix`, :func:`spectrum`. Of a law:
:func:`law_curve`, :func:`law_response`. Of a recording: :func:`traces`, :func:`raster`,
:func:`voltage_image`. Each draws into the Matplotlib axes that it is given, or into a new figure,
and returns the axes; nothing is shown, and no setting changes. :func:`channel_card` is a page of
its own. They need Matplotlib, which loads when one is drawn.
"""

from gapjunction.plotting._card import channel_card as channel_card
from gapjunction.plotting._image import voltage_image as voltage_image
from gapjunction.plotting._law_curve import law_curve as law_curve
from gapjunction.plotting._law_response import law_response as law_response
from gapjunction.plotting._matrix import coupling_matrix as coupling_matrix
from gapjunction.plotting._network import network as network
from gapjunction.plotting._raster import raster as raster
from gapjunction.plotting._spectrum import spectrum as spectrum
from gapjunction.plotting._traces import traces as traces

__all__ = [
    "channel_card",
    "coupling_matrix",
    "law_curve",
    "law_response",
    "network",
    "raster",
    "spectrum",
    "traces",
    "voltage_image",
]

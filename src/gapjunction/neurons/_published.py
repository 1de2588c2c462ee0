"""The base of the neurons that are models of papers."""

from __future__ import annotations

from typing import ClassVar

from gapjunction._checks import describe
from gapjunction._typing import QuantityLike
from gapjunction.ion_channels import Source
from gapjunction.neurons._point import PointNeuron


class PublishedNeuron(PointNeuron):
    """A point neuron with the channels and the numbers of one paper.

    Abstract. A subclass builds the channels, and takes those arguments of :class:`PointNeuron` that
    the paper does not fix. A channel is an item of ``channels``, such as ``neuron.channels['na']``.

    Attributes
    ----------
    source : Source
        Where the numbers are from.
    """

    source: ClassVar[Source]

    @classmethod
    def cite(cls) -> str:
        """Return the citation with its DOI."""
        return cls.source.cite()


def area_of(area: QuantityLike | str | None, published: QuantityLike) -> QuantityLike | None:
    """Return the membrane area for an argument; ``'published'`` stands for the paper's area."""
    if isinstance(area, str):
        if area != "published":
            raise ValueError(f"area must be 'published', an area, or None; got {describe(area)}.")
        return published
    return area

"""The base class of all builders, and checks that they share."""

from __future__ import annotations

import abc

from gapjunction._checks import as_size
from gapjunction._typing import Size
from gapjunction.connectivity._edges import Edges


class Builder(abc.ABC):
    """A rule that makes the edges of populations of any size.

    A builder is made with its settings and passed to a junction as ``conn``. The junction calls it
    with the sizes of its populations. To write a builder, derive from this class and define
    :meth:`build`.

    Examples
    --------
    >>> import gapjunction as gj
    >>> class chain(gj.connectivity.Builder):
    ...     def build(self, pre_size, post_size, same_population):
    ...         cells = range(pre_size[0])
    ...         return gj.connectivity.Edges(cells[:-1], cells[1:], pre_size)
    >>> chain()(5, 5)
    Edges(4 edges in one population of shape (5,))
    """

    def __call__(
        self, pre_size: Size, post_size: Size, *, same_population: bool | None = None
    ) -> Edges:
        """Make the edges.

        Parameters
        ----------
        pre_size, post_size : int or tuple of int
            Shapes of the two populations.
        same_population : bool, optional
            Whether pre and post are one and the same population. By default they are if their
            sizes are equal. The junctions of this library pass this argument, because two different
            populations may have equal sizes; those of `brainpy.state` do not.

        Returns
        -------
        Edges

        Raises
        ------
        ValueError
            If the builder cannot make edges for such populations.
        """
        pre_shape, post_shape = as_size("pre_size", pre_size), as_size("post_size", post_size)
        same = is_same_population(pre_shape, post_shape, same_population)
        return self.build(pre_shape, post_shape, same)

    @abc.abstractmethod
    def build(
        self, pre_size: tuple[int, ...], post_size: tuple[int, ...], same_population: bool
    ) -> Edges:
        """Make the edges of populations of these shapes."""


def is_same_population(
    pre_size: tuple[int, ...], post_size: tuple[int, ...], same_population: bool | None
) -> bool:
    """Return ``same_population``, or whether the sizes are equal if it is None."""
    if same_population is None:
        return pre_size == post_size
    if same_population and pre_size != post_size:
        raise ValueError(
            f"same_population must be False for populations of different shapes, got True with "
            f"{pre_size} and {post_size}."
        )
    return bool(same_population)


def require_one_population(
    builder: Builder, pre_size: tuple[int, ...], post_size: tuple[int, ...], same_population: bool
) -> None:
    """Raise a ValueError if pre and post are two populations."""
    if not same_population:
        raise ValueError(
            f"conn={builder!r} joins the cells of one population, but pre and post are two, of "
            f"shapes {pre_size} and {post_size}."
        )

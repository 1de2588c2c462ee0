"""Random graphs that are made block by block, so that no process needs all of their edges."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

import numpy as np

from gapjunction._checks import as_size, check_int, check_real, size_of
from gapjunction._typing import Size
from gapjunction.connectivity._builder import Builder, require_one_population
from gapjunction.connectivity._edges import Edges
from gapjunction.connectivity._pairs import count_pairs, decode_pairs
from gapjunction.connectivity._random import draw_ranks


@dataclass(frozen=True)
class random_blocks(Builder):  # noqa: N801
    """Couple pairs of cells at random, with a seed for each pair of blocks of cells.

    The cells of one population are divided into ``n_blocks`` consecutive blocks, which form a ring.
    Each pair of cells whose blocks are at most ``reach`` apart is coupled with the same
    probability. The edges between two blocks do not depend on other blocks. :meth:`own` can
    therefore make the edges of some cells on a machine that could not hold all edges.

    Parameters
    ----------
    n_blocks : int
        Number of blocks, which must divide the number of cells.
    mean_degree : float
        Mean number of junctions of a cell.
    reach : int, optional
        The largest distance, counted in blocks along the ring, between blocks whose cells are
        coupled; with 0 only cells of the same block are. By default all blocks are coupled.
    seed : int, default 0
        Seed of the random numbers; the same seed and number of blocks give the same edges.

    Raises
    ------
    TypeError, ValueError
        If an argument is not a number in its range; when called, if there are two populations, or
        ``n_blocks`` does not divide the number of cells, or ``mean_degree`` is more than the
        population allows.

    Examples
    --------
    >>> import gapjunction as gj
    >>> builder = gj.connectivity.random_blocks(n_blocks=8, mean_degree=6, reach=1)
    >>> edges = builder(8000, 8000)
    >>> round(float(gj.connectivity.degree(edges).mean()), 1)
    6.0
    >>> own = builder.own(8000, 0, 1000)
    >>> touching = (edges.pre_ids < 1000) | (edges.post_ids < 1000)
    >>> own.n_edges == int(touching.sum())
    True
    """

    _: KW_ONLY
    n_blocks: int
    mean_degree: float
    reach: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        check_int("n_blocks", self.n_blocks, low=1)
        check_real("mean_degree", self.mean_degree, low=0.0)
        if self.reach is not None:
            check_int("reach", self.reach)
        check_int("seed", self.seed)

    def build(
        self, pre_size: tuple[int, ...], post_size: tuple[int, ...], same_population: bool
    ) -> Edges:
        """Make the edges of a population of this shape."""
        require_one_population(self, pre_size, post_size, same_population)
        return self.own(pre_size, 0, size_of(pre_size))

    def own(self, size: Size, first: int, last: int) -> Edges:
        """Make only the edges that have at least one end in a range of cells.

        Parameters
        ----------
        size : int or tuple of int
            Shape of the population.
        first, last : int
            The range of flat ids, from ``first`` up to but not including ``last``.

        Returns
        -------
        Edges
            These edges, with the ids and the shape of the whole population.

        Raises
        ------
        ValueError
            As for the whole population, or if the range is empty or not within the population.
        """
        shape = as_size("size", size)
        n = size_of(shape)
        if n % self.n_blocks:
            raise ValueError(
                f"n_blocks must divide the number of cells, got {self.n_blocks} for {n} cells."
            )
        check_int("first", first)
        if not first < check_int("last", last) <= n:
            raise ValueError(
                f"first and last must be cells of {n} with first < last, got {first} and {last}."
            )
        block = n // self.n_blocks
        parts = [(np.zeros(0, np.int32),) * 2]
        for a, b in self._pairs(range(first // block, -(-last // block))):
            pre, post = self._between(a, b, block)
            keep = (pre >= first) & (pre < last) | (post >= first) & (post < last)
            parts.append((pre[keep], post[keep]))
        pre, post = (np.concatenate(side) for side in zip(*parts, strict=True))
        return Edges(pre, post, shape, shape, bipartite=False)

    def _pairs(self, blocks: range) -> list[tuple[int, int]]:
        """Return the sorted pairs of coupled blocks that contain one of ``blocks``."""
        found = set()
        for a in blocks:
            for b in self._others(a):
                found.add((min(a, b), max(a, b)))
        return sorted(found)

    def _others(self, block: int) -> set[int]:
        n = self.n_blocks
        if self.reach is None or 2 * self.reach + 1 >= n:
            return set(range(n))
        return {(block + d) % n for d in range(-self.reach, self.reach + 1)}

    def _between(self, a: int, b: int, block: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng([self.seed, a, b])
        ranks = draw_ranks(count_pairs(block, block, a == b), self._probability(block), rng)
        pre, post = decode_pairs(ranks, block, block, a == b)
        return pre + np.int32(a * block), post + np.int32(b * block)

    def _probability(self, block: int) -> float:
        highest = len(self._others(0)) * block - 1
        if self.mean_degree > highest:
            raise ValueError(
                f"mean_degree must be at most {highest}, the number of cells that a cell can be "
                f"coupled to, got {self.mean_degree}."
            )
        return self.mean_degree / highest if highest else 0.0

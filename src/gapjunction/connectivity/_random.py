"""Random graphs of independent edges."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass

import numpy as np

from gapjunction._checks import check_int, check_real, size_of
from gapjunction.connectivity._builder import Builder
from gapjunction.connectivity._edges import Edges
from gapjunction.connectivity._pairs import count_pairs, decode_pairs


@dataclass(frozen=True)
class random(Builder):  # noqa: N801
    """Couple each pair of cells with the same probability, independently of the others.

    In one population each pair is drawn once, with the smaller id as pre, and no cell is coupled to
    itself. In two populations each cell of one is drawn with each cell of the other. Time and
    memory grow with the number of edges, not with the number of pairs.

    Parameters
    ----------
    probability : float, optional
        Probability that a pair is coupled, from 0 to 1.
    mean_degree : float, optional
        Mean number of junctions of a cell, in place of ``probability``. With two populations it is
        the mean over the cells of both, as :func:`degree` counts them.
    seed : int, default 0
        Seed of the random numbers; the same seed gives the same edges.

    Raises
    ------
    TypeError, ValueError
        If not exactly one of ``probability`` and ``mean_degree`` is given, or one is not a number
        in its range; when called, if ``mean_degree`` is more than the populations allow.

    Notes
    -----
    The number of pairs from one coupled pair to the next, in a list of all pairs, has a geometric
    distribution. These numbers are drawn, rather than each pair by itself [1]_.

    References
    ----------
    .. [1] Batagelj V, Brandes U (2005) Efficient generation of large random networks. Phys Rev E
       71:036113.

    Examples
    --------
    >>> import gapjunction as gj
    >>> gj.connectivity.random(probability=1.0)(10, 10)
    Edges(45 edges in one population of shape (10,))
    >>> edges = gj.connectivity.random(mean_degree=6, seed=1)(10_000, 10_000)
    >>> round(float(gj.connectivity.degree(edges).mean()), 1)
    6.0
    """

    _: KW_ONLY
    probability: float | None = None
    mean_degree: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if (self.probability is None) == (self.mean_degree is None):
            raise ValueError(
                f"random() takes either probability or mean_degree, got probability="
                f"{self.probability} and mean_degree={self.mean_degree}."
            )
        if self.probability is not None:
            check_real("probability", self.probability, low=0.0, high=1.0)
        if self.mean_degree is not None:
            check_real("mean_degree", self.mean_degree, low=0.0)
        check_int("seed", self.seed)

    def build(
        self, pre_size: tuple[int, ...], post_size: tuple[int, ...], same_population: bool
    ) -> Edges:
        """Make the edges of populations of these shapes."""
        n_pre, n_post = size_of(pre_size), size_of(post_size)
        n_pairs = count_pairs(n_pre, n_post, same_population)
        n_cells = n_pre if same_population else n_pre + n_post
        rng = np.random.default_rng(self.seed)
        ranks = draw_ranks(n_pairs, self._probability_of(n_pairs, n_cells), rng)
        ids = decode_pairs(ranks, n_pre, n_post, same_population)
        return Edges(*ids, pre_size, post_size, bipartite=not same_population)

    def _probability_of(self, n_pairs: int, n_cells: int) -> float:
        if self.probability is not None or self.mean_degree is None:
            return float(self.probability or 0.0)
        highest = 2 * n_pairs / n_cells
        if self.mean_degree > highest:
            raise ValueError(
                f"mean_degree must be at most {highest:g}, where all {n_pairs} pairs are coupled, "
                f"got {self.mean_degree}."
            )
        return self.mean_degree / highest if highest else 0.0


def draw_ranks(n_pairs: int, probability: float, rng: np.random.Generator) -> np.ndarray:
    """Return the sorted ranks of pairs, each of which is chosen with ``probability``.

    Examples
    --------
    >>> draw_ranks(4, 1.0, np.random.default_rng(0))
    array([0, 1, 2, 3])
    """
    parts = [np.zeros(0, np.int64)]
    last = -1
    while probability > 0 and last < n_pairs - 1:
        expected = (n_pairs - 1 - last) * probability
        # This many gaps nearly always reach the last pair with one draw.
        gaps = rng.geometric(probability, int(expected + 4 * math.sqrt(expected) + 16))
        # Gaps that lead beyond the last pair are shortened, so that their sum does not overflow.
        np.minimum(gaps, n_pairs + 1, out=gaps)
        ranks = np.cumsum(gaps, out=gaps)
        ranks += last
        last = int(ranks[-1])
        parts.append(ranks[: np.searchsorted(ranks, n_pairs)])
    return np.concatenate(parts)

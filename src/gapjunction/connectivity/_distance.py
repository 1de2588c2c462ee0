"""A builder of edges whose probability depends on distance."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np
import saiunit as u
from scipy.spatial import cKDTree

from gapjunction._checks import check_int, describe, size_of
from gapjunction._typing import QuantityLike
from gapjunction.connectivity._builder import Builder
from gapjunction.connectivity._edges import Edges
from gapjunction.connectivity._pairs import count_pairs, decode_pairs
from gapjunction.connectivity._positions import as_length, as_positions, positions_of

# Pairs are processed in blocks of this size, which take a few tens of MB. All blocks but the last
# have the same size, because a profile written with jax.numpy is compiled again for each new shape.
_BLOCK = 2**19

_Pairs = tuple[np.ndarray, np.ndarray]
_Positions = QuantityLike | Callable[[tuple[int, ...]], QuantityLike] | None


@dataclass(frozen=True, eq=False)
class distance(Builder):  # noqa: N801
    """Couple each pair of cells with a probability that depends on their distance.

    In one population each pair is drawn once, with the smaller id as pre, and no cell is coupled to
    itself. In two populations each cell of one is drawn with each cell of the other.

    Parameters
    ----------
    positions : Quantity of length, callable, pair of these, or None
        Where the cells are: shape ``(n_cells,)`` or ``(n_cells, n_dimensions)``, in the order of
        the flat ids; or a function of the population's shape that returns this. Two populations
        take a pair ``(pre, post)``, or one function for both. With None the cells lie on the grid
        of the population's shape, at distances of ``spacing``.
    profile : callable
        ``profile(d)`` is the probability that two cells ``d`` apart are coupled. It takes distances
        as a quantity of shape ``(n,)`` and returns numbers from 0 to 1 or booleans, either of that
        shape or one for all. The probability at one distance must not depend on the others.
    spacing : Quantity of length, optional
        Distance between neighbours on the grid, one for all axes or one for each. It must be given
        with ``positions=None``, and only then.
    max_distance : Quantity of length, optional
        Cells farther apart than this are not coupled, whatever the profile says. This saves time,
        because only pairs within this distance are looked at.
    seed : int, default 0
        Seed of the random numbers; the same settings give the same edges.

    Raises
    ------
    saiunit.UnitMismatchError
        If positions, spacing or max_distance are not lengths.
    TypeError, ValueError
        If another argument is not as above; when called, if the number of positions is not the
        number of cells, or the profile returns anything but probabilities.

    Examples
    --------
    Cells up to 60 um apart, on a sheet with 50 um between neighbours:

    >>> import gapjunction as gj
    >>> import saiunit as u
    >>> near = gj.connectivity.distance(None, lambda d: d <= 60 * u.um, spacing=50 * u.um)
    >>> near((3, 4), (3, 4))
    Edges(17 edges in one population of shape (3, 4))

    A Gaussian of distance between cells in space:

    >>> import numpy as np
    >>> where = np.random.default_rng(0).uniform(0, 300, (100, 3)) * u.um
    >>> conn = gj.connectivity.distance(
    ...     where, lambda d: u.math.exp(-((d / (50 * u.um)) ** 2)), max_distance=200 * u.um
    ... )
    >>> edges = conn(100, 100)
    """

    positions: _Positions | tuple[_Positions, _Positions]
    profile: Callable[[u.Quantity], Any]
    _: KW_ONLY
    spacing: QuantityLike | None = None
    max_distance: QuantityLike | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if not callable(self.profile):
            raise TypeError(
                f"profile must be a function of distance, got {describe(self.profile)}."
            )
        if (self.positions is None) != (self.spacing is not None):
            raise ValueError(
                f"spacing must be given with positions=None and only then, got "
                f"spacing={self.spacing} and positions={describe(self.positions)}."
            )
        if self.spacing is not None:
            as_length("spacing", self.spacing, positive=True)
        if self.max_distance is not None:
            reach = as_length("max_distance", self.max_distance, positive=True)
            if reach.ndim:
                raise ValueError(f"max_distance must be one length, got {describe(reach)}.")
        parts = self.positions if isinstance(self.positions, tuple) else (self.positions,)
        for part in parts:
            if part is not None and not callable(part):
                as_positions("positions", part)
        check_int("seed", self.seed)

    def build(
        self, pre_size: tuple[int, ...], post_size: tuple[int, ...], same_population: bool
    ) -> Edges:
        """Make the edges of populations of these shapes."""
        pre, post, unit = positions_of(
            self.positions, self.spacing, pre_size, post_size, same_population
        )
        rng = np.random.default_rng(self.seed)
        if self.max_distance is None:
            candidates = _all_pairs(size_of(pre_size), size_of(post_size), same_population)
        else:
            reach = float(u.Quantity(self.max_distance).to_decimal(unit))
            candidates = _pairs_within(pre, post, reach, same_population)
        none = np.zeros(0, np.int32)
        pre_parts, post_parts = [none], [none]
        for first, second in candidates:
            apart = np.linalg.norm(pre[first] - post[second], axis=1)
            chosen = rng.random(apart.size) < self._probability_at(u.Quantity(apart, unit=unit))
            pre_parts.append(first[chosen])
            post_parts.append(second[chosen])
        ids = np.concatenate(pre_parts), np.concatenate(post_parts)
        return Edges(*ids, pre_size, post_size, bipartite=not same_population)

    def _probability_at(self, apart: u.Quantity) -> np.ndarray:
        result = self.profile(apart)
        unit = u.get_unit(result)
        if not unit.is_unitless:
            raise u.UnitMismatchError(
                f"profile must return probabilities, without a unit, got {describe(result)}.",
                unit,
                u.UNITLESS,
            )
        # to_decimal turns um/mm, which has a scale and no dimension, into a plain number.
        plain = result.to_decimal() if isinstance(result, u.Quantity) else result
        probability = np.asarray(plain)
        if probability.dtype.kind not in "biuf":
            raise TypeError(f"profile must return real numbers, got {describe(probability)}.")
        if probability.shape not in ((), apart.shape):
            raise ValueError(
                f"profile must return one probability per distance, shape {apart.shape}, got the "
                f"shape {probability.shape}."
            )
        probability = np.broadcast_to(probability, apart.shape)
        # The condition is negated so that NaN counts as wrong.
        wrong = ~((probability >= 0) & (probability <= 1))
        if wrong.any():
            at = int(np.argmax(wrong))
            raise ValueError(
                f"profile must return probabilities from 0 to 1, got {probability[at]} at the "
                f"distance {apart[at]}."
            )
        return probability


def _all_pairs(n_pre: int, n_post: int, same_population: bool) -> Iterator[_Pairs]:
    n_pairs = count_pairs(n_pre, n_post, same_population)
    for begin in range(0, n_pairs, _BLOCK):
        ranks = np.arange(begin, min(begin + _BLOCK, n_pairs), dtype=np.int64)
        yield decode_pairs(ranks, n_pre, n_post, same_population)


def _pairs_within(
    pre: np.ndarray, post: np.ndarray, reach: float, same_population: bool
) -> Iterator[_Pairs]:
    if same_population:
        first, second = cKDTree(pre).query_pairs(reach, output_type="ndarray").T
    else:
        found = cKDTree(pre).sparse_distance_matrix(cKDTree(post), reach, output_type="ndarray")
        first, second = found["i"], found["j"]
    # The order in which the tree returns pairs is arbitrary. Sorted by ids, each pair is always
    # drawn with the same random number.
    keys = first.astype(np.int64) * len(post) + second
    keys.sort()
    for begin in range(0, keys.size, _BLOCK):
        first, second = np.divmod(keys[begin : begin + _BLOCK], len(post))
        yield first.astype(np.int32), second.astype(np.int32)

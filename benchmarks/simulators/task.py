"""The network that every simulator runs; needs NumPy alone.

Squid axons of Hodgkin & Huxley (1952) at 6.3 degC, rest at -65 mV, of 20,000 um2 each (200 pF),
on an undirected random graph in which a cell has K junctions of 1 nS on average. Each cell has its
own constant current and its own voltage to start from, evenly spaced over the cells in a random
order, so that all fire, each at its own rate and phase. dt sum(g) / C is 0.0025: explicit coupling
is far from its limit.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

AREA = 2e-4  # cm2
CAPACITANCE = 1.0  # uF/cm2
G_NA, G_K, G_L = 120.0, 36.0, 0.3  # mS/cm2
E_NA, E_K, E_L = 50.0, -77.0, -54.387  # mV
CELSIUS = 6.3
G_GAP = 0.005  # mS/cm2, which is 1 nS
DRIVE = 10.0, 30.0  # uA/cm2
START = -75.0, -55.0  # mV; gates at their steady state for it
DT = 0.025  # ms
DEGREE = 20


@dataclasses.dataclass(frozen=True, eq=False)
class Task:
    """Who is coupled to whom, and what each cell gets.

    Parameters
    ----------
    pre, post : numpy.ndarray of int, shape (n_edges,)
        The pairs, each once, pre below post, sorted.
    drive : numpy.ndarray, shape (n,)
        0 to 1: where the cell's current lies between the lowest and the highest.
    start : numpy.ndarray, shape (n,)
        The same of the voltage to start from.
    dt : float
        ms.
    """

    pre: np.ndarray
    post: np.ndarray
    drive: np.ndarray
    start: np.ndarray
    dt: float = DT

    @property
    def n(self) -> int:
        """Number of cells."""
        return len(self.drive)

    @property
    def current(self) -> np.ndarray:
        """Current into each cell, uA/cm2."""
        return between(*DRIVE, self.drive)

    @property
    def voltage(self) -> np.ndarray:
        """Voltage that each cell starts from, mV."""
        return between(*START, self.start)

    @property
    def both_ways(self) -> tuple[np.ndarray, np.ndarray]:
        """Source and target of every half junction, sorted by target."""
        source = np.concatenate([self.post, self.pre])
        target = np.concatenate([self.pre, self.post])
        order = np.lexsort((source, target))
        return source[order], target[order]

    def save(self, path: Path) -> None:
        """Write it, for :meth:`load` in another process."""
        np.savez(path, **{f.name: getattr(self, f.name) for f in dataclasses.fields(self)})

    @classmethod
    def load(cls, path: Path) -> Task:
        """Read what :meth:`save` wrote."""
        with np.load(path) as file:
            values = {field.name: file[field.name] for field in dataclasses.fields(cls)}
        return cls(**values | {"dt": float(values["dt"])})


def make(n: int, degree: int = DEGREE, seed: int = 1) -> Task:
    """Return the task for ``n`` cells with ``n * degree / 2`` junctions, always the same ones."""
    rng = np.random.default_rng(seed)
    ranks = np.sort(rng.choice(n * (n - 1) // 2, n * degree // 2, replace=False))
    # Pairs counted by post: post p has the p pairs from p (p - 1) / 2 on.
    post = ((1 + np.sqrt(1 + 8 * ranks.astype(float))) / 2).astype(np.int64)
    post -= ranks < post * (post - 1) // 2
    post += ranks >= post * (post + 1) // 2
    pre = ranks - post * (post - 1) // 2
    order = np.lexsort((post, pre))
    # Never the ends themselves: at -55 mV a rate is 0/0 as some simulators write it.
    even = (np.arange(n) + 0.5) / n
    return Task(pre[order], post[order], rng.permutation(even), rng.permutation(even))


def between(low: float, high: float, where: np.ndarray) -> np.ndarray:
    """Return the values between two, by where from 0 to 1 they lie."""
    return low + (high - low) * where

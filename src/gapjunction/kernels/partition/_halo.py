"""Which voltages each device receives from which other device, and how they are sent."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Final

import jax
import jax.numpy as jnp
import numpy as np

# Where devices need more than this share of all voltages, each gets all of them in one operation.
_MOST: Final = 0.5
# Each round of messages takes some microseconds to start, however small the messages are.
_ROUNDS: Final = 32


@dataclasses.dataclass(frozen=True)
class Halo:
    """The exchange of one step.

    In each round a device sends one message and receives one, at most. Their number and sizes are
    the same in all steps. Where ``rounds`` is None, one collective operation takes the place of the
    rounds: either each device sends a message of ``width`` values to each other one, or each gets
    the voltages of all others.

    Parameters
    ----------
    n : int
        Number of devices.
    size : int
        Number of cells on each.
    rounds : tuple or None
        For each round the pairs (sender, receiver), and the number of values in a message.
    width : int
        The number of values that each device sends to each other one; 0 for other methods.
    """

    n: int
    size: int
    rounds: tuple[tuple[tuple[tuple[int, int], ...], int], ...] | None
    width: int = 0

    @property
    def whole(self) -> bool:
        """Whether each device gets the voltages of all others, in the order of the cells."""
        return self.rounds is None and not self.width

    @property
    def n_send(self) -> int:
        """The number of arrays that say what is sent."""
        return (1 if self.width else 0) if self.rounds is None else len(self.rounds)

    @property
    def method(self) -> str:
        """The name of the operation by which voltages are exchanged."""
        if self.rounds is None:
            return "all_to_all" if self.width else "all_gather"
        return "permute" if self.rounds else "none"

    @property
    def length(self) -> int:
        """The number of voltages that a device knows after the exchange."""
        if self.rounds is None:
            return self.size + self.n * self.width if self.width else self.n * self.size
        return self.size + sum(width for _, width in self.rounds)

    @property
    def received(self) -> int:
        """The largest number of voltages that a device receives."""
        if self.rounds is None:
            return (self.n - 1) * (self.width or self.size)
        total = np.zeros(self.n, int)
        for pairs, width in self.rounds:
            total[[to for _, to in pairs]] += width
        return int(total.max(initial=0))

    def fetch(self, x: jax.Array, send: Sequence[jax.Array], axis: str | None) -> jax.Array:
        """Return the voltages that a device knows after the exchange.

        Parameters
        ----------
        x : array, shape (*batch, size)
            The voltages of its own cells.
        send : sequence of arrays
            For each round the cells that the device sends.
        axis : str or None
            The axis of the mesh; None if there is one device.
        """
        if axis is None:
            return x
        last = x.ndim - 1
        if self.width:
            message = x.at[..., send[0]].get(mode="clip")
            others = jax.lax.all_to_all(message, axis, last, last, tiled=True)
            return jnp.concatenate([x, others], axis=-1)
        if self.rounds is None:
            found: jax.Array = jax.lax.all_gather(x, axis, axis=last, tiled=True)
            return found
        parts = [x]
        for (pairs, _), ids in zip(self.rounds, send, strict=True):
            message = x.at[..., ids].get(mode="clip")
            parts.append(jax.lax.ppermute(message, axis, pairs))
        return jnp.concatenate(parts, axis=-1)

    def give_back(self, y: jax.Array, send: Sequence[jax.Array], axis: str | None) -> jax.Array:
        """Return, for a device's own cells, the sums of the values that all devices have for them.

        Parameters
        ----------
        y : array, shape (*batch, length)
            A device's values for the cells that it knows.
        send, axis
            As for :meth:`fetch`.

        Notes
        -----
        This must not be called if each device sends a message to each other one (``width > 0``).
        """
        if axis is None:
            return y
        if self.rounds is None:
            found: jax.Array = jax.lax.psum_scatter(
                y, axis, scatter_dimension=y.ndim - 1, tiled=True
            )
            return found
        own, at = y[..., : self.size], self.size
        for (pairs, width), ids in zip(self.rounds, send, strict=True):
            back = tuple((to, source) for source, to in pairs)
            part = jax.lax.ppermute(y[..., at : at + width], axis, back)
            # Places behind the last cell of a message hold a number that no cell has.
            own = own.at[..., ids].add(part, mode="drop", unique_indices=False)
            at += width
        return own


def plan(
    needs: Sequence[np.ndarray], size: int, both_ways: bool = False
) -> tuple[Halo, list[np.ndarray]]:
    """Return how voltages are exchanged, and which cells are sent in each round.

    Parameters
    ----------
    needs : sequence of numpy.ndarray
        For each device the cells of other devices whose voltages it needs, in rising order.
    size : int
        Number of cells on each device.
    both_ways : bool, default False
        Whether sums are sent back by :meth:`Halo.give_back`.

    Returns
    -------
    Halo
    list of numpy.ndarray
        For each round, shape (n_devices, width): the cells that each device sends, numbered within
        the device; places that a message does not use hold the number of its cells. Where each
        device sends to each other one, a single array with the messages to all of them side by
        side.

    Examples
    --------
    Two devices of four cells each. Each device needs the voltage of one cell of the other:

    >>> halo, send = plan([np.array([4]), np.array([3])], 4)
    >>> halo.rounds, send[0].tolist()
    (((((0, 1), (1, 0)), 1),), [[3], [0]])
    """
    n = len(needs)
    messages = []
    for to, cells in enumerate(needs):
        owner = cells // size
        for source in np.unique(owner):
            messages.append((int(source), to, cells[owner == source] - source * size))
    # The longest messages come first, so that those of one round are about equally long. A message
    # goes into the first round in which its sender does not send yet and its receiver does not
    # receive yet.
    messages.sort(key=lambda message: (-len(message[2]), (message[1] - message[0]) % n, message[0]))
    rounds: list[list[tuple[int, int, np.ndarray]]] = []
    busy: list[tuple[set[int], set[int]]] = []
    for message in messages:
        source, to, _ = message
        free = (k for k, (a, b) in enumerate(busy) if source not in a and to not in b)
        k = next(free, len(rounds))
        if k == len(rounds):
            rounds.append([])
            busy.append((set(), set()))
        rounds[k].append(message)
        busy[k][0].add(source)
        busy[k][1].add(to)
    shapes = tuple(
        (tuple(sorted((source, to) for source, to, _ in own)), len(own[0][2])) for own in rounds
    )
    halo = Halo(n, size, shapes)
    most = _MOST * (n - 1) * size
    if len(rounds) > _ROUNDS or halo.received > most:
        width = max(len(cells) for _, _, cells in messages)
        if both_ways or (n - 1) * width > most:
            return Halo(n, size, None), []
        table = np.full((n, n, width), size, np.int32)
        for source, to, cells in messages:
            table[source, to, : len(cells)] = cells
        return Halo(n, size, None, width), [table.reshape(n, -1)]
    send = []
    for own in rounds:
        table = np.full((n, len(own[0][2])), size, np.int32)
        for source, _, cells in own:
            table[source, : len(cells)] = cells
        send.append(table)
    return halo, send


def places(halo: Halo, send: Sequence[np.ndarray], device: int) -> np.ndarray:
    """Return the numbers of the cells that a device knows after the exchange, in their order there.

    Places that a message does not use are -1.
    """
    if halo.whole:
        return np.arange(halo.length)
    own = [np.arange(device * halo.size, (device + 1) * halo.size)]
    if halo.rounds is None:
        ids = send[0].reshape(halo.n, halo.n, halo.width)[:, device]
        first = np.arange(halo.n)[:, None] * halo.size
        return np.concatenate([*own, np.where(ids < halo.size, ids + first, -1).reshape(-1)])
    for (pairs, width), table in zip(halo.rounds, send, strict=True):
        source = next((source for source, to in pairs if to == device), None)
        found = np.full(width, -1)
        if source is not None:
            is_there = table[source] < halo.size
            found[is_there] = table[source][is_there] + source * halo.size
        own.append(found)
    return np.concatenate(own)

"""The channels of one membrane, and the pools they share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import brainstate
import saiunit as u

from gapjunction._checks import check_choice, describe, warn
from gapjunction._typing import QuantityLike
from gapjunction.ion_channels._affine import Affine
from gapjunction.ion_channels._ion import valence_of
from gapjunction.ion_channels._ion_channel import IonChannel
from gapjunction.ion_channels._kinetics import total
from gapjunction.ion_channels._noise import ChannelCounts
from gapjunction.ion_channels._pools import IonPool


class Assembly:
    """Channels and pools, handled together.

    The states belong to the channels and pools; this class has none.

    Parameters
    ----------
    channels : dict of str to IonChannel
        By name.
    pools : sequence of IonPool
        One per ion, or several with different labels.
    """

    def __init__(self, channels: Mapping[str, IonChannel], pools: Sequence[IonPool]) -> None:
        self.channels = channels
        self.pools = pools

    def init_states(self, V: QuantityLike | None) -> None:
        """Create the pools' states at rest and the gates' at their steady state for ``V``."""
        for pool in self.pools:
            pool.init_state(V)
        ions = self.concentrations()
        for channel in self.channels.values():
            channel.init_state(V, **ions)

    def reset_states(self, V: QuantityLike | None) -> None:
        """Put all states back to the values that :meth:`init_states` gave them."""
        for pool in self.pools:
            pool.reset_state(V)
        ions = self.concentrations()
        for channel in self.channels.values():
            channel.reset_state(V, **ions)

    def states(self) -> list[tuple[Any, str]]:
        """Return owner and name of all states to integrate, in the order of :meth:`derivative`."""
        found: list[tuple[Any, str]] = []
        for channel in self.channels.values():
            found += [(channel, name) for name in channel.integrated_states()]
        for pool in self.pools:
            found += [(pool, name) for name in pool.pool_states()]
        return found

    def concentrations(
        self, states: Sequence[Mapping[str, Any]] | None = None
    ) -> dict[str, u.Quantity]:
        """Return all that the pools offer: ``Ca``, ``Ca_out``, ``E_Ca``, ...

        Parameters
        ----------
        states : sequence of dict, optional
            Values of the states of each pool, to use instead of the present ones.
        """
        values: dict[str, u.Quantity] = {}
        for k, pool in enumerate(self.pools):
            values.update(pool.read() if states is None else pool.read_with(states[k]))
        return values

    def currents(self, V: QuantityLike, ions: Mapping[str, QuantityLike]) -> dict[str, u.Quantity]:
        """Return the outward current of each channel, by name."""
        return {name: channel.current(V, **ions) for name, channel in self.channels.items()}

    def total(self, V: QuantityLike, ions: Mapping[str, QuantityLike]) -> u.Quantity:
        """Return the outward current of all channels; a plain 0 if there are none."""
        return total(self.currents(V, ions).values())

    def affine(self, V: QuantityLike, ions: Mapping[str, QuantityLike]) -> Affine:
        """Return the total current as ``conductance * V - battery``, with the gates as they are."""
        parts = [channel.affine(V, **ions) for channel in self.channels.values()]
        return Affine(total(p.conductance for p in parts), total(p.battery for p in parts))

    def flows(self, V: QuantityLike, ions: Mapping[str, QuantityLike]) -> list[u.Quantity | None]:
        """Return, for each pool, the total outward current that changes it, or None."""
        carried = {name: channel.carries for name, channel in self.channels.items()}
        wanted = {pool.ion for pool in self.pools if pool.pool_states()}
        each = {
            name: channel.flows(V, **ions)
            for name, channel in self.channels.items()
            if wanted.intersection(carried[name])
        }
        found = []
        for pool in self.pools:
            sources = each if pool.sources is None else pool.sources
            own = [each[name][pool.ion] for name in sources if pool.ion in each.get(name, ())]
            found.append(total(own) if own and pool.pool_states() else None)
        return found

    def derivative(self, V: QuantityLike) -> list[u.Quantity]:
        """Return the time derivative of each state, in the order of :meth:`states`."""
        ions = self.concentrations()
        slopes: list[u.Quantity] = []
        for channel in self.channels.values():
            slopes += channel.derivative(V, **ions).values()
        for pool, flow in zip(self.pools, self.flows(V, ions), strict=True):
            slopes += pool.derivative(flow).values()
        return slopes

    def advance_gates(self, V: QuantityLike, ions: Mapping[str, Any]) -> None:
        """Advance all gates by one step, for a voltage that stays at ``V``."""
        for channel in self.channels.values():
            channel.update(V, **ions)

    def draw(self, V: QuantityLike, ions: Mapping[str, Any]) -> None:
        """Draw the transitions of channels that are counted, in one step at a constant voltage."""
        for channel in self.channels.values():
            if channel.noise is not None:
                channel.update(V, only=ChannelCounts, **ions)

    def pools_after(
        self, flows: Sequence[u.Quantity | None], duration: QuantityLike
    ) -> list[dict[str, Any]]:
        """Return the values of each pool's states after ``duration`` at constant currents."""
        return [pool.advanced(flow, duration) for pool, flow in zip(self.pools, flows, strict=True)]

    def put_states(self, states: Sequence[Mapping[str, Any]]) -> None:
        """Set the states of the pools to these values."""
        for pool, values in zip(self.pools, states, strict=True):
            for name, state in pool.pool_states().items():
                state.value = values[name].astype(state.value.dtype)

    def keep_in_range(self) -> None:
        """Raise concentrations that a solver took below the lowest possible one to that value."""
        for pool in self.pools:
            pool.keep_in_range()

    def advance(self, V: QuantityLike) -> None:
        """Advance gates and pools by one step, for a voltage that stays at ``V``."""
        ions = self.concentrations()
        flows = self.flows(V, ions)
        self.advance_gates(V, ions)
        self.put_states(self.pools_after(flows, brainstate.environ.get_dt()))


def take_up(channels: Mapping[str, IonChannel], pools: Sequence[IonPool]) -> None:
    """Mark channels and pools as used: each holds the states of one neuron only."""
    parts: list[IonChannel | IonPool] = [*channels.values(), *pools]
    for part in parts:
        part.taken = True


def _check_free(what: str, part: IonChannel | IonPool, others: Iterable[object]) -> None:
    if part.taken or any(part is other for other in others):
        raise ValueError(
            f"{what} must be its own {type(part).__name__}: the one given is already in use, and "
            "holds the states of one neuron only. Create another."
        )


def check_channels(channels: object) -> dict[str, IonChannel]:
    """Return the channels by name; raise an error if they are not a mapping of channels."""
    if not isinstance(channels, Mapping):
        raise TypeError(f"channels must map names to channels, got {describe(channels)}.")
    for key, channel in channels.items():
        if not isinstance(channel, IonChannel):
            raise TypeError(f"channels[{key!r}] must be a channel, got {describe(channel)}.")
        others = [item for name, item in channels.items() if name != key]
        _check_free(f"channels[{key!r}]", channel, others)
    if not channels:
        raise ValueError("channels must hold at least one channel, got none.")
    return dict(channels)


def check_pools(pools: object) -> list[IonPool]:
    """Return the pools as a list; raise an error if two of them offer the same name."""
    if isinstance(pools, IonPool) or not isinstance(pools, Iterable):
        raise TypeError(f"pools must be a list of ion pools, got {describe(pools)}.")
    found: dict[str, IonPool] = {}
    for pool in pools:
        if not isinstance(pool, IonPool):
            raise TypeError(f"pools must hold ion pools only, got {describe(pool)}.")
        if pool.label in found:
            raise ValueError(
                f"pools must hold one pool per ion, got two of {pool.label}. Give one of them a "
                "label, by which channels read it."
            )
        _check_free(f"the pool of {pool.label}", pool, ())
        for other in found.values():
            if both := set(pool.offers()).intersection(other.offers()):
                raise ValueError(
                    f"pools must offer different names: those of {other.label} and {pool.label} "
                    f"both offer {', '.join(sorted(both))}. Give one of them another label."
                )
        found[pool.label] = pool
    return list(found.values())


def check_fit(
    channels: Mapping[str, IonChannel],
    pools: Sequence[IonPool],
    size: tuple[int, ...],
    per_area: bool,
    reason: str,
) -> None:
    """Raise an error for channels and pools that do not fit a neuron, or one another.

    Parameters
    ----------
    channels, pools
        All channels and pools of the neuron.
    size : tuple of int
        Shape of the neuron.
    per_area : bool
        Whether the neuron's membrane equation is per area.
    reason : str
        Why the conductances must be of this kind, for error messages, such as "as C is".
    """
    offered = [name for pool in pools for name in pool.offers()]
    parts = {f"channels[{key!r}] ({type(c).__name__})": c for key, c in channels.items()}
    sized: dict[str, IonChannel | IonPool] = {**parts}
    sized |= {f"the pool of {pool.label}": pool for pool in pools}
    for what, part in sized.items():
        if tuple(part.in_size) not in (size, (1,)):
            raise ValueError(
                f"{what} must have the neuron's size {size}, got {tuple(part.in_size)}."
            )
    for what, channel in parts.items():
        if channel.per_area != per_area:
            raise _mismatch(what, per_area, reason)
        if missing := [name for name in channel.reads() if name not in offered]:
            raise ValueError(
                f"pools must offer {', '.join(missing)}, which {what} reads; they offer "
                f"{', '.join(offered) or 'nothing'}."
            )
    for pool in pools:
        if pool.per_area not in (None, per_area):
            raise _mismatch(f"{pool.sized_by} the pool of {pool.label}", per_area, reason)
        for name in pool.sources or ():
            check_choice(f"sources of the pool of {pool.label}", name, channels)
            if pool.ion not in channels[name].carries:
                raise ValueError(
                    f"sources of the pool of {pool.label} must carry {pool.ion}; "
                    f"channels[{name!r}] carries {', '.join(channels[name].carries) or 'no ion'}."
                )
    _check_valences(parts, pools)
    _warn_of_temperatures(parts, pools)


def _mismatch(what: str, per_area: bool, reason: str) -> u.UnitMismatchError:
    kinds = ("absolute", "per area")
    return u.UnitMismatchError(
        f"{what} must be {kinds[per_area]}, {reason}; it is {kinds[not per_area]}."
    )


def _check_valences(parts: Mapping[str, IonChannel], pools: Sequence[IonPool]) -> None:
    """Raise an error if two parts use one name for different ions."""
    said: dict[str, tuple[int, str]] = {}
    carried = [(what, ion) for what, channel in parts.items() for ion in channel.carries]
    for what, ion in [*carried, *((f"the pool of {pool.label}", pool.ion) for pool in pools)]:
        z, first = said.setdefault(ion, (valence_of(ion), what))
        if z != valence_of(ion):
            raise ValueError(
                f"{what} must mean the same ion by {ion} as {first}: valences are "
                f"{valence_of(ion)} and {z}."
            )


def _warn_of_temperatures(parts: Mapping[str, IonChannel], pools: Sequence[IonPool]) -> None:
    """Warn if the parts that depend on temperature are not all at the same temperature."""
    found = {
        what: channel.temperature
        for what, channel in parts.items()
        if channel.depends_on_temperature and channel.temperature is not None
    }
    read = {name for channel in parts.values() for name in channel.reads()}
    for pool in pools:
        # A pool depends on temperature only if it computes a reversal potential that is read.
        if pool.E is None and pool.temperature is not None and f"E_{pool.label}" in read:
            found[f"the pool of {pool.label}"] = pool.temperature
    if len(set(found.values())) > 1:
        listed = ", ".join(f"{what} at {celsius:g}" for what, celsius in found.items())
        warn(
            f"temperature is not the same in one neuron: {listed} degC. Give all of them the same "
            "temperature."
        )

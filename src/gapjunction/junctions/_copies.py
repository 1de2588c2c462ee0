"""Deep copies of a junction, joined to the populations that are copied beside it.

Python copies a structure such as ``(cells, gap)`` item by item, and records the copy of each item
in a *memo*. A node of brainstate is copied with all that it holds, but only the node itself is
recorded. After a model has been copied, the memo therefore does not show that its cells and
junctions have copies already. These are found here by walking through the model and its copy side
by side.
"""

from __future__ import annotations

import copy
from typing import Any

import brainstate
import jax
from brainstate.graph import Node, iter_leaf, iter_node, treefy_merge, treefy_split

from gapjunction.coupling import COPIED, Copied, CurrentPlug, Port
from gapjunction.hosts import owner_of


def copies_in(memo: dict[int, Any]) -> dict[int, Any]:
    """Return the copies of all nodes and states that were copied so far, by the original's id."""
    found: dict[int, Any] = dict(memo)
    # At this key Python keeps a list of the originals, so that their ids are not reused.
    for original in list(memo.get(id(memo), ())):
        twin = memo.get(id(original))
        if isinstance(original, Node) and isinstance(twin, Node):
            # The parts of a copy come in the same order as those of its original.
            for walk in (iter_node, iter_leaf):
                before, after = dict(walk(original)), dict(walk(twin))
                for path, part in before.items():
                    if isinstance(part, (Node, brainstate.State)) and path in after:
                        found[id(part)] = after[path]
    return found


def deep_copy(nodes: tuple[Node, ...]) -> tuple[Any, ...]:
    """Return copies of nodes; what the nodes share, the copies share too."""
    graphdef, states = treefy_split(nodes)
    # Of a state only the value is copied, because its other attributes cannot be.
    copied: tuple[Any, ...] = treefy_merge(graphdef, jax.tree.map(copy.deepcopy, states))
    return copied


def note(memo: dict[int, Any], original: Node, twin: Node) -> None:
    """Record the copy of a node in a memo of `copy.deepcopy`."""
    memo[id(original)] = twin
    memo.setdefault(id(memo), []).append(original)


def is_connected(host: Any, key: str) -> bool:
    """Return whether a junction is registered in a population under a key."""
    return isinstance((host.current_inputs or {}).get(key), CurrentPlug)


def share_states(junction: Any, original: Any, copies: dict[int, Any]) -> None:
    """Give a copy of a junction the copies of states that were copied before it."""
    for name, value in vars(original).items():
        if isinstance(value, (brainstate.State, brainstate.nn.Param)) and id(value) in copies:
            setattr(junction, name, copies[id(value)])


def copy_with_host(clamp: Any, memo: dict[int, Any]) -> Any:
    """Return a deep copy of a clamp, connected to the copy of its population."""
    copies = copies_in(memo)
    if id(clamp) in copies:
        return copies[id(clamp)]
    host = owner_of(clamp.population)
    if id(host) not in copies:
        new, twin = deep_copy((host, clamp))
        note(memo, host, new)
        return twin
    (twin,) = deep_copy((clamp,))
    twin._port = Port.of(copies[id(host)])
    twin._port.connect_clamp(clamp.state)
    return twin


def copy_with_hosts(junction: Any, memo: dict[int, Any]) -> Any:
    """Return a deep copy of a junction, between the copies of its populations.

    Populations that have no copy yet are copied too: a junction has no effect without them, and
    those of the original must not get the current of the copy.
    """
    copies = copies_in(memo)
    if id(junction) in copies:
        return copies[id(junction)]
    owners = [owner_of(end) for end in (junction.pre, junction.post)]
    hosts = {id(host): host for host in owners}
    missing = [host for key, host in hosts.items() if key not in copies]
    *made, twin = deep_copy((*missing, junction))
    for host, new in zip(missing, made, strict=True):
        note(memo, host, new)
        copies[id(host)] = new
    if missing:
        # A brainstate model copies itself without consulting the memo, and would copy these
        # populations once more. Their plugs notice that.
        mark = Copied()
        memo[id(mark)] = mark
        COPIED.update(dict.fromkeys(junction._keys, mark))
    share_states(twin, junction, copies)
    if len(missing) == len(hosts):
        return twin
    twins = [copies[id(owner)] for owner in owners]
    ends = [Port.of(host).end(own) for host, own in zip(twins, junction._places, strict=True)]
    if not all(map(is_connected, twins, junction._keys)):
        # A population that was copied before has no plugs of this junction.
        twin._plug_into(*ends)
        return twin
    twin._join(*ends)
    return twin

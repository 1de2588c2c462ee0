"""Rules of plasticity: how the strength of a junction changes with what its two cells do.

:class:`BurstSpike` lets bursts weaken a junction and spikes strengthen it. :class:`FollowsState`
lets it follow a state of the cells, such as a pH or a modulator. :class:`Rule` is what they are,
for one of your own.
"""

from gapjunction.plasticity._burst_spike import BurstSpike as BurstSpike
from gapjunction.plasticity._follows_state import FollowsState as FollowsState
from gapjunction.plasticity._rule import Rule as Rule

__all__ = ["BurstSpike", "FollowsState", "Rule"]

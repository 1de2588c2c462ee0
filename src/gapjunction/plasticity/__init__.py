"""Rules of plasticity: how the strength of a junction changes with the activity of its cells.

With :class:`BurstSpike`, bursts weaken a junction and spikes strengthen it. With
:class:`FollowsState`, the strength follows a state of the two cells, such as the pH or the
concentration of a neuromodulator. Derive your own rule from :class:`Rule`, the base class of both.
"""

from gapjunction.plasticity._burst_spike import BurstSpike as BurstSpike
from gapjunction.plasticity._follows_state import FollowsState as FollowsState
from gapjunction.plasticity._rule import Rule as Rule

__all__ = ["BurstSpike", "FollowsState", "Rule"]

"""Models on several devices, and what these send each other."""

from gapjunction.kernels.partition import Exchange as Exchange
from gapjunction.sharding._collectives import Collective as Collective
from gapjunction.sharding._collectives import collectives as collectives
from gapjunction.sharding._exchange import exchange as exchange
from gapjunction.sharding._shard import shard as shard

__all__ = ["Collective", "Exchange", "collectives", "exchange", "shard"]

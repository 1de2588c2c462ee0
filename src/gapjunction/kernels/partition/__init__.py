"""A network in blocks, one for each device, and what the blocks exchange at each step."""

from gapjunction.kernels.partition._blocks import Blocks as Blocks
from gapjunction.kernels.partition._count import Exchange as Exchange
from gapjunction.kernels.partition._count import count_exchange as count_exchange
from gapjunction.kernels.partition._operator import BlockLaplacian as BlockLaplacian
from gapjunction.kernels.partition._operator import Partitioned as Partitioned
from gapjunction.kernels.partition._partition import Arrays as Arrays
from gapjunction.kernels.partition._partition import Hold as Hold
from gapjunction.kernels.partition._partition import Partition as Partition
from gapjunction.kernels.partition._place import Place as Place
from gapjunction.kernels.partition._place import same_everywhere as same_everywhere

__all__ = [
    "Arrays",
    "BlockLaplacian",
    "Blocks",
    "Exchange",
    "Hold",
    "Partition",
    "Partitioned",
    "Place",
    "count_exchange",
    "same_everywhere",
]

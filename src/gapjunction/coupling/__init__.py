"""How a junction enters the step of the populations it couples."""

from gapjunction.coupling._modes import COUPLINGS as COUPLINGS
from gapjunction.coupling._modes import check_coupling as check_coupling
from gapjunction.coupling._terminal import Terminal as Terminal
from gapjunction.coupling._terminal import Update as Update

__all__ = ["COUPLINGS", "Terminal", "Update", "check_coupling"]

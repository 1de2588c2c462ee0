"""How a junction's current enters the step of the populations that it couples."""

from gapjunction.coupling._coupler import Coupler as Coupler
from gapjunction.coupling._coupler import as_plain as as_plain
from gapjunction.coupling._coupler import with_unit as with_unit
from gapjunction.coupling._deposit import Update as Update
from gapjunction.coupling._holder import Holder as Holder
from gapjunction.coupling._modes import COUPLINGS as COUPLINGS
from gapjunction.coupling._modes import Implicit as Implicit
from gapjunction.coupling._modes import check_coupling as check_coupling
from gapjunction.coupling._pickling import saved_junction as saved_junction
from gapjunction.coupling._plugs import COPIED as COPIED
from gapjunction.coupling._plugs import Copied as Copied
from gapjunction.coupling._plugs import CurrentPlug as CurrentPlug
from gapjunction.coupling._plugs import zero_where_held as zero_where_held
from gapjunction.coupling._request import Request as Request
from gapjunction.coupling._terminal import Terminal as Terminal

__all__ = [
    "COPIED",
    "COUPLINGS",
    "Copied",
    "Coupler",
    "CurrentPlug",
    "Holder",
    "Implicit",
    "Request",
    "Terminal",
    "Update",
    "as_plain",
    "check_coupling",
    "saved_junction",
    "with_unit",
    "zero_where_held",
]

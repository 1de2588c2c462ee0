"""How a junction's current enters the step of the populations that it couples.

Each way is a *coupling mode*: ``MODES`` has them by the names that junctions take. To add a mode,
write a subclass of ``Mode``.
"""

from gapjunction.coupling._deposit import Update as Update
from gapjunction.coupling._inlet import Inlet as Inlet
from gapjunction.coupling._instant import Currents as Currents
from gapjunction.coupling._instant import Impulse as Impulse
from gapjunction.coupling._instant import Instant as Instant
from gapjunction.coupling._intake import canonical as canonical
from gapjunction.coupling._intake import divided as divided
from gapjunction.coupling._intake import unit_at as unit_at
from gapjunction.coupling._pickling import ModelPickler as ModelPickler
from gapjunction.coupling._pickling import culprit as culprit
from gapjunction.coupling._pickling import saved_junction as saved_junction
from gapjunction.coupling._pickling import whole_models as whole_models
from gapjunction.coupling._plain import as_plain as as_plain
from gapjunction.coupling._plain import with_unit as with_unit
from gapjunction.coupling._plugs import COPIED as COPIED
from gapjunction.coupling._plugs import Copied as Copied
from gapjunction.coupling._plugs import CurrentPlug as CurrentPlug
from gapjunction.coupling._port import Port as Port
from gapjunction.coupling._port import zero_where_held as zero_where_held
from gapjunction.coupling._shares import Link as Link
from gapjunction.coupling._shares import shares_of as shares_of
from gapjunction.coupling.modes import MODES as MODES
from gapjunction.coupling.modes import Extrapolated as Extrapolated
from gapjunction.coupling.modes import Implicit as Implicit
from gapjunction.coupling.modes import Mode as Mode
from gapjunction.coupling.modes import PerStage as PerStage
from gapjunction.coupling.modes import PerStep as PerStep
from gapjunction.coupling.modes import SemiImplicit as SemiImplicit
from gapjunction.coupling.modes import as_mode as as_mode

# Only these names are public; other modules of the package import the rest.
__all__ = [
    "MODES",
    "Extrapolated",
    "Implicit",
    "Instant",
    "Mode",
    "PerStage",
    "PerStep",
    "SemiImplicit",
    "as_mode",
]

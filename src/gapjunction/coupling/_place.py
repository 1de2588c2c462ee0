"""What the parts of a port know of their population and of its present step."""

from __future__ import annotations

from typing import Any, Protocol


class Place(Protocol):
    """What the parts of a :class:`Port` need to know of it."""

    host: Any
    """The population; None in a clone that was made without it."""

    passive: bool
    """Whether the population is being stepped on trial: inputs are not removed or checked then."""

    called: bool
    """Whether the population itself was called for the step that it is in."""

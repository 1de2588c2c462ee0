"""Where the parts of a port are: at which population, and whether that is being tried out."""

from __future__ import annotations

from typing import Any, Protocol


class Place(Protocol):
    """What each part of a :class:`Port` has to know of the whole."""

    host: Any
    """The population; None in a clone that was made without it."""

    passive: bool
    """Whether the population is being stepped on trial: nothing is removed then, nor checked."""

    called: bool
    """Whether the population itself was called for the step that it is in."""

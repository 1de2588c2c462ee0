"""The source of a channel's numbers."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Source:
    """Provenance of a published model.

    Parameters
    ----------
    citation : str
        Authors, year, title, journal.
    doi : str
        Digital object identifier.
    species, preparation : str
        Animal, and cells or tissue, in which the model was measured.
    temperature : float
        Temperature of the measurement in degrees Celsius, at which the published rates hold.
    check : str
        How this entry was checked, and against what.
    note : str
        What a user should know: choices made, misprints, differences between sources.
    """

    citation: str
    doi: str
    species: str
    preparation: str
    temperature: float
    check: str
    note: str = ""

    def cite(self) -> str:
        """Return the citation with a link."""
        return f"{self.citation} https://doi.org/{self.doi}"

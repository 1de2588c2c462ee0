"""Ions: names and valences."""

from __future__ import annotations

from typing import Final

from gapjunction._checks import check_choice, check_int, describe

VALENCE: Final = {"Na": 1, "K": 1, "Ca": 2, "Cl": -1, "Mg": 2, "H": 1}
NONSPECIFIC: Final = "nonspecific"
# Rates and currents read these names as something else, or methods of channels have such arguments.
_TAKEN = (NONSPECIFIC, "V", "E", "temperature", "open_fraction", "only")


class Ion(str):
    """An ion, or a ligand, that is not among the common ones.

    It is a string, the name, and is used like the name of a common ion: ``ion = Ion('Ca_L', 2)`` in
    a channel, ``DecayPool(1, Ion('Ca_L', 2), ...)`` for its pool. Rates read its concentration by
    this name, ``lambda V, Ca_L: ...``.
    The ions Na, K, Ca, Cl, Mg and H are known by their names alone.

    Parameters
    ----------
    name : str
        A Python identifier that does not begin with ``E_`` or end with ``_out``, and that rates do
        not read as something else, as they do ``V`` and ``temperature``.
    valence : int
        Charges per ion; 0 for a ligand that carries none.

    Raises
    ------
    ValueError
        If the name cannot be used, or is that of a common ion of another valence.

    Examples
    --------
    >>> from gapjunction.ion_channels import Ion
    >>> magnesium = Ion('Mg_in_block', 2)
    >>> magnesium, magnesium.valence
    ('Mg_in_block', 2)
    """

    __module__ = "gapjunction.ion_channels"

    valence: int

    def __new__(cls, name: str, valence: int) -> Ion:
        """Create the name, with its valence."""
        usable = isinstance(name, str) and name.isidentifier()
        if not usable or name.startswith("E_") or name.endswith("_out") or name in _TAKEN:
            raise ValueError(
                "name of an ion must be an identifier that does not begin with 'E_' or end with "
                f"'_out', and is none of {', '.join(_TAKEN)}; got {describe(name)}."
            )
        valence = check_int("valence", valence, low=-10)
        if VALENCE.get(name, valence) != valence:
            raise ValueError(f"valence of {name} must be {VALENCE[name]}, got {valence}.")
        ion = super().__new__(cls, name)
        ion.valence = valence
        return ion

    def __getnewargs__(self) -> tuple[str, int]:  # type: ignore[override]
        return str(self), self.valence


def check_ion(name: str, ion: object, *also: str) -> str:
    """Return ``ion`` if its valence is known, or if it is one of the names in ``also``."""
    return ion if isinstance(ion, Ion) else check_choice(name, ion, (*VALENCE, *also))


def valence_of(ion: str) -> int:
    """Return the charges per ion."""
    return ion.valence if isinstance(ion, Ion) else VALENCE[ion]

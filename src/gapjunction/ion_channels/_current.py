"""Membrane currents of any form, as mechanism classes declare them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from gapjunction._checks import check_real, describe
from gapjunction.ion_channels._ion import NONSPECIFIC, check_ion
from gapjunction.ion_channels._parameter import no_attribute
from gapjunction.ion_channels._rate_functions import arguments


@dataclasses.dataclass(frozen=True)
class Current:
    """An outward current that is any function of the voltage and of states.

    Parameters
    ----------
    ion : str, Ion, or dict of str to float
        What carries it: an ion, ``'nonspecific'``, or for several ions a dict of the share of each
        in the current. For a pump that moves 3 Na out and 2 K in, ``function`` returns the net
        current, of which the ions have the shares ``{'Na': 3, 'K': -2}``. Each share changes the
        concentration in the pool of its ion.
    function : callable
        The current, a function of V that takes by name gates (their open fractions, without
        powers) or ``open_fraction`` (the product of all of them), variables, parameters, the
        ``temperature`` in degrees Celsius, concentrations, and reversal potentials (``E_K``).
        It returns a current, per area or absolute.

    Examples
    --------
    >>> import saiunit as u
    >>> from gapjunction.ion_channels import Current
    >>> cation = Current('nonspecific', lambda V, m: 2 * u.nS * m * (V + 20 * u.mV))
    """

    __module__ = "gapjunction.ion_channels"

    ion: str | Mapping[str, float]
    function: Callable[..., Any]

    def __getattr__(self, name: str) -> NoReturn:
        raise no_attribute(self, name)

    @property
    def shares(self) -> dict[str, float]:
        """The share of each ion in the current; empty for a nonspecific current."""
        if isinstance(self.ion, Mapping):
            return dict(self.ion)
        return {} if self.ion == NONSPECIFIC else {self.ion: 1.0}

    @property
    def reads(self) -> tuple[str, ...]:
        """The names of the arguments of its function after V."""
        return tuple(arguments(self.function))

    def check(self, name: str) -> None:
        """Raise an error if an ion is not known, a share is no number or there is no function."""
        if isinstance(self.ion, Mapping):
            for ion, share in self.ion.items():
                check_ion(f"ion of current {name}", ion)
                check_real(f"share of {ion} in current {name}", share)
        else:
            check_ion(f"ion of current {name}", self.ion, NONSPECIFIC)
        if not callable(self.function):
            raise TypeError(
                f"function of current {name} must be a function, got {describe(self.function)}."
            )

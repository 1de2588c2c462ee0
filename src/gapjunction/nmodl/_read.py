"""Reads a file as a class."""

from __future__ import annotations

import math
from os import PathLike
from pathlib import Path

from gapjunction.ion_channels import IonChannel
from gapjunction.nmodl._build import build
from gapjunction.nmodl._errors import NmodlError
from gapjunction.nmodl._model import Model, model
from gapjunction.nmodl._parser import parse


def read(path: str | PathLike[str], **parameters: float) -> type[IonChannel]:
    """Return the channel class of an NMODL file.

    The file's blocks are run once, symbolically, on formulas. A state whose equation is linear
    becomes a gate, a kinetic scheme a :class:`~gapjunction.ion_channels.Markov`, any other state a
    variable. The form is the simplest that holds the currents: an ohmic
    :class:`~gapjunction.ion_channels.Channel`, a :class:`~gapjunction.ion_channels.GHKChannel`, or
    a :class:`~gapjunction.ion_channels.Mechanism`. RANGE parameters become parameters of the class,
    ``celsius`` its ``temperature``, ``cai`` the concentration of the neuron's pool.

    Nothing of the file is executed as Python, and nothing is written.

    Parameters
    ----------
    path : str or path
        The file. What it includes must be in the same folder.
    **parameters : float
        Values in place of those of the PARAMETER block, in the units of the file.

    Returns
    -------
    type
        A subclass of :class:`~gapjunction.ion_channels.IonChannel`. Its attribute ``report`` is a
        :class:`Report`.

    Raises
    ------
    NmodlError
        If the file cannot be read, or contains something that the library cannot do exactly: point
        processes, VERBATIM, FUNCTION_TABLE, POINTER, NET_RECEIVE, pools, arrays of states. The
        message names it and the line.
    TypeError, ValueError
        If a parameter is not a number, or is not finite.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import saiunit as u
    >>> import gapjunction as gj
    >>> text = '''
    ... NEURON { SUFFIX kdr  USEION k READ ek WRITE ik  RANGE gbar }
    ... PARAMETER { gbar = 0.01 (S/cm2) }
    ... ASSIGNED { v (mV) ek (mV) ik (mA/cm2) }
    ... STATE { n }
    ... BREAKPOINT { SOLVE states METHOD cnexp  ik = gbar*n^4*(v - ek) }
    ... INITIAL { n = 1/(1 + exp(-(v + 30)/10)) }
    ... DERIVATIVE states { n' = (1/(1 + exp(-(v + 30)/10)) - n)/5 }
    ... '''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "kdr.mod")
    ...     _ = path.write_text(text)
    ...     Kdr = gj.nmodl.read(path, ek=-90)
    >>> Kdr.__mro__[1].__name__, Kdr.E, Kdr.gates["n"].power
    ('Channel', Quantity(-90., "mV"), 4)
    """
    return build(understand(path, **parameters))


def understand(path: str | PathLike[str], **parameters: float) -> Model:
    """Return the formulas of a file."""
    found = Path(path)
    for name, value in parameters.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise TypeError(f"{name} must be a number in the unit of the file, got {value!r}.")
        if not math.isfinite(value):
            raise ValueError(f"{name} must be finite, got {value!r}.")
    try:
        return model(parse(found), {key: float(value) for key, value in parameters.items()})
    except RecursionError:
        raise NmodlError("it is nested too deep.", file=found.name) from None

"""Channels and pools of this library as NMODL."""

from __future__ import annotations

import os
from typing import cast

from gapjunction._checks import describe
from gapjunction._files import write_whole
from gapjunction.ion_channels import Channel, GHKChannel, IonChannel, IonPool, Mechanism
from gapjunction.nmodl._errors import NmodlError
from gapjunction.nmodl._write_channel import channel_sections
from gapjunction.nmodl._write_pool import pool_sections


def to_nmodl(channel: type[IonChannel] | IonChannel | IonPool) -> str:
    """Return a channel or a pool as the text of an NMODL file, for NEURON and others.

    Functions are traced by JAX and written as expressions, in which what would be 0/0 is replaced
    by a function with a guard. :func:`read` gives the same numbers back for channels.

    Parameters
    ----------
    channel : type, IonChannel or IonPool
        A subclass of :class:`~gapjunction.ion_channels.Channel`,
        :class:`~gapjunction.ion_channels.GHKChannel` or
        :class:`~gapjunction.ion_channels.Mechanism`; or a channel, whose parameters must then be
        single numbers; or a :class:`~gapjunction.ion_channels.DecayPool`. A reversal potential
        that is a number is the parameter ``erev`` of the file; with 'Nernst' it is that of the
        ion. Temperature is the simulator's ``celsius``.

    Returns
    -------
    str
        The text, in ASCII.

    Raises
    ------
    NmodlError
        If NMODL has no words for a part of the channel; the message names it.

    Examples
    --------
    >>> import gapjunction as gj
    >>> text = gj.nmodl.to_nmodl(gj.ion_channels.K_HH1952)
    >>> [line.strip() for line in text.splitlines() if "gbar" in line]
    ['RANGE gbar, erev, n_inf, n_tau', 'gbar = 0.036 (S/cm2)', 'ik = gbar*n^4*(v - erev)']
    """
    if isinstance(channel, IonPool):
        return pool_sections(cast("IonPool", channel)).text()
    if isinstance(channel, type):
        return channel_sections(_form(channel), None).text()
    return channel_sections(_form(type(channel)), cast("IonChannel", channel)).text()


def _form(cls: object) -> type[IonChannel]:
    if isinstance(cls, type) and issubclass(cls, (Channel, GHKChannel, Mechanism)):
        return cls
    raise NmodlError(
        "channel must be a Channel, GHKChannel, Mechanism or DecayPool to be written, got "
        f"{describe(cls)}."
    )


def write(channel: type[IonChannel] | IonChannel | IonPool, path: str | os.PathLike[str]) -> None:
    """Write a channel or a pool to an NMODL file, whole or not at all.

    Parameters
    ----------
    channel : type, IonChannel or IonPool
        As for :func:`to_nmodl`.
    path : str or path
        The file; one that exists is replaced once the new one is complete.

    Raises
    ------
    NmodlError
        As :func:`to_nmodl`.
    OSError
        If the file cannot be written.
    """
    write_whole(path, to_nmodl(channel))

"""The card of a channel: its gates and its currents in one figure."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import saiunit as u

from gapjunction.ion_channels import Channel, IonChannel, Markov
from gapjunction.plotting._conditions import read_by_gates, rest_of, single, surroundings
from gapjunction.plotting._currents import currents_of
from gapjunction.plotting._curves import family_of, gate_curves
from gapjunction.plotting._text import amount, concentration, summary, typeset

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Most characters in a line of text.
_TITLE_WIDTH, _FOOTER_WIDTH = 110, 155


def channel_card(
    channel: type[IonChannel] | IonChannel, *, concentrations: Mapping[str, Any] | None = None
) -> Figure:
    """Draw the card of a channel.

    Four panels show the steady states of its gates, their time constants, the current over
    voltage, and the currents after steps of voltage. A kinetic scheme is shown by the occupancies
    of its states and the time constants with which it relaxes. If gates depend on a concentration,
    there are curves for several values of it. If they depend on a concentration alone, the fourth
    panel shows the currents after steps of this concentration.

    Parameters
    ----------
    channel : type or IonChannel
        A class, drawn with its defaults, or a channel of one cell, which is not changed.
    concentrations : dict of str to Quantity, optional
        Concentrations and reversal potentials, by the names under which the channel reads them
        (``Ca``, ``Ca_out``, ``E_Ca``); by default those of a mammalian cell. The concentration on
        which gates depend may have several values; by default it has five, in the range in which
        the gates respond.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, made without pyplot: it is not shown and need not be closed. Its method
        ``savefig`` writes it to a file.

    Raises
    ------
    TypeError
        If ``channel`` is not a channel or a class of channels.
    ValueError
        If the channel has more than one cell, if it does not read a given concentration, or if it
        reads one for which no typical value is known.
    saiunit.UnitMismatchError
        If a concentration or reversal potential has a unit of another kind.
    ImportError
        If Matplotlib is not installed.

    Examples
    --------
    >>> import gapjunction as gj
    >>> figure = gj.plotting.channel_card(gj.ion_channels.K_HH1952)
    >>> [axes.get_ylabel() for axes in figure.axes][:2]
    ['open fraction', 'time constant (ms)']
    """
    own = single(channel)
    varied = read_by_gates(own)
    ions = surroundings(own, concentrations)
    family = rest = None
    if varied is not None:
        if concentrations is not None and varied in concentrations:
            family = u.math.atleast_1d(ions[varied])
        else:
            family = family_of(own, ions, varied)
        ions[varied] = rest = rest_of(varied, family)
    # Matplotlib is imported here because that takes a second, and only figures need it.
    try:
        from gapjunction.plotting import _panels
    except ImportError as error:
        raise ImportError(
            "channel_card needs Matplotlib, of the extra 'examples': pip install matplotlib."
        ) from error

    steady, tau = gate_curves(own, ions, varied, family)
    ligand_gated = varied is not None and all(
        curve.over == "concentration" or curve.flat for curve in (*steady, *tau)
    )
    currents = currents_of(own, ions, varied, family, ligand_gated)
    kind = type(own)
    title = f"{kind.__name__}: {summary(kind)}" if summary(kind) else kind.__name__
    return _panels.draw(
        _panels.Card(
            title=textwrap.fill(typeset(title), _TITLE_WIDTH),
            footer=_footer(own, ions, varied),
            steady=steady,
            tau=tau,
            at_once=[name for name, gate in own.gates.items() if gate.instantaneous],
            scheme=any(isinstance(gate, Markov) for gate in own.gates.values()),
            currents=currents,
            varied=varied or "",
            rest=rest,
            family=() if family is None else family,
            reversal=_reversal(own, ions),
        )
    )


def _footer(channel: IonChannel, ions: Mapping[str, Any], varied: str | None) -> str:
    """Return the text below the panels: conductance, conditions and source."""
    facts = [" = ".join(pair) for pair in [amount(channel)] if pair]
    E = _reversal(channel, ions)
    if E is not None:
        facts.append(f"E = {E:.4g} mV")
    facts += [
        f"{name} = {concentration(value)}"
        for name, value in ions.items()
        if name != varied and not name.startswith("E_")
    ]
    source, T = channel.source, channel.temperature
    if T is not None:
        facts.append(f"at {T:g} degC")
        if source is not None and source.temperature != T:
            facts[-1] += f" (rates as published: {source.temperature:g} degC)"
    lines = [", ".join(facts) + "."]
    if source is not None:
        lines[0] += f" {source.species[:1].upper()}{source.species[1:]}: {source.preparation}."
        lines.append(channel.cite())
    return "\n".join(textwrap.fill(typeset(line), _FOOTER_WIDTH) for line in lines)


def _reversal(channel: IonChannel, ions: Mapping[str, Any]) -> float | None:
    """Return the reversal potential in mV, or None for channels that have no such parameter."""
    if not isinstance(channel, Channel):
        return None
    return float(u.math.mean(u.Quantity(channel.reversal(**ions)).to_decimal(u.mV)))

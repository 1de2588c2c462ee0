"""NeuroML files: are they read, and do their classes have the rates of their expressions?

The expressions are evaluated here by Python's parser and floating-point numbers in SI units. This
shares nothing with the reader, and does what is needed for the gates of channels.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import brainstate
import jax
import numpy as np
import saiunit as u

import gapjunction as gj
from public_channels.lems_numbers import Component, quantity
from public_channels.outcome import Outcome

TOLERANCE = 1e-4
VOLTAGES = (-101.3, -77.7, -60.2, -41.9, -20.4, 3.3, 33.1)
CALCIUM, WARM = 2.3e-4, 33.0  # mM, degrees Celsius


def trial(file: Path) -> Outcome:
    """Read all channels of a file, and compare their gates."""
    jax.config.update("jax_enable_x64", True)
    brainstate.environ.set(precision=64)
    text = re.sub(r'\sxmlns="[^"]*"', "", file.read_text(encoding="utf-8"), count=1)
    root = ElementTree.fromstring(text.encode())
    channels = [x for x in root.iter() if x.tag in ("ionChannel", "ionChannelHH", "ionChannelKS")]
    worst = 0.0
    for element in channels:
        try:
            cls = gj.neuroml.read(file, element.get("id"))
        except gj.neuroml.NeuromlError as error:
            return Outcome("refused", str(error))
        with jax.disable_jit():
            worst = max(worst, difference(root, element, cls))
    if not channels:
        return Outcome("refused", "it has no channel")
    agrees = math.isfinite(worst) and worst <= TOLERANCE
    return Outcome("agrees" if agrees else "differs", "", worst if math.isfinite(worst) else None)


def difference(root: Element, element: Element, cls: type) -> float:
    """Return the largest difference of steady states and, as a share, of time constants."""
    given = {"g_max": 1 * u.nS, "E": 0 * u.mV}
    missing = {key: value for key, value in given.items() if getattr(cls, key, 0) is None}
    channel = cls(len(VOLTAGES), temperature=WARM, **missing)
    read = {"Ca": CALCIUM * u.mM} if "Ca" in channel.reads() else {}
    V = np.array(VOLTAGES) * u.mV
    steady, tau = channel.steady_state(V, **read), channel.time_constant(V, **read)
    names = iter([name for name in channel.gates if name != "scaling"])
    worst = 0.0
    for gate in (x for x in element if x.tag.startswith("gate")):
        kind = gate.get("type", gate.tag) if gate.tag == "gate" else gate.tag
        parts = gate.findall("subGate") if kind == "gateFractional" else [gate]
        for part in parts:
            name = next(names)
            expected = [values(root, part, kind, v, q10(gate)) for v in VOLTAGES]
            inf = np.array([x for x, _ in expected])
            worst = max(worst, float(np.abs(np.asarray(steady[name]) - inf).max()))
            times = np.array([x for _, x in expected], float)
            if name in tau and np.isfinite(times).all():
                found = tau[name].to_decimal(u.ms)
                worst = max(worst, float(np.abs(found / (1e3 * times) - 1).max()))
    if next(names, None) is not None:
        raise ValueError(f"{element.get('id')} has other gates than its class.")
    return worst


def q10(gate: Element) -> float:
    """Return the factor of the rates."""
    factor = 1.0
    for item in gate.findall("q10Settings"):
        if item.get("fixedQ10") is not None:
            factor *= quantity(item.get("fixedQ10", ""))
        else:
            warmer = WARM + 273.15 - quantity(item.get("experimentalTemp", ""))
            factor *= quantity(item.get("q10Factor", "")) ** (warmer / 10)
    return factor


def values(root: Element, gate: Element, kind: str, v: float, factor: float) -> tuple[Any, float]:
    """Return the steady state and the time constant of a gate, or the shares of a scheme."""
    around = {
        "v": v * 1e-3,
        "caConc": CALCIUM,
        "temperature": WARM + 273.15,
        "vShift": 0.0,
        "rateScale": factor,
    }
    if kind == "gateKS":
        return scheme(root, gate, around), math.nan
    found: dict[str, float] = {}
    for tag, name in (("forwardRate", "alpha"), ("reverseRate", "beta")):
        item = gate.find(tag)
        if item is not None:
            found[name] = around[name] = Component(root, item).value(around)
    both = found.get("alpha", 0.0) + found.get("beta", 0.0)
    inf = found["alpha"] / both if both else math.nan
    tau = 1 / both if both else math.nan
    for tag in ("steadyState", "timeCourse"):
        item = gate.find(tag)
        if item is not None:
            value = Component(root, item).value(around)
            inf, tau = (value, tau) if tag == "steadyState" else (inf, value)
    if kind == "gateHHInstantaneous":
        tau = math.nan
    return inf, tau / factor


def scheme(root: Element, gate: Element, around: dict[str, float]) -> np.ndarray:
    """Return the shares of the states of a scheme where it stays."""
    names = [x.get("id", "") for x in gate if x.tag in ("closedState", "openState")]
    flow = np.zeros((len(names), len(names)))

    def add(source: str | None, target: str | None, rate: float) -> None:
        a, b = names.index(source or ""), names.index(target or "")
        flow[b, a] += rate
        flow[a, a] -= rate

    for item in gate:
        a, b = item.get("from"), item.get("to")
        if item.tag == "forwardTransition":
            add(a, b, Component(root, item[0]).value(around))
        elif item.tag == "reverseTransition":
            add(b, a, Component(root, item[0]).value(around))
        elif item.tag in ("vHalfTransition", "tauInfTransition"):
            raise ValueError(f"{item.tag} is not evaluated here.")
    matrix = np.vstack([flow / np.abs(flow).max(), np.ones(len(names))])
    right = np.append(np.zeros(len(names)), 1.0)
    return np.linalg.lstsq(matrix, right, rcond=None)[0]

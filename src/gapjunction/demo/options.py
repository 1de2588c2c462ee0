"""Reading the values of command-line options, and refusing those out of range."""

from __future__ import annotations

import argparse
import math
from typing import Final

_LARGE: Final = 1e6
"""Largest current in pA and largest conductance in pS. They exceed those of any neuron, and are far
below the largest number of float32."""


def positive(text: str) -> float:
    """Read a finite number above zero."""
    number = _finite(text)
    if number <= 0:
        raise argparse.ArgumentTypeError(f"must be greater than 0, got {text!r}")
    return number


def conductance(text: str) -> float:
    """Read a conductance in pS."""
    number = _finite(text)
    if not 0 <= number <= _LARGE:
        raise argparse.ArgumentTypeError(f"must be in 0 to {_LARGE:g} (pS), got {text!r}")
    return number


def count(text: str) -> int:
    """Read a whole number of at least 1."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, got {text!r}")
    return number


def stimulus(text: str) -> tuple[str, float]:
    """Read ``NAME=PA``: a neuron and a current in pA."""
    name, equals, current = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"must be NAME=PA, such as PLML=2000, got {text!r}")
    number = _finite(current)
    if abs(number) > _LARGE:
        raise argparse.ArgumentTypeError(f"must be within {_LARGE:g} (pA) of 0, got {text!r}")
    return name, number


def _finite(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a number, got {text!r}") from None
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"must be finite, got {text!r}")
    return number

"""What the commands of this folder share: names to choose from, and double precision."""

import argparse
import warnings

import brainstate
import jax
import numpy as np

import gapjunction as gj


def chosen(doc, what, known):
    """Return the names given on the command line, which must be known; by default all."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar=what.upper(), help=", ".join(known))
    names = parser.parse_args().names or list(known)
    if unknown := set(names) - set(known):
        parser.error(f"no such {what}: {', '.join(sorted(unknown))}")
    return names


def double():
    """Compute in float64; that explicit coupling blows up is in the tables."""
    jax.config.update("jax_enable_x64", True)
    brainstate.environ.set(precision=64)
    warnings.simplefilter("ignore", gj.GapJunctionWarning)
    np.seterr(over="ignore", invalid="ignore")

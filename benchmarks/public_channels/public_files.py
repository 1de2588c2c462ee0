"""Of the channel files that are public, those of two lists are read and compared.

`benchmarks/public_channels/draw.py` drew them by seed from all distinct files of the
repositories in `repositories.txt`. A class made of an NMODL file is held at nine voltages for
20 ms, as is the file itself in NEURON with its tables off, and their currents are compared; they
agree if no difference exceeds 1e-4 of the largest current. Parameters have the values of the
file, or 0.01 if all of its currents are 0 with these; a temperature that is not given is 30
degrees. Of NeuroML files the steady state and the time constant of each gate are compared with the
file's expressions, which a script of its own evaluates.
"""

from __future__ import annotations

import argparse
import functools
import re
import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
# Behind all else: nothing installed is to be hidden by a script's name.
sys.path.append(str(HERE.parent))

import harness  # noqa: E402
from public_channels import neuroml_trial, nmodl_trial  # noqa: E402
from public_channels.in_neuron import Neuron  # noqa: E402
from public_channels.outcome import Outcome, each  # noqa: E402
from public_channels.places import Address, Source  # noqa: E402
from tables import Table  # noqa: E402

QUESTION = "Are public channel files read, and read right?"
_INCLUDE = re.compile(r'\bINCLUDE\s+"([^"/\\]+)"')
_KINDS = ("agrees", "differs", "not compared", "refused", "failed")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add where files and NEURON are."""
    parser.add_argument("--clones", type=Path, help="folder of clones called OWNER+NAME")
    parser.add_argument("--cache", type=Path, default=Path(".cache/public_channels"))
    parser.add_argument("--neuron", type=Path, required=True, help="environment with NEURON")
    parser.add_argument("--flags", default="-O0", help="of the C++ compiler")
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--seconds", type=int, default=120, help="limit of a file")


def measure(options: argparse.Namespace) -> list[Table]:
    """Return how many files there are of each outcome, and the reasons."""
    source = Source(options.clones, options.cache / "files")
    lists = {kind: _addresses(kind, options.quick) for kind in ("nmodl", "neuroml")}
    files = {kind: [source.fetched(x) for x in found] for kind, found in lists.items()}
    for address, file in zip(lists["nmodl"], files["nmodl"], strict=True):
        for name in _INCLUDE.findall(file.read_text(encoding="latin-1")):
            source.beside(address, name)
    neuron = Neuron(options.neuron, options.cache / "neuron", options.flags)
    neuron.build(files["nmodl"])
    found = {
        "nmodl": nmodl_trial.trials(files["nmodl"], neuron, options.workers, options.seconds),
        "neuroml": each(
            neuroml_trial.trial,
            files["neuroml"],
            options.workers,
            options.seconds,
            functools.partial(Outcome, "failed"),
        ),
    }
    rows, rest = [], []
    for kind, outcomes in found.items():
        rows.append(_counted(kind, outcomes))
        for address, outcome in zip(lists[kind], outcomes, strict=True):
            if outcome.kind != "agrees":
                rest.append(_named(address, outcome))
    return [
        Table("Public files, by what became of them", rows, (f"Reference: {neuron.version()}.",)),
        Table("Those that are not read, or do not agree", rest),
    ]


def _addresses(kind: str, quick: bool) -> list[Address]:
    lines = (HERE / f"{kind}.txt").read_text(encoding="utf-8").splitlines()
    return [Address.parse(line) for line in (lines[:8] if quick else lines)]


def _counted(kind: str, outcomes: list[Outcome]) -> dict[str, object]:
    count = Counter(outcome.kind for outcome in outcomes)
    compared = count["agrees"] + count["differs"]
    imported = compared + count["not compared"]
    errors = [x.error for x in outcomes if x.kind == "agrees" and x.error is not None]
    return {
        "files": kind,
        "drawn": len(outcomes),
        "read": imported,
        "read, %": round(100 * imported / len(outcomes), 1),
        **{word: count[word] for word in _KINDS},
        "agree of those compared, %": round(100 * count["agrees"] / max(compared, 1), 1),
        "largest difference of those that agree": f"{max(errors, default=0.0):.1e}",
    }


def _named(address: Address, outcome: Outcome) -> dict[str, object]:
    reason = outcome.reason
    if outcome.error is not None:
        reason = f"by {outcome.error:.2g} of the largest current"
    return {"file": str(address), "outcome": outcome.kind, "reason": reason[:200]}


if __name__ == "__main__":
    harness.main(QUESTION, __doc__, measure, add_options)

"""Which public files are tried: a draw by seed from all distinct ones of a list of repositories.

    python benchmarks/public_channels/draw.py --clones FOLDER

needs clones of the repositories of ``repositories.txt``, and writes ``nmodl.txt`` and
``neuroml.txt``: the SHA-256 and the address of each file that was drawn. Two files are one if
they differ in nothing but comments and white space.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent))

from public_channels.places import Address, Source  # noqa: E402

SEED = 18
KINDS: dict[str, tuple[str, int]] = {"nmodl": (".mod", 320), "neuroml": (".channel.nml", 100)}
_COMMENT = re.compile(r"\bCOMMENT\b.*?\bENDCOMMENT\b|[:?][^\n]*|\bTITLE\b[^\n]*", re.DOTALL)
_XML_COMMENT = re.compile(r"<!--.*?-->|<notes>.*?</notes>", re.DOTALL)
_WRITES = re.compile(
    r"\bUSEION\s+(\w+)((?:\s+(?:READ|WRITE)\s+\w+(?:\s*,\s*\w+)*|\s+VALENCE\s+[-+\d.]+)*)"
)


def mechanism(text: str) -> str | None:
    """Return what counts of an NMODL file with a density current, or None for another file."""
    bare = _COMMENT.sub(" ", text)
    if not re.search(r"\bSUFFIX\s+\w", bare):
        return None
    written = any(
        f"i{ion}" in re.findall(r"\w+", part)
        for ion, uses in _WRITES.findall(bare)
        for part in re.findall(r"WRITE([\s\w,]*?)(?=READ|VALENCE|$)", uses)
    )
    if not written and "NONSPECIFIC_CURRENT" not in bare:
        return None
    return "".join(bare.split())


def channel(text: str) -> str | None:
    """Return what counts of a NeuroML file with a channel, or None for another file."""
    bare = _XML_COMMENT.sub(" ", text)
    return "".join(bare.split()) if "<ionChannel" in bare else None


def frame(source: Source, kind: str) -> list[Address]:
    """Return one address for each distinct file, in the order of repositories and paths."""
    ending, _ = KINDS[kind]
    what: Callable[[str], str | None] = mechanism if kind == "nmodl" else channel
    found: dict[str, Address] = {}
    for line in (HERE / "repositories.txt").read_text(encoding="utf-8").splitlines():
        repository, commit = line.split()
        for path, content in source.files(repository, commit, ending):
            counts = what(content.decode("latin-1"))
            if counts is not None:
                digest = hashlib.sha256(content).hexdigest()
                found.setdefault(counts, Address(repository, commit, path, digest))
    return sorted(found.values())


def main() -> None:
    """Draw, and write the lists."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clones", type=Path, required=True)
    options = parser.parse_args()
    for kind, (_, number) in KINDS.items():
        every = frame(Source(options.clones, Path()), kind)
        drawn = random.Random(SEED).sample(every, min(number, len(every)))
        text = "".join(f"{address.line}\n" for address in drawn)
        (HERE / f"{kind}.txt").write_text(text, encoding="utf-8")
        print(f"{kind}: {len(drawn)} of {len(every)} distinct files")


if __name__ == "__main__":
    main()

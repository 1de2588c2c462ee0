"""The cards of all channels as pictures, drawn when the site is built.

Drawing one takes seconds, because JAX compiles for it. Several processes share the work, and cards
are drawn again only where the code of channels or of figures has changed.
"""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import gapjunction
from gapjunction.ion_channels import catalogue

PACKAGE: Final = Path(gapjunction.__file__).parent
_KEY: Final = "drawn_from.txt"
_MOST: Final = 4
_COLOURS: Final = 256


def key() -> str:
    """Return what differs if cards have to be drawn again."""
    found = hashlib.sha256(Path(__file__).read_bytes())
    for folder in ("ion_channels", "plotting"):
        for path in sorted((PACKAGE / folder).rglob("*.py")):
            found.update(path.read_bytes())
    return found.hexdigest()


def draw_all(folder: Path) -> None:
    """Draw the cards of the catalogue into a folder, unless they are there."""
    names = [entry.name for entry in catalogue.INDEX]
    folder.mkdir(parents=True, exist_ok=True)
    mark = folder / _KEY
    if mark.exists() and mark.read_text(encoding="utf-8") == key():
        missing = [name for name in names if not (folder / f"{name}.png").exists()]
    else:
        mark.unlink(missing_ok=True)
        missing = names
    # What was compiled is kept where the tests keep it.
    kept = {
        "JAX_COMPILATION_CACHE_DIR": str(PACKAGE.parents[1] / ".cache" / "jax"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    }
    workers = min(_MOST, os.cpu_count() or 1, len(missing))
    jobs = [
        subprocess.Popen(
            [sys.executable, __file__, str(folder), *missing[k::workers]], env=kept | os.environ
        )
        for k in range(workers)
    ]
    # All of them are waited for, whether or not one has failed.
    failed = [job for job in jobs if job.wait() != 0]
    if failed:
        raise RuntimeError("the cards of channels could not be drawn.")
    mark.write_text(key(), encoding="utf-8")


def draw(folder: Path, names: list[str]) -> None:
    """Draw some cards into a folder."""
    import jax
    from PIL import Image

    from gapjunction.plotting import channel_card

    # Little is computed, so that to optimise takes longer than it saves.
    jax.config.update("jax_disable_most_optimizations", True)
    for name in names:
        drawn = io.BytesIO()
        channel_card(catalogue.load(name)).savefig(drawn, dpi=100)
        picture = Image.open(drawn).convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
        picture.save(folder / f"{name}.png", optimize=True)


if __name__ == "__main__":
    draw(Path(sys.argv[1]), sys.argv[2:])

"""Execute the notebooks, and write them with their outputs into ``examples/notebooks``.

Run it as ``make notebooks``, or ``make notebooks NOTEBOOKS="worm zoo"`` for some of them. What it
writes depends on the sources alone, as far as results do: cells are numbered in their order, and
there are no times, paths or addresses of objects in it. ``--tables`` only brings the tables of
notebooks in the README and in the site up to date.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

import notebook_files

MOST: Final = 1_000_000
"""Size of a file in bytes that code hosts still show."""
_THUMBNAIL: Final = 220
_TIMEOUT: Final = 900
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")
# What differs from machine to machine, or from run to run.
_OWN: Final = re.compile(
    r"\bat 0x[0-9a-f]{6,}|site-packages|(?<![\w.])/(home|root|tmp|Users)/|\\Users\\"
)
# Jupyter shows no other kinds of output here.
_KINDS: Final = ("image/png", "text/latex", "text/plain")


def main(arguments: list[str] | None = None) -> int:
    """Make the notebooks that are named, by default all of them."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    known = notebook_files.names()
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(known)}")
    parser.add_argument("--tables", action="store_true", help="write the tables, and no notebook")
    args = parser.parse_args(arguments)
    if wrong := set(args.names) - set(known):
        parser.error(f"no notebook {', '.join(sorted(wrong))}; there are {', '.join(known)}")
    if not args.tables:
        old = notebook_files.left_out()
        for name in args.names or known:
            if name in old and not args.names:
                need = notebook_files.read(name).needs
                print(f"{name} is left as it is: it needs {need}", flush=True)
                continue
            print(f"{name} ...", end=" ", flush=True)
            print(f"{make(name) / 1e3:.0f} kB", flush=True)
    for page in notebook_files.TABLES:
        page.write_text(notebook_files.with_table(page), encoding="utf-8")
    return 0


def make(name: str) -> int:
    """Execute a notebook and write its file and its small picture; return the file's size."""
    import nbformat
    from nbclient import NotebookClient

    notebook = notebook_files.read(name)
    made = notebook_files.contents(notebook)
    ran = nbformat.from_dict(json.loads(json.dumps(made)))
    for cell in ran.cells:
        cell.source = "".join(cell.source)
    notebook.file.parent.mkdir(exist_ok=True)
    # Figures are outputs of their cells, whatever backend this process is asked to have; and what
    # tqdm says in every notebook of a Jupyter that has no widgets is left out.
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    os.environ["PYTHONWARNINGS"] = "ignore:IProgress not found"
    resources = {"metadata": {"path": str(notebook.file.parent)}}
    NotebookClient(ran, timeout=_TIMEOUT, kernel_name="python3", resources=resources).execute()
    count = 0
    for cell, done in zip(made["cells"], ran.cells, strict=True):
        if cell["cell_type"] == "code":
            cell["execution_count"] = count = count + 1
            tags = cell["metadata"].get("tags", [])
            where = f"{name}, cell {cell['id']}"
            cell["outputs"] = joined(tidy(item, tags, count, where) for item in done.outputs)
    text = json.dumps(made, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    size = len(text.encode())
    if size > MOST:
        raise ValueError(f"{name} must be smaller than {MOST} bytes, got {size}.")
    notebook.thumbnail.parent.mkdir(exist_ok=True)
    notebook.thumbnail.write_bytes(_small(_picture(made)))
    notebook.file.write_text(text, encoding="utf-8")
    return size


def tidy(output: Any, tags: list[str], count: int, where: str) -> dict[str, Any] | None:
    """Return an output without what differs from run to run, or None where it is not shown."""
    kind = output["output_type"]
    if kind == "stream":
        if output["name"] == "stderr":
            if "remove-stderr" in tags:
                return None
            raise ValueError(f"{where} must not write to stderr, got {output['text']!r}.")
        return {"output_type": kind, "name": "stdout", "text": _lines(output["text"], where)}
    if kind == "error":
        # Of a traceback the last lines: those before name files of this machine.
        said = f"{output['ename']}: {_COLOURS.sub('', output['evalue'])}"
        _lines(said, where)
        return {
            "output_type": kind,
            "ename": output["ename"],
            "evalue": output["evalue"],
            "traceback": [f"\x1b[31m{output['ename']}\x1b[39m{said[len(output['ename']) :]}"],
        }
    data = {}
    for form in _KINDS:
        if form == "image/png" and form in output["data"]:
            data[form] = base64.b64encode(smaller(output["data"][form])).decode("ascii") + "\n"
        elif form in output["data"]:
            data[form] = _lines(output["data"][form], where)
    shown = {"output_type": kind, "data": data, "metadata": {}}
    return shown | ({"execution_count": count} if kind == "execute_result" else {})


def joined(outputs: Iterable[dict[str, Any] | None]) -> list[dict[str, Any]]:
    """Return outputs with printed text as one: where the kernel cuts it depends on time."""
    found: list[dict[str, Any]] = []
    for output in filter(None, outputs):
        if found and output["output_type"] == found[-1]["output_type"] == "stream":
            text = "".join([*found[-1]["text"], *output["text"]])
            found[-1]["text"] = text.splitlines(keepends=True)
        else:
            found.append(output)
    return found


def _lines(text: str, where: str) -> list[str]:
    text = _COLOURS.sub("", text)
    if found := _OWN.search(text):
        raise ValueError(f"{where} must print nothing of one run or machine, got {found[0]!r}.")
    return text.splitlines(keepends=True)


def smaller(picture: str) -> bytes:
    """Return a picture with at most 256 colours and without a program's name in it."""
    from PIL import Image

    image = Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB")
    return _packed(image)


def _packed(image: Any) -> bytes:
    from PIL import Image

    few = image.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    written = io.BytesIO()
    few.save(written, "PNG", optimize=True)
    return written.getvalue()


def _picture(made: dict[str, Any]) -> bytes:
    """Return the picture of the cell with the tag 'thumbnail', or the first that there is."""
    found = []
    for cell in made["cells"]:
        for output in cell.get("outputs", ()):
            if "image/png" in output.get("data", {}):
                first = "thumbnail" not in cell["metadata"].get("tags", ())
                found.append((first, len(found), output["data"]["image/png"]))
    if not found:
        raise ValueError("a notebook must have a figure.")
    return base64.b64decode(min(found)[2])


def _small(picture: bytes) -> bytes:
    from PIL import Image

    image = Image.open(io.BytesIO(picture)).convert("RGB")
    height = round(image.height * _THUMBNAIL / image.width)
    return _packed(image.resize((_THUMBNAIL, height), Image.Resampling.LANCZOS))


if __name__ == "__main__":
    sys.exit(main())

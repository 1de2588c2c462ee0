"""Installs a wheel into an empty environment, and runs what the README shows.

``python .github/try_wheel.py dist/gapjunction-0.1.0-py3-none-any.whl`` makes an environment of the
Python that it is run with, in a temporary folder, and runs there the README's commands and its
blocks of Python, in their order and outside of the checkout. It exits with 1 where one fails.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

README = Path(__file__).resolve().parents[1] / "README.md"
# The demo, which the README runs by make; one of the blocks loads what it writes.
DEMO = ["demo", "--duration", "10", "--output", "results", "--quiet"]
BLOCKS = """
import sys
from pathlib import Path

import gapjunction as gj
from gapjunction.kernels import native

if not Path(gj.__file__).is_relative_to(sys.prefix):
    sys.exit(f"gapjunction must be that of the wheel, got {gj.__file__}.")
for number, block in enumerate(Path("blocks.txt").read_text("utf-8").split("\\0"), start=1):
    exec(compile(block, f"README.md, block {number}", "exec"), {})
print("gapjunction", gj.__version__, "ran", number, "blocks;", native.status())
"""


def main(wheel: str) -> int:
    """Try a wheel; return the exit status."""
    text = README.read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.S)
    commands = [line.split() for line in re.findall(r"^\$ gapjunction (.+)$", text, re.M)]
    if not blocks or not commands:
        print("the README must have blocks of Python and commands.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        venv.create(folder / "env", with_pip=True)
        programs = folder / "env" / ("Scripts" if sys.platform == "win32" else "bin")
        python = str(programs / "python")
        install = [python, "-m", "pip", "install", "--quiet", str(Path(wheel).resolve())]
        subprocess.run(install, check=True)
        (folder / "blocks.txt").write_text("\0".join(blocks), encoding="utf-8")
        for arguments in (["--version"], *commands, DEMO):
            print("$ gapjunction", *arguments, flush=True)
            subprocess.run([str(programs / "gapjunction"), *arguments], cwd=folder, check=True)
        # -I: neither the folder nor the user's settings add to what can be imported.
        return subprocess.run([python, "-I", "-c", BLOCKS], cwd=folder, check=False).returncode


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python try_wheel.py WHEEL")
    try:
        sys.exit(main(sys.argv[1]))
    except subprocess.CalledProcessError as error:
        sys.exit(f"failed: {error}")

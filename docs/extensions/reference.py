"""The API reference: pages made before Sphinx reads any, docstrings mended, and none forgotten."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path
from typing import Any, Final

import cards
from reference_pages import bases, pages, public
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.inspect import stringify_signature

CARDS: Final = "cards"
FOLDER: Final = "reference"
_COLON: Final = "\ue000"
_log = logging.getLogger(__name__)


def _write(app: Sphinx) -> None:
    folder = Path(app.srcdir) / FOLDER
    folder.mkdir(exist_ok=True)
    made = pages()
    for old in {path.name for path in folder.glob("*.rst")} - set(made):
        (folder / old).unlink()
    cards.draw_all(folder / CARDS)
    for name, text in made.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def _show_bases(app: Sphinx, name: str, item: Any, options: Any, found: list[Any]) -> None:
    found[:] = bases(item)


def _take_init(
    app: Sphinx, what: str, name: str, item: Any, options: Any, signature: str, returned: str
) -> tuple[str | None, str | None]:
    # brainstate's metaclass takes any arguments, and hides those of the class.
    if what == "class" and type(item).__call__ is not type.__call__:
        found = inspect.signature(item.__init__)
        bound = found.replace(parameters=list(found.parameters.values())[1:])
        signature = stringify_signature(bound, show_annotation=False, show_return_annotation=False)
    return signature, returned


def _hide_colon(
    app: Sphinx, what: str, name: str, item: Any, options: Any, lines: list[str]
) -> None:
    # Of a property, Napoleon takes what stands before a colon for its type.
    if what == "property" and lines:
        lines[0] = lines[0].replace(":", _COLON)


def _mend(app: Sphinx, what: str, name: str, item: Any, options: Any, lines: list[str]) -> None:
    # References as a list: footnotes of several docstrings on one page would have equal numbers.
    for k, line in enumerate(lines):
        line = re.sub(r"^(\s*)\.\. \[(\d)\] ", r"\1\2. ", line.replace(_COLON, ":"))
        lines[k] = re.sub(r"\[(\d)\]_", r"[\1]", line)


def _find_source(app: Sphinx, module: str, name: str) -> str | None:
    """Return the module whose file has an object, for those that name another as their own."""
    item: Any = sys.modules.get(module)
    for part in name.split("."):
        item = getattr(item, part, None)
    functions = [item, *(vars(item).values() if inspect.isclass(item) else ())]
    found = (getattr(function, "__globals__", {}).get("__name__") for function in functions)
    return next((place for place in found if str(place).startswith("gapjunction")), None)


def missing(env: BuildEnvironment) -> list[str]:
    """Return the public names that no page describes."""
    objects = env.domains.python_domain.objects
    return sorted({f"{page}.{name}" for page, name in public()} - set(objects))


def _check(app: Sphinx, env: BuildEnvironment) -> None:
    for name in missing(env):
        _log.warning("%s is public, and not in the reference", name)


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the pages before Sphinx reads any, and check at the end."""
    app.connect("builder-inited", _write)
    app.connect("viewcode-follow-imported", _find_source)
    app.connect("autodoc-process-bases", _show_bases)
    app.connect("autodoc-process-signature", _take_init)
    app.connect("autodoc-process-docstring", _hide_colon, priority=100)
    app.connect("autodoc-process-docstring", _mend, priority=900)
    app.connect("env-check-consistency", _check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

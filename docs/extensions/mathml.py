"""Formulas as MathML, which browsers draw by themselves: pages need no script and no network.

A formula that cannot be read is a warning, and so an error of the build.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from docutils.utils.math import MathError, latex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging

_log = logging.getLogger(__name__)


def _write(translator: Any, node: nodes.math | nodes.math_block, *, block: bool) -> None:
    # Delimiters whose size is given, but not whether they open or close.
    tex = re.sub(r"\\(bigg?|Bigg?)(?![a-zA-Z])", r"\\\1l", node.astext())
    try:
        written = latex2mathml.tex2mathml(tex, as_block=block)
    except MathError as error:
        _log.warning("formula %r cannot be read: %s", tex, error, location=node)
        raise nodes.SkipNode from None
    tag = "div" if block else "span"
    translator.body.append(translator.starttag(node, tag, "", CLASS="math") + written + f"</{tag}>")
    raise nodes.SkipNode


def _inline(translator: Any, node: nodes.math) -> None:
    _write(translator, node, block=False)


def _block(translator: Any, node: nodes.math_block) -> None:
    _write(translator, node, block=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the renderer, as Sphinx asks for it."""
    app.add_html_math_renderer("mathml", (_inline, None), (_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}

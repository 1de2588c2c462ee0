"""Formulas become MathML, or the build says which cannot."""

import logging

import pytest

pytest.importorskip("sphinx", reason="the extra 'docs' is not installed")

import mathml
from docutils import nodes


class Page:
    def __init__(self):
        self.body = []

    def starttag(self, node, tag, suffix, **attributes):
        return f'<{tag} class="{attributes["CLASS"]}">'


def written(tex):
    page = Page()
    with pytest.raises(nodes.SkipNode):
        mathml._inline(page, nodes.math(tex, tex))
    return "".join(page.body)


def test_formula_is_written():
    text = written(r"\frac{a}{b}")
    assert text.startswith('<span class="math"><math')
    assert "<mfrac>" in text


def test_delimiters_of_one_size():
    assert written(r"\Big(x\Big)").count("<mo") == 2


def test_what_cannot_be_read_is_told(caplog):
    # Sphinx's loggers do not propagate by themselves.
    logger = logging.getLogger("sphinx.mathml")
    logger.addHandler(caplog.handler)
    try:
        assert written(r"\nothing{x}") == ""
    finally:
        logger.removeHandler(caplog.handler)
    assert "cannot be read" in caplog.text

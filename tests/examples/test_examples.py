"""The examples run, and find what they say they find."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "examples"


def test_asymmetric_lif(load, tmp_path):
    coefficient = load("asymmetric_lif")["main"](tmp_path)
    assert coefficient == pytest.approx(1 / 6, abs=1e-3)
    assert (tmp_path / "asymmetric_lif.png").stat().st_size > 10_000


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_every_example_has_a_test(path):
    assert any(f'load("{path.stem}")' in test.read_text() for test in HERE.glob("test_*.py"))


def test_page_of_examples_has_all_that_have_a_figure():
    page = (EXAMPLES.parent / "docs" / "examples.md").read_text()
    figures = {path.stem for path in (EXAMPLES.parent / "docs" / "images").glob("*.png")}
    for path in EXAMPLES.glob("*.py"):
        if path.stem in figures:
            assert f"../examples/{path.name}" in page
            assert f"images/{path.stem}.png" in page

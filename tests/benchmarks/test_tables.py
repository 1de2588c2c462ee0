"""Tables in Markdown."""

import doctest

import tables
from tables import Table


def test_numbers_are_aligned_right_and_gaps_are_marked():
    table = Table("Speeds, in m/s", [{"who": "a", "v": 12.5}, {"who": "b", "w": 3}], ["Rough."])
    assert table.markdown().splitlines() == [
        "**Speeds, in m/s**",
        "",
        "| who | v | w |",
        "| --- | ---: | ---: |",
        "| a | 12.5 | – |",
        "| b | – | 3 |",
        "",
        "- Rough.",
    ]


def test_table_without_rows_is_its_notes():
    assert Table("Nothing", [], ["No peer."]).markdown() == "**Nothing**\n\n- No peer."


def test_examples():
    assert doctest.testmod(tables).failed == 0

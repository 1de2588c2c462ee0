"""Sentences and pictures: what they say is in the reports."""

import json
import re
from pathlib import Path

import pytest

import figures
import page
import summary

DOCS = Path(__file__).parents[2] / "docs"
README = (DOCS.parent / "README.md").read_text()


def report(name, *tables):
    return {
        "name": name,
        "tables": [{"title": t, "rows": rows, "notes": n} for t, rows, n in tables],
    }


def speed(n, gain, bare=1.0, **more):
    row = {"N": n, "K": 4, "conductances": "one", "layout": "rows"}
    return {**row, "speed-up": gain, "bare, speed-up": bare, **more}


def peer(name, time, error):
    return {"simulator": name, "method": "m", "N = 100": time, "rms error, mV": error}


def test_sentences_have_the_numbers_of_the_reports():
    found = {
        "coupling": report("coupling", ("", [speed(10, 2.0, 3.0), speed(20, 8.0, 12.0)], [])),
        "training": report("training", ("Gradient through 3 steps, x", [], ["Speed-up 5; so."])),
        "scaling": report(
            "scaling",
            ("Cost by edges", [{"edges": 7, "construction, s": 2.5, "step, us": 1e3}], []),
        ),
    }
    classes, bare, gradient, size = summary.benchmarks(found)
    assert "through the classes that users call" in classes
    assert "2.00 to 8.00 times as fast, 4.00 times in the geometric mean" in classes
    assert "3.00 to 12.0 times as fast, 6.00 times in the geometric mean" in bare
    assert "3 steps, x): speed-up 5; so." in gradient
    assert "7 junctions is made in 2.50 s; a step of its coupling takes 1.00 ms" in size
    assert summary.benchmarks({}) == []


def test_networks_with_a_structure_are_named():
    batch = speed(10, 3.0, network="batch of 16")
    every = speed(20, 2.5, network="all to all", layout="complete", edges=190)
    found = report("coupling", ("Random", [], []), ("Batches", [batch, every], []))
    one, two = summary.benchmarks({"coupling": found})
    assert "batch of 16 (N = 10) 3.00 times" in one
    assert "all 20 cells are coupled to all with one conductance: 2.50 times" in two
    assert "190 edges" in two


def test_front_is_who_is_beaten_by_nobody_in_both():
    peers = [peer("slow", 9.0, 5.0), peer("fast", 1.0, 7.0), peer("exact", 8.0, 0.1)]
    peers += [
        peer("no better", 8.5, 0.0999),
        {"simulator": "failed", "method": "m", "N = 100": None},
    ]
    found = report("peer_simulators", ("Microseconds per step", peers, []))
    assert [r["simulator"] for r in summary.on_the_front(found)] == ["fast", "exact"]
    (text,) = summary.benchmarks({"peer_simulators": found})
    assert "fast, m (1.00 us, 7.00 mV); exact, m (8.00 us, 0.100 mV)" in text


@pytest.mark.parametrize("dense", [0.25, 4.0])
def test_layouts_are_explained_only_where_they_look_odd(dense):
    row = {"edges": 1.0, "rows": 2.0, "padded": 3.0, "dense": dense, "chosen": "edges"}
    bare, *others = summary.remarks(report("layouts", ("", [row], [])))
    assert "bare kernels" in bare
    assert len(others) == (dense < 1)
    if others:
        assert "In 1 rows" in others[0]
        assert "up to 4.00 times as fast" in others[0]


def test_speedups_are_drawn_as_measured_and_bare_ones_are_called_so():
    rows = [speed(10, 2.0, 3.0), speed(100, 8.0, 12.0)]
    drawn = figures.speedups({"coupling": report("coupling", ("", rows, []))})
    panels = {ax.get_title(): ax.lines[0].get_xydata().tolist() for ax in drawn.axes}
    assert panels == {
        "through the classes that users call": [[10, 2.0], [100, 8.0]],
        "bare kernels": [[10, 3.0], [100, 12.0]],
    }


def test_every_picture_of_the_pages_is_there_and_drawn_from_what_is_there():
    for name in ("benchmarks", "validation"):
        reports = page.newest(page.read(DOCS / name))
        for picture in figures.pictures(name):
            assert (DOCS / "images" / f"{name}_{picture.name}.svg").exists()
            assert picture.draw(reports) is not None
            assert picture.draw({}) is None


def test_error_and_cost_has_all_simulators_and_modes():
    reports = page.newest(page.read(DOCS / "benchmarks"))
    peers, modes = figures.error_and_cost(reports).axes
    shown = {line.get_label(): line for line in peers.lines}
    table = json.loads((DOCS / "benchmarks" / "peer_simulators.json").read_text())["tables"][0]
    for row in table["rows"]:
        if row.get("N = 100") and row.get("rms error, mV"):
            points = shown[row["simulator"]].get_xydata().tolist()
            assert [row["N = 100"], row["rms error, mV"]] in points
    assert {line.get_label() for line in modes.lines} == {"stage", "semi_implicit", "implicit"}


def test_readme_has_the_speeds_and_errors_of_the_reports():
    text = " ".join(README.split())
    reports = page.newest(page.read(DOCS / "benchmarks"))
    found = [row for row in summary.rows(reports["network_step"]) if row["float"] == 32]
    said = re.search(
        r"is (\S+) to (\S+) times as fast after .* and (\S+) to (\S+) times with", text
    )
    for key, low, high in (
        ("speed-up, import changed", said[1], said[2]),
        ("speed-up, exp_euler", said[3], said[4]),
    ):
        gains = [row[key] for row in found]
        assert (f"{min(gains):.1f}", f"{max(gains):.1f}") == (low, high)
    errors = {(r["simulator"], r["method"]): r for r in summary.priced(reports["peer_simulators"])}
    own, better = (
        errors["gapjunction", f"{name}, float32"]["rms error, mV"]
        for name in ("exponential Euler", "staggered")
    )
    assert f"its error is a {own / better:.0f}th" in text
    assert own == max(r["rms error, mV"] for r in errors.values())
    (note, *_) = reports["training"]["tables"][0]["notes"]
    gradient = float(re.search(r"Speed-up ([\d.]+);", note)[1])
    assert f"every conductance are {gradient:.1f} times as fast" in text
    structure = {r["layout"]: r["speed-up"] for r in summary.rows(reports["coupling"], "Batches")}
    lattice, complete = re.search(r"Lattices gain (\S+) times, .* all (\S+) times", text).groups()
    assert float(lattice) == pytest.approx(structure["shifts"], rel=0.05)
    assert float(complete.replace(",", "")) == pytest.approx(structure["complete"], rel=0.05)

"""All benchmarks, found and run one after another."""

import importlib
import json

import pytest

import run_all

from .test_page import REPORT

SCRIPT = """
import json, pathlib, sys
QUESTION = "{question}"
if {code}:
    sys.exit({code})
folder = pathlib.Path(sys.argv[sys.argv.index("--output") + 1])
folder.mkdir(parents=True, exist_ok=True)
report = json.loads({report!r})
report["quick"] = "--quick" in sys.argv
(folder / "{name}.json").write_text(json.dumps(report))
"""


def put(folder, name, code=0):
    report = json.dumps(REPORT | {"name": name, "question": f"Is {name}?"})
    text = SCRIPT.format(question=f"Is {name}?", name=name, code=code, report=report)
    (folder / f"{name}.py").write_text(text)


def test_a_failure_does_not_keep_others_from_running(tmp_path, capfd):
    put(tmp_path, "a", code=3)
    put(tmp_path, "b")
    (tmp_path / "helper.py").write_text("raise SystemExit('must not be run')")
    output = tmp_path / "out"
    assert run_all.main(["--quick", "--output", str(output)], folder=tmp_path) == 1
    assert json.loads((output / "b.json").read_text())["quick"] is True
    assert "### Is b?" in output.with_suffix(".md").read_text()
    assert "failed: a (exit status 3)" in capfd.readouterr().err


def test_some_can_be_chosen(tmp_path):
    put(tmp_path, "a")
    put(tmp_path, "b")
    output = tmp_path / "out"
    assert run_all.main(["--only", "b", "--output", str(output)], folder=tmp_path) == 0
    assert [path.name for path in sorted(output.glob("*.json"))] == ["b.json"]


def test_constants_are_read_without_importing(tmp_path):
    script = tmp_path / "x.py"
    script.write_text("A = [1, 'b']\nB: list[str] = []\nC = A + 1\nlower = 2\nraise SystemExit\n")
    assert run_all.constants(script) == {"A": [1, "b"], "B": []}


def test_every_benchmark_imports_without_side_effects(scripts, monkeypatch):
    found = run_all.benchmarks(scripts)
    assert "peer_simulators" in [script.stem for script in found]
    monkeypatch.setattr("sys.argv", ["pytest"])
    for script in found:
        module = importlib.import_module(script.stem)
        assert callable(module.measure), script
        assert isinstance(module.QUESTION, str), script
        assert module.__doc__, script


def test_exit_status_says_whether_any_failed(scripts):
    with pytest.raises(SystemExit) as stopped:
        run_all.main(["--only", "no-such-benchmark"])
    assert stopped.value.code == 2

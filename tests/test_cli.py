"""The command line."""

import json
import runpy
import signal
import sys
from importlib.metadata import version

import numpy as np
import pytest

import gapjunction as gj
from gapjunction import runs
from gapjunction.cli import main
from gapjunction.coupling import MODES
from gapjunction.demo import run as demo_run

SHORT = ["demo", "--duration", "0.2", "--dt", "0.1"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The output directory of a short run that went well."""
    folder = tmp_path_factory.mktemp("demo") / "new"
    assert main([*SHORT, "--quiet", "--output", str(folder)]) == 0
    return folder


@pytest.fixture
def no_figure(monkeypatch):
    """Leave the drawing out: it takes longest."""
    monkeypatch.setattr("gapjunction.demo.figure.draw_figure", lambda path, job, outcome: None)


def fails(capsys, *argv):
    """Run, and return the exit status with the lines on stdout and on stderr."""
    with pytest.raises(SystemExit) as caught:
        main(argv)
    out, err = capsys.readouterr()
    assert err.endswith("\n")
    return caught.value.code, out.splitlines(), err[:-1].split("\n")


BAD_OPTIONS = {
    "no command": ([], "required: COMMAND"),
    "unknown command": (["dem"], "choose from"),
    "unknown option": (["demo", "--steps", "3"], "unrecognized arguments: --steps 3"),
    "abbreviated option": (["demo", "--dura", "3"], "unrecognized arguments"),
    "stray argument": (["demo", "more"], "unrecognized arguments: more"),
    "no value": (["demo", "--dt"], "--dt: expected one argument"),
    "duration of zero": (["demo", "--duration", "0"], "--duration: must be greater than 0"),
    "negative duration": (["demo", "--duration", "-1"], "--duration: must be greater than 0"),
    "duration too short": (["demo", "--duration", "0.01"], "20 to 1000000 records"),
    "duration too long": (["demo", "--duration", "1e9"], "20 to 1000000 records"),
    "dt not a number": (["demo", "--dt", "fast"], "--dt: must be a number, got 'fast'"),
    "dt of zero": (["demo", "--dt", "0"], "--dt: must be greater than 0"),
    "negative dt": (["demo", "--dt", "-0.1"], "--dt: must be greater than 0"),
    "dt NaN": (["demo", "--dt", "nan"], "--dt: must be finite"),
    "dt infinite": (["demo", "--dt", "inf"], "--dt: must be finite"),
    "tiny dt": (["demo", "--dt", "1e-320"], "20 to 1000000 records"),
    "record-every of zero": (["demo", "--record-every", "0"], "whole number of at least 1"),
    "record-every not whole": (["demo", "--record-every", "1.5"], "whole number of at least 1"),
    "record-every too large": (["demo", "--record-every", "9999999"], "at most 1000000 steps"),
    "unknown neuron": (["demo", "--stimulus", "PLM=10"], "Did you mean PLML or PLMR?"),
    "neuron without current": (["demo", "--stimulus", "PLML"], "must be NAME=PA"),
    "current without neuron": (["demo", "--stimulus", "=10"], "must be NAME=PA"),
    "current not a number": (["demo", "--stimulus", "PLML=much"], "must be a number, got 'much'"),
    "current infinite": (["demo", "--stimulus", "PLML=inf"], "must be finite"),
    "current too large": (["demo", "--stimulus", "PLML=1e300"], "within 1e+06 (pA)"),
    "neuron twice": (["demo", "--stimulus", "PLML=1", "--stimulus", "PLML=2"], "more than once"),
    "two stimuli": (
        ["demo", "--published", "--stimulus", "PLML=1"],
        "not together with --stimulus",
    ),
    "line break in a name": (["demo", "--stimulus", "PL\nML=1"], "none of the 279 neurons"),
    "negative conductance": (["demo", "--gap-conductance", "-1"], "must be in 0 to 1e+06 (pS)"),
    "huge conductance": (["demo", "--gap-conductance", "1e300"], "must be in 0 to 1e+06 (pS)"),
    "unknown coupling": (["demo", "--coupling", "stag"], "Did you mean 'stage'?"),
    "coupling of the builtin": (["demo", "--builtin", "--coupling", "step"], "have none"),
}


@pytest.mark.parametrize("case", BAD_OPTIONS)
def test_bad_options_end_with_status_2_and_one_line(case, capsys, tmp_path, monkeypatch):
    argv, message = BAD_OPTIONS[case]
    monkeypatch.chdir(tmp_path)
    status, out, err = fails(capsys, *argv)
    assert (status, out, len(err)) == (2, [], 1)
    assert message in err[0]
    assert err[0].startswith("gapjunction")
    assert list(tmp_path.iterdir()) == []


def test_output_that_is_a_file_is_refused_at_once(capsys, tmp_path):
    taken = tmp_path / "taken"
    taken.write_text("mine")
    for path in (taken, taken / "below"):
        status, out, err = fails(capsys, "demo", "--output", str(path))
        assert (status, out, len(err)) == (2, [], 1)
        assert "taken is not a directory" in err[0]
    assert taken.read_text() == "mine"


def test_writes_a_figure_and_traces_and_nothing_else(finished):
    assert sorted(path.name for path in finished.iterdir()) == ["celegans.npz", "celegans.png"]
    assert (finished / "celegans.png").read_bytes().startswith(b"\x89PNG\r\n")


def test_traces_load_with_numpy_alone(finished):
    worm = gj.datasets.celegans()
    with np.load(finished / "celegans.npz", allow_pickle=False) as data:
        arrays = dict(data)
    time, V = arrays["time_ms"], arrays["V_mV"]
    np.testing.assert_allclose(time, np.arange(41) * 5.0)
    assert V.shape == (41, 279)
    assert np.isfinite(V).all()
    assert arrays["labels"].tolist() == list(worm.labels)
    stimulated = np.flatnonzero(arrays["stimulus_pA"])
    assert arrays["labels"][stimulated].tolist() == ["PLML", "PLMR"]
    assert V[-1].argmax() in stimulated
    assert arrays["mode_shapes"].shape == (2, len(arrays["motor_ids"]))
    assert arrays["mode_scores_mV"].shape == (len(arrays["mode_time_ms"]), 2)
    metadata = json.loads(str(arrays["metadata"]))
    assert metadata["parameters"]["gap_conductance"] == 100
    assert metadata["dt_ms"] == 0.1
    assert metadata["versions"]["gapjunction"] == version("gapjunction")


@pytest.mark.usefixtures("no_figure")
def test_quiet_prints_nothing(capsys, tmp_path):
    assert main([*SHORT, "--quiet", "--output", str(tmp_path)]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("no_figure")
def test_report_says_what_was_done_and_found(capsys, tmp_path):
    argv = [*SHORT, "--output", str(tmp_path), "--builtin", "--stimulus", "AVAL=30"]
    assert main(argv) == 0
    out, err = capsys.readouterr()
    for part in (
        "279 neurons",
        "887 gap junctions in 514 pairs",
        "brainpy.state.SymmetryGapJunction",
        "30 pA into AVAL",
        "1.13 at most (neurons, AVAL)",
        "Stable, but differences change sign at each step: take dt < 0.0847 ms",
        "0.2 s in 2,000 steps",
        "motor modes",
        str(tmp_path / "celegans.npz"),
    ):
        assert part in out
    assert "simulating" in err
    assert "100%" in err
    assert "2000/2000" in err  # the bar counts steps, as the text does


@pytest.mark.usefixtures("no_figure")
def test_options_reach_the_simulation(tmp_path, finished):
    argv = [*SHORT, "--quiet", "--output", str(tmp_path)]
    argv += ["--gap-conductance", "50", "--record-every", "20", "--coupling", "step"]
    assert main([*argv, "--stimulus", "AVAL=-20"]) == 0
    with np.load(tmp_path / "celegans.npz") as data, np.load(finished / "celegans.npz") as usual:
        assert data["time_ms"][1] == pytest.approx(2.0)
        assert json.loads(str(data["metadata"]))["parameters"]["gap_conductance"] == 50
        assert json.loads(str(data["metadata"]))["stimulus_pA"] == {"AVAL": -20}
        assert "'step'" in json.loads(str(data["metadata"]))["junction"]
        aval = list(data["labels"]).index("AVAL")
        assert data["V_mV"][-1, aval] < data["V_mV"][0, aval]
        assert usual["V_mV"][-1, aval] > usual["V_mV"][0, aval]


@pytest.mark.usefixtures("no_figure")
@pytest.mark.parametrize("coupling", ["semi_implicit", "implicit"])
def test_strong_coupling_runs_at_a_step_that_is_too_long_for_explicit(coupling, capsys, tmp_path):
    argv = ["demo", "--duration", "0.2", "--dt", "0.5", "--coupling", coupling]
    assert main([*argv, "--output", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert f"gapjunction.SymmetryGapJunction with coupling {coupling!r}, 100 pS each" in out
    assert "WARNING" not in out + err
    with np.load(tmp_path / "celegans.npz") as data:
        assert coupling in json.loads(str(data["metadata"]))["junction"]
        assert np.abs(data["V_mV"]).max() < 1e4


def test_unstable_step_is_warned_of_and_fails_with_status_1(capsys, tmp_path):
    folder = tmp_path / "new"
    argv = ["demo", "--duration", "0.5", "--dt", "0.2", "--output", str(folder)]
    status, out, err = fails(capsys, *argv)
    assert (status, len(err)) == (1, 1)
    assert "WARNING: Unstable: take dt < 0.169 ms" in "\n".join(out)
    assert "not finite after" in err[0]
    assert "--dt below 0.169 (ms), or --coupling implicit; " in err[0]
    assert "nothing was written" in err[0]
    assert not folder.exists()
    status, out, err = fails(capsys, *argv, "--quiet")
    assert (status, out, len(err)) == (1, [], 1)


@pytest.mark.usefixtures("no_figure")
def test_disk_error_leaves_earlier_files_as_they_were(capsys, tmp_path, monkeypatch):
    def full(path, job, outcome):
        path.write_bytes(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr("gapjunction.demo.traces.save_traces", full)
    earlier = tmp_path / "celegans.npz"
    earlier.write_bytes(b"earlier")
    status, out, err = fails(capsys, *SHORT, "--quiet", "--output", str(tmp_path))
    assert (status, out, len(err)) == (1, [], 1)
    assert "No space left on device" in err[0]
    assert [path.name for path in tmp_path.iterdir()] == ["celegans.npz"]
    assert earlier.read_bytes() == b"earlier"


def test_interrupt_leaves_nothing(capsys, tmp_path, monkeypatch):
    def interrupt(path, job, outcome):
        raise KeyboardInterrupt

    monkeypatch.setattr("gapjunction.demo.figure.draw_figure", interrupt)
    assert main([*SHORT, "--quiet", "--output", str(tmp_path / "new")]) == 130
    assert capsys.readouterr().err == "gapjunction: interrupted; nothing was written\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("no_figure")
def test_a_run_in_a_folder_goes_on_and_is_not_mixed_with_others(
    capsys, tmp_path, monkeypatch, finished
):
    folder, program = tmp_path / "run", runs._program.Program
    argv = [*SHORT, "--checkpoint", str(folder), "--output", str(tmp_path / "out")]
    run, windows = program.run, []

    def interrupted(self, window, n_windows):
        windows.append(window)
        signal.raise_signal(signal.SIGINT)
        return run(self, window, n_windows)

    monkeypatch.setattr(runs._grid, "CHUNK_BYTES", 5 * 279 * 4)
    monkeypatch.setattr(program, "run", interrupted)
    for _ in range(2):
        assert main([*argv, "--quiet"]) == 130
        assert "and saved; to go on, make the same call again" in capsys.readouterr().err
    assert windows == [0, 5]
    monkeypatch.setattr(program, "run", run)
    monkeypatch.setattr(demo_run, "KEPT", 30)
    assert main(argv) == 0
    out = capsys.readouterr().out
    assert f"{folder / 'recording.zarr'}: all 40 records; the results above are those of the" in out
    with (
        np.load(tmp_path / "out" / "celegans.npz") as data,
        np.load(finished / "celegans.npz") as whole,
    ):
        np.testing.assert_allclose(data["time_ms"], whole["time_ms"][-30:])
        np.testing.assert_allclose(data["V_mV"], whole["V_mV"][-30:], rtol=1e-5)
        assert data["mode_time_ms"][0] == pytest.approx(85.0)
    status, _, err = fails(capsys, *argv, "--quiet", "--dt", "0.05")
    assert (status, len(err)) == (2, 1)
    assert "argument --checkpoint: " in err[0]
    assert "dt was 0.1 ms, is 0.05 ms" in err[0]


def test_version_and_help(capsys):
    for argv, expected in (
        (["--version"], f"gapjunction {version('gapjunction')}"),
        (["--help"], "demo"),
        (["demo", "--help"], "--stimulus"),
        *((["demo", "--help"], f"'{mode}'") for mode in MODES),
    ):
        with pytest.raises(SystemExit) as caught:
            main(argv)
        assert caught.value.code == 0
        assert expected in capsys.readouterr().out


def test_runs_as_a_module(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["gapjunction", "demo", "--dt", "0"])
    with pytest.raises(SystemExit) as caught:
        runpy.run_module("gapjunction", run_name="__main__", alter_sys=True)
    assert caught.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1

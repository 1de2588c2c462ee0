"""A run that is stopped, in any way, ends as one that was not."""

import signal
import warnings

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from every_junction import EDGES, built, check_equal, plastic, symmetry, values
from gapjunction.runs import PerStep, Record, _recording, _run
from gapjunction.runs._checkpoints import Checkpoints
from gapjunction.runs._program import Program

DT = 0.1 * u.ms
N = 120


def go(net, folder=None, **more):
    """Run a net with records of each kind; chunks of 10 steps, and a checkpoint after each two."""
    record = {"V": net.cells.V, "mean": Record(net.cells.V, at=[0, 3], how="mean")}
    options = {
        "inputs": lambda t: 0.01 * u.nA * (brainstate.environ.get("i") % 7),
        "record": record,
        "every": 5,
        "chunk": 10,
        "progress": False,
        "checkpoint": folder,
        "checkpoint_every": 2,
    }
    return gj.run(net, N * DT, **{**options, **more})


@pytest.fixture(autouse=True)
def _small_files(monkeypatch):
    # Files of a recording end within chunks, and between them.
    monkeypatch.setattr(_recording, "FILE_BYTES", 7 * 16)


def as_in_tests():
    """Compile, in what is made once for all tests, as the tests do: other code rounds otherwise."""
    jax.config.update("jax_disable_most_optimizations", True)
    brainstate.environ.set(dt=DT)


@pytest.fixture(scope="module")
def whole():
    """Records and last states of a run that is not stopped."""
    as_in_tests()
    net = built(plastic)
    found = go(net)
    return {name: found[name] for name in found}, values(net)


class KilledError(BaseException):
    """Stands for what ends a process at an instant."""


def check(found, net, whole):
    for name, expected in whole[0].items():
        np.testing.assert_array_equal(found[name].mantissa, expected.mantissa)
    check_equal(values(net), whole[1])


def die_in(monkeypatch, cls, name, call):
    """Let a call of a method, counted from 0, end the run before or after it does its work."""
    method, count = getattr(cls, name), iter(range(10**6))

    def deadly(self, *args, **kwargs):
        last = next(count) == call
        if last and call % 2:
            raise KilledError
        result = method(self, *args, **kwargs)
        if last:
            raise KilledError
        return result

    monkeypatch.setattr(cls, name, deadly)


@pytest.mark.parametrize(
    ("cls", "name", "call"),
    [
        (Program, "run", 4),
        (_recording.Streamed, "_put", 5),
        (Checkpoints, "save", 1),
        pytest.param(_recording.Streamed, "_put", 2, marks=pytest.mark.slow),
        pytest.param(_recording.Streamed, "create", 0, marks=pytest.mark.slow),
        pytest.param(Checkpoints, "save", 2, marks=pytest.mark.slow),
    ],
)
def test_a_run_goes_on_where_it_was_stopped(tmp_path, monkeypatch, whole, cls, name, call):
    with monkeypatch.context() as patch:
        die_in(patch, cls, name, call)
        with pytest.raises(KilledError):
            go(built(plastic), tmp_path / "run")
    net = built(plastic)
    found = go(net, tmp_path / "run")
    check(found, net, whole)
    # What is over is not run again, whatever the model was since.
    monkeypatch.setattr(Program, "run", None)
    net.update()
    with pytest.warns(gj.GapJunctionWarning, match="begun with other values of cells.V"):
        check(go(net, tmp_path / "run"), net, whole)


def test_the_recording_is_a_zarr_group(tmp_path, whole):
    import zarr

    net = built(plastic)
    found = go(net, tmp_path / "run")
    group = zarr.open_group(str(tmp_path / "run" / "recording.zarr"), mode="r")
    np.testing.assert_array_equal(group["V"][...], whole[0]["V"].mantissa)
    np.testing.assert_array_equal(found.arrays["V"][-3:, 1], whole[0]["V"].mantissa[-3:, 1])
    assert group["mean"].attrs["unit"] == "mV"
    assert dict(group.attrs) == {
        "dt": 0.1,
        "time_unit": "ms",
        "first_step": 0,
        "steps_per_row": 5,
    }


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_writes_a_checkpoint_and_says_how_to_go_on(
    tmp_path, monkeypatch, whole, capsys, number
):
    before = signal.getsignal(number)
    run, count = Program.run, iter(range(100))

    def interrupted(self, *args):
        if next(count) == 4:
            signal.raise_signal(number)
        return run(self, *args)

    monkeypatch.setattr(Program, "run", interrupted)
    text = "stopped at 5. ms of 12. ms, and saved; to go on, make the same call again (checkpoint="
    kind = KeyboardInterrupt if number == signal.SIGINT else SystemExit
    net = built(plastic)
    with pytest.raises(kind) as caught:
        go(net, tmp_path / "run")
    told = str(caught.value) if number == signal.SIGINT else capsys.readouterr().err
    assert told.startswith(text)
    assert signal.getsignal(number) is before
    # What is recorded can be read meanwhile.
    import zarr

    V = zarr.open_group(str(tmp_path / "run" / "recording.zarr"), mode="r")["V"][...]
    np.testing.assert_array_equal(V[:10], whole[0]["V"].mantissa[:10])
    assert np.isnan(V[10:]).all()
    # The same model goes on from where it is, without a warning of other values.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(go(net, tmp_path / "run"), net, whole)


@pytest.mark.one_stack
def test_a_full_disk_leaves_the_last_checkpoint(tmp_path, monkeypatch, whole):
    def full(self, *args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(_recording.Streamed, "_put", full)
        with pytest.raises(OSError, match=r"could not be written to .*No space .* that of 3\. ms"):
            go(built(plastic), tmp_path / "run", checkpoint_every=1)
    with monkeypatch.context() as patch:
        die_in(patch, Checkpoints, "save", 0)
        with pytest.raises(KilledError):
            go(built(plastic), tmp_path / "run", checkpoint_every=1)
    net = built(plastic)
    check(go(net, tmp_path / "run"), net, whole)


@pytest.mark.one_stack
def test_a_damaged_checkpoint_is_left_out(tmp_path, monkeypatch, whole):
    with monkeypatch.context() as patch:
        die_in(patch, Program, "run", 8)
        with pytest.raises(KilledError):
            go(built(plastic), tmp_path / "run")
    folder = tmp_path / "run" / "checkpoints"
    newest, older = sorted((int(path.name) for path in folder.iterdir()), reverse=True)
    # As a power cut may leave it: files are there, and empty.
    for path in (folder / str(newest) / "states").rglob("*"):
        if path.is_file():
            path.write_bytes(b"")
    net = built(plastic)
    with pytest.warns(gj.GapJunctionWarning, match=f"{newest} is left out"):
        check(go(net, tmp_path / "run"), net, whole)
    assert older == 12


PICO = jnp.asarray(2000.0) * u.psiemens
DIFFERENT = {
    "weight in another unit": (
        lambda: _with(built(plastic), lambda n: _put(n.gap.weight, PICO)),
        {},
        r"state gap.weight was float32\[\] in nS, is float32\[\] in pS",
    ),
    "other edges": (
        lambda: built(
            lambda c: gj.PlasticGapJunction(c, "V", ([0, 1, 1], EDGES[1]), 2 * u.nS, rule=_rule())
        ),
        {},
        r"gap.edges.pre_ids was int.*\[3\] .* is int.*\[3\]",
    ),
    "other mode": (
        lambda: built(plastic, coupling="implicit"),
        {},
        "gap.coupling was 'stage', is 'implicit'",
    ),
    "other constant": (
        lambda: _with(built(plastic), lambda n: setattr(n.cells, "tau", 11 * u.ms)),
        {},
        "cells.tau was",
    ),
    "other junction": (
        lambda: built(symmetry),
        {},
        "gap was gapjunction.PlasticGapJunction, is gapjunction.SymmetryGapJunction",
    ),
    "other dt": (lambda: built(plastic), {"dt": 0.05 * u.ms}, "dt was 0.1 ms, is 0.05 ms; dur"),
    "other every": (lambda: built(plastic), {"every": 10}, "every was 5 steps, is 10 steps"),
    "other chunk": (lambda: built(plastic), {"chunk": 20}, "chunk was 2 windows, is 4"),
    "other inputs": (
        lambda: built(plastic),
        {"inputs": PerStep(np.zeros(N), u.nA)},
        r"inputs\[0\].*was .*lambda",
    ),
    "other function": (
        lambda: built(plastic),
        {"inputs": lambda t: 0.02 * u.nA * (brainstate.environ.get("i") % 7)},
        r"inputs\[0\]",
    ),
    "other records": (lambda: built(plastic), {"record": {}}, r"record\['V'\] of was cells.V, is"),
}


def _rule():
    return gj.plasticity.BurstSpike(depression=1e-3 / u.ms, potentiation=0.1)


def _with(net, change):
    change(net)
    return net


def _put(state, value):
    state.value = value


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A folder with a run that was stopped."""
    as_in_tests()
    folder = tmp_path_factory.mktemp("begun") / "run"
    with pytest.MonkeyPatch.context() as patch:
        die_in(patch, Program, "run", 2)
        with pytest.raises(KilledError):
            go(built(plastic), folder)
    return folder


@pytest.mark.parametrize("what", DIFFERENT)
def test_another_model_is_refused(begun, what):
    make, more, message = DIFFERENT[what]
    net = make()
    before = values(net)
    with pytest.raises(ValueError, match=f"is another one: .*{message}"):
        go(net, begun, **more)
    check_equal(values(net), before)


def test_other_versions_are_told(begun, monkeypatch):
    from gapjunction.runs import _resume

    versions = _resume._versions({})
    monkeypatch.setattr(_resume, "_versions", lambda leaves: {**versions, "jax": "0.1"})
    monkeypatch.setattr(Program, "run", lambda self, *args: (_ for _ in ()).throw(KilledError))
    with (
        pytest.warns(gj.GapJunctionWarning, match=r"other versions, .*: jax was .*, is 0\.1"),
        pytest.raises(KilledError),
    ):
        go(built(plastic), begun)


def test_folders_are_those_of_runs(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FileExistsError, match=r"has other things in it, such as 'notes\.txt'"):
        go(built(plastic), tmp_path)
    with pytest.raises(NotADirectoryError, match="is a file"):
        go(built(plastic), tmp_path / "notes.txt")
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_folder_is_for_one_run_at_a_time(tmp_path):
    fcntl = pytest.importorskip("fcntl")
    (tmp_path / "run").mkdir()
    with (tmp_path / "run" / "run.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(RuntimeError, match="another process runs in"):
            go(built(plastic), tmp_path / "run")


def test_states_outside_of_the_model_are_refused(tmp_path):
    counter = brainstate.ShortTermState(jnp.zeros(()))

    def counting(t):
        counter.value = counter.value + 1
        return 0.0 * u.nA

    with pytest.raises(ValueError, match=r"hold all states that its steps.*ShortTermState"):
        go(built(plastic), tmp_path / "run", inputs=counting)


@pytest.mark.one_stack
def test_checkpoints_come_by_the_clock(tmp_path, monkeypatch):
    saved, save = [], Checkpoints.save
    monkeypatch.setattr(
        Checkpoints, "save", lambda self, done, *args: saved.append(done) or save(self, done, *args)
    )
    monkeypatch.setattr(_run, "BETWEEN_CHECKPOINTS", -1.0)
    go(built(plastic), tmp_path / "each", checkpoint_every=None, chunk=40)
    monkeypatch.setattr(_run, "BETWEEN_CHECKPOINTS", 3600.0)
    go(built(plastic), tmp_path / "none", checkpoint_every=None, chunk=40)
    assert saved == [0, 8, 16, 24, 0, 24]


def test_what_is_not_installed_is_named(tmp_path, monkeypatch):
    import sys

    for package in ("zarr", "orbax.checkpoint"):
        with monkeypatch.context() as patch:
            patch.setitem(sys.modules, package, None)
            with pytest.raises(ImportError, match=r"pip install 'gapjunction\[runs\]'"):
                go(built(plastic), tmp_path / package)

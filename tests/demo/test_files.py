"""Files are there whole or not at all."""

import pytest

from gapjunction.demo.files import check_writable, written_whole

NAMES = ("a.txt", "b.txt")


def test_all_files_appear_at_the_end(tmp_path):
    folder = tmp_path / "new" / "deeper"
    with written_whole(folder, NAMES) as paths:
        for path in paths:
            assert path.parent == folder
            assert path.suffix == ".txt"
            path.write_text(path.name)
        assert not any((folder / name).exists() for name in NAMES)
    assert sorted(path.name for path in folder.iterdir()) == list(NAMES)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_nothing_appears_on_an_error(tmp_path, error):
    def fail():
        with written_whole(tmp_path / "new" / "deeper", NAMES) as (a, _):
            a.write_text("half")
            raise error

    with pytest.raises(error):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_files_of_an_earlier_run_stay_on_an_error(tmp_path):
    with written_whole(tmp_path, NAMES) as paths:
        for path in paths:
            path.write_text("old")

    def fail():
        with written_whole(tmp_path, NAMES) as (a, _):
            a.write_text("new")
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        fail()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == dict.fromkeys(
        NAMES, "old"
    )


def test_files_can_be_read_by_others(tmp_path):
    plain = tmp_path / "plain"
    plain.touch()
    with written_whole(tmp_path, ["a.txt"]) as (a,):
        a.write_text("")
    assert (tmp_path / "a.txt").stat().st_mode == plain.stat().st_mode


def test_check_writable_makes_nothing(tmp_path):
    check_writable(tmp_path / "new" / "deeper", NAMES)
    assert list(tmp_path.iterdir()) == []


def test_check_writable_refuses_files_in_the_way(tmp_path):
    taken = tmp_path / "file"
    taken.touch()
    for path in (taken, taken / "below"):
        with pytest.raises(NotADirectoryError, match="file is not a directory"):
            check_writable(path, NAMES)
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(IsADirectoryError, match=r"a\.txt is a directory"):
        check_writable(tmp_path, NAMES)


@pytest.mark.parametrize("function", ["os.mkdir", "tempfile.mkstemp", "pathlib.Path.write_bytes"])
def test_check_writable_finds_out_what_permissions_do_not_tell(tmp_path, monkeypatch, function):
    """As in /proc, on a file system that is read-only, or on a full disk."""

    def refuse(*args, **kwargs):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(function, refuse)
    with pytest.raises(PermissionError, match="new is not writable: Read-only file system"):
        check_writable(tmp_path / "new", NAMES)
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []


def test_check_writable_leaves_files_of_an_earlier_run(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    check_writable(tmp_path, NAMES)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.txt", "old")]

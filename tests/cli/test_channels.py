"""``gapjunction channels``."""

import io
import os
import subprocess
import sys

import pytest
import saiunit as u
from matplotlib.figure import Figure

from gapjunction.cli import main
from gapjunction.cli._text import card
from gapjunction.ion_channels import K_HH1952, Current, Mechanism, Parameter, Variable
from gapjunction.ion_channels.catalogue import INDEX, NAMES


@pytest.fixture(autouse=True)
def _width(monkeypatch):
    """Set what would be the terminal's width."""
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def quick_figure(monkeypatch):
    """Draw something else: the card takes longest, and has its own tests."""
    monkeypatch.setattr("gapjunction.plotting.channel_card", lambda channel: Figure())


def prints(capsys, *argv):
    """Run what should go well, and return its lines."""
    assert main(["channels", *argv]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "\x1b" not in out
    return out.splitlines()


def fails(capsys, *argv):
    """Run what should not, and return the exit status and the one line on stderr."""
    with pytest.raises(SystemExit) as caught:
        main(["channels", *argv])
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("\n")
    assert err.count("\n") == 1
    return caught.value.code, err


def names(lines):
    assert lines[0].split() == ["name", "ion", "summary", "source"]
    return [line.split()[0] for line in lines[1:]]


def test_lists_every_entry_on_a_line(capsys):
    lines = prints(capsys)
    assert names(lines) == list(NAMES)
    row = next(line for line in lines if line.startswith("T_HM1992"))
    assert row.split("  ")[0] == "T_HM1992"
    assert "Low-threshold calcium current" in row
    assert row.endswith("Huguenard & McCormick 1992")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_table_fits_the_terminal(width, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    lines = prints(capsys)
    # The summaries keep a readable width where there is too little.
    assert max(map(len, lines)) <= max(width, 86)
    assert sum(line.startswith(tuple(NAMES)) for line in lines) == len(INDEX)


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["resurgent"], {"Nar_Kh2003", "NaR_So2007"}),
        (["HH1952"], {"Na_HH1952", "K_HH1952", "L_HH1952"}),
        (["hh1952", "--ion", "k"], {"K_HH1952"}),
        (["Wang"], {"Na_WB1996", "K_WB1996", "Leak_WB1996"}),
        (["delayed rectifier", "--ion", "K", "--doi", "TM"], None),
        (["rectifier", "delayed", "wang"], {"K_WB1996"}),
        (["--doi", "https://doi.org/10.1152/jn.1992.68.4.1384"], {"CaL_MH1992"}),
        (["--ion", "Ca", "high-threshold", "prinz"], None),
    ],
)
def test_searches(argv, expected, capsys):
    if expected is None:
        assert fails(capsys, *argv)[0] == 1
    else:
        assert set(names(prints(capsys, *argv))) == expected


def test_card_says_all_that_is_known(capsys):
    text = "\n".join(prints(capsys, "Na_HH1952"))
    for part in (
        "Na_HH1952\nTransient sodium current, m^3 h.",
        "ion            Na",
        "Hodgkin AL, Huxley AF (1952)",
        "https://doi.org/10.1113/jphysiol.1952.sp004764",
        "species        squid (Loligo)",
        "giant axon",
        "6.3 degC, as published",
        "g_max          120 mS/cm2",
        "E              50 mV",
        "m^3: opening and closing rates",
        "reads          nothing",
        "check          ",
        "--plot Na_HH1952.png",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("T_HM1992", ["P_max          0.0001 cm/s", "reads          Ca, Ca_out", "note  "]),
        ("Ca_LVA_Ha2011", ["34 degC by default", "21 degC for the rates", "pool of Ca (Nernst)"]),
        ("HT_RM2003", ["150 nS, Q10 2", "open fraction  0.85 n^2 + 0.15 p"]),
        ("T_Po2008", ["s^2: steady state, at once", "u: steady state and time constant"]),
        ("h_De1996", ["scheme of 3 states (C, O, L), 4 rates; open: O + 2 L, reads p"]),
        ("leak_wb1996", ["Leak_WB1996", "gates          none"]),
    ],
)
def test_card_of_each_kind(name, parts, capsys):
    text = "\n".join(prints(capsys, name))
    for part in parts:
        assert part in text


@pytest.mark.parametrize("width", [40, 72])
def test_every_card_is_wrapped(width, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    for name in NAMES:
        for line in prints(capsys, name):
            # Only what cannot be broken may be wider.
            assert len(line) <= width or " " not in line[15:] or "--plot" in line


FAILURES = {
    "misspelt name": (["Na_HH1953"], 1, "no channel matches 'Na_HH1953'. Did you mean Na_HH1952"),
    "misspelt author": (["hugenard"], 1, "Did you mean Huguenard?"),
    "nothing near": (["xyzzy"], 1, "no channel matches 'xyzzy'\n"),
    "nothing of an ion": (["--ion", "Cl"], 1, "no channel conducts Cl"),
    "name of another ion": (["Na_HH1952", "--ion", "K"], 1, "and conducts K"),
    "unknown DOI": (["--doi", "10.1/none"], 1, "has a DOI with '10.1/none'"),
    "line break": (["qq\nzz"], 1, r"matches 'qq\nzz'"),
    "unknown ion": (["--ion", "Mg"], 2, "--ion: must be one of Na, K, Ca, Cl, nonspecific, got"),
    "unknown option": (["--list"], 2, "unrecognized arguments: --list"),
    "plot of nothing": (["--plot", "a.png"], 2, "needs the name of one channel\n"),
    "plot of several": (["wang", "--plot", "a.png"], 2, "Did you mean Na_WB1996, K_WB1996 or"),
    "plot of an unknown": (["Na_HH1953", "--plot", "a.png"], 1, "Did you mean Na_HH1952"),
    "wrong suffix": (["K_HH1952", "--plot", "a.jpg"], 2, "must end in .png, .pdf, .svg, got"),
    "no suffix": (["K_HH1952", "--plot", "png"], 2, "must end in .png, .pdf, .svg, got 'png'"),
    "missing folder": (["K_HH1952", "--plot", "no/a.png"], 2, "there is no folder 'no'"),
    "folder is a file": (["K_HH1952", "--plot", "file/a.png"], 2, "file is not a directory"),
    "file is a folder": (["K_HH1952", "--plot", "folder.png"], 2, "is a directory, not a file"),
}


@pytest.mark.parametrize("case", FAILURES)
def test_failures_are_one_line_and_write_nothing(case, capsys, tmp_path, monkeypatch):
    argv, status, message = FAILURES[case]
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder.png").mkdir()
    monkeypatch.chdir(tmp_path)
    code, err = fails(capsys, *argv)
    assert code == status
    assert message in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.png"]


@pytest.mark.usefixtures("quick_figure")
@pytest.mark.parametrize(
    ("name", "start"), [("a.png", b"\x89PNG"), ("b.PDF", b"%PDF"), ("c.svg", b"<?xml")]
)
def test_suffix_is_the_format(name, start, capsys, tmp_path):
    path = tmp_path / name
    path.write_bytes(b"earlier")
    assert prints(capsys, "k_hh1952", "--plot", str(path)) == [f"written  {path}"]
    assert path.read_bytes().startswith(start)
    assert list(tmp_path.iterdir()) == [path]


def test_draws_the_card(capsys, tmp_path):
    path = tmp_path / "card.svg"
    prints(capsys, "Leak_WB1996", "--plot", str(path))
    assert path.stat().st_size > 10_000


@pytest.mark.parametrize("error", [OSError("No space left on device"), KeyboardInterrupt()])
def test_what_goes_wrong_leaves_an_earlier_figure(error, capsys, tmp_path, monkeypatch):
    class Broken:
        def savefig(self, path, dpi):
            path.write_bytes(b"half")
            raise error

    monkeypatch.setattr("gapjunction.plotting.channel_card", lambda channel: Broken())
    earlier = tmp_path / "a.png"
    earlier.write_bytes(b"earlier")
    argv = ["K_HH1952", "--plot", str(earlier)]
    if isinstance(error, KeyboardInterrupt):
        assert main(["channels", *argv]) == 130
        assert "nothing was written" in capsys.readouterr().err
    else:
        code, err = fails(capsys, *argv)
        assert code == 1
        assert "cannot write the figure: No space left on device" in err
    assert earlier.read_bytes() == b"earlier"
    assert list(tmp_path.iterdir()) == [earlier]


def test_without_matplotlib_the_extra_is_named(capsys, tmp_path, monkeypatch):
    def missing(channel):
        raise ImportError("channel_card needs Matplotlib: pip install matplotlib.")

    monkeypatch.setattr("gapjunction.plotting.channel_card", missing)
    code, err = fails(capsys, "K_HH1952", "--plot", str(tmp_path / "a.png"))
    assert code == 1
    assert "pip install matplotlib" in err


def test_what_the_encoding_lacks_is_replaced(monkeypatch):
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", out)
    assert main(["channels", "Na_WB1996"]) == 0
    assert b"Buzs?ki" in out.buffer.getvalue()


def test_a_reader_may_leave():
    # Nobody ever reads: what is printed meets a closed pipe.
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "gapjunction", "channels"], stdout=write, stderr=subprocess.PIPE
    )
    os.close(write)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert b"Error" not in done.stderr


def test_the_card_of_a_mechanism_lists_what_it_declares():
    class Pump(Mechanism):
        """Takes sodium out."""

        source = K_HH1952.source
        i_max = Parameter(2 * u.uA / u.cm**2, "at most")
        order = Parameter(3.0)
        x = Variable(lambda V, x: -x / u.ms, 1.0)
        net = Current(
            {"Na": 3, "K": -2},
            lambda V, Na, x, order, i_max: i_max * Na / (Na + 10 * u.mM) * x**order,
        )

    lines = [" ".join(line.split()) for line in card(Pump, 100).splitlines()]
    for line in (
        "variables x",
        "currents net: 3 Na, -2 K",
        "parameters i_max = 2 uA / cm^2, at most",
        "order = 3",
        "reads Na",
    ):
        assert line in lines

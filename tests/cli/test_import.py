"""``gapjunction import``."""

from gapjunction.cli import main
from nmodl_idioms import CALCIUM, SODIUM


def test_report_and_comparison(capsys, tmp_path):
    for name, text in (("na.mod", SODIUM), ("ca.mod", CALCIUM)):
        (tmp_path / name).write_text(text)
    assert main(["import", str(tmp_path / "na.mod"), str(tmp_path / "ca.mod"), "--check"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "squidna of na.mod, a Channel" in out
    assert "cal of ca.mod, a GHKChannel" in out
    assert out.count("difference / largest current") == 2


def test_refused_file_does_not_end_the_others(capsys, tmp_path):
    (tmp_path / "na.mod").write_text(SODIUM)
    (tmp_path / "bad.mod").write_text("NEURON { POINT_PROCESS x }")
    assert main(["import", str(tmp_path / "bad.mod"), str(tmp_path / "na.mod")]) == 1
    out, err = capsys.readouterr()
    assert "squidna" in out
    assert err.startswith("gapjunction import: error: bad.mod, line 1: POINT_PROCESS")
    assert main(["import", str(tmp_path / "missing.mod")]) == 1
    assert "cannot be read" in capsys.readouterr().err

"""The benchmark of the coupling modes."""

from types import SimpleNamespace

import pytest

import worm_modes


@pytest.mark.slow
@pytest.mark.exhaustive
@pytest.mark.optimized
@pytest.mark.usefixtures("x64")
def test_quick_tables_show_where_coupling_is_stable_and_how_accurate():
    timing = {"rounds": 1, "sample": 0.001}
    tables = worm_modes.measure(SimpleNamespace(quick=True, timing=timing))
    onset, turn, period, *times = ([dict(row) for row in table.rows] for table in tables)
    short, long = 0, 1
    assert [row["dt, ms"] for row in turn] == ["0.16", "0.8"]
    for rows in (onset, turn):
        for mode, n in (("stage", 0), ("semi_implicit", 2), ("implicit", 2)):
            for what in ("rms", "worst"):
                column = f"{mode}, {what}"
                if n == 0:
                    assert rows[long][column] == "diverges"
                else:
                    assert rows[long][column] / rows[short][column] == pytest.approx(5, rel=0.45)
    assert turn[short]["stage, rms"] < 0.015
    assert turn[long]["implicit, worst"] < 1
    assert onset[long]["semi_implicit, rms"] > 10 * onset[long]["implicit, rms"]
    assert 0 < period[short]["stage"] < period[short]["implicit"] < 0.2
    assert len(times) == 2
    for time in times:
        assert time[long]["stage"] == "diverges"
        assert min(time[short][mode] for mode in worm_modes.MODES) > 0

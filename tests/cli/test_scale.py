"""``gapjunction scale``."""

import pytest

from gapjunction.cli import main


def test_counts_a_table_of_edges(capsys, tmp_path):
    file = tmp_path / "ring.csv"
    rows = [f"c{i:02d},c{(i + 1) % 30:02d}" for i in range(30)]
    file.write_text("\n".join(["a,b", *rows]))
    assert main(["scale", str(file), "--devices", "3", "4"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("30 cells, 30 edges")
    assert lines[2].split()[:6] == ["3", "10.00", "%", "permute", "2", "8"]
    # 30 cells and two without junctions.
    assert lines[3].split()[0] == "4"


def test_made_networks_and_orders(capsys):
    args = ["scale", "--cells", "1024", "--degree", "6", "--devices", "4"]
    assert main([*args, "--space"]) == 0
    assert main([*args, "--space", "--order", "cuthill_mckee"]) == 0
    assert main(args) == 0
    out = capsys.readouterr().out
    assert out.count("permute") == 2
    assert out.count("all_gather") == 1
    with pytest.raises(SystemExit):
        main(["scale", "--devices", "0"])
    assert "--devices must be positive, got 0" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["scale", "--cells", "200", "--space"])
    assert "--cells must be a multiple of 64 with --space, got 200" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["scale", "--cells", "0"])
    assert "--cells must be positive, got 0" in capsys.readouterr().err

"""What the README shows runs as it stands there."""

import re
from pathlib import Path

import brainstate
import numpy as np
import saiunit as u

README = Path(__file__).parents[1] / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(), re.S)


def test_example_network_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (block,) = [block for block in BLOCKS if "class Ring" in block]
    scope = {}
    exec(compile(block, "README.md", "exec"), scope)
    voltages = np.asarray(scope["V"].mantissa)
    assert voltages.ndim == 2
    assert np.isfinite(voltages).all()
    assert np.ptp(voltages) > 50, "the example's cells should spike"
    first = (voltages > 0).argmax(axis=0) * 0.02
    assert first[10] == max(first), "the spike should meet itself at cell 10"
    assert 14 < first[10] < 16


def test_channels_run():
    (block,) = [block for block in BLOCKS if "class Ka" in block]
    scope = {}
    exec(compile(block, "README.md", "exec"), scope)
    cells, gaps = scope["cells"], scope["gaps"]
    brainstate.nn.init_all_states(cells)
    with brainstate.environ.context(dt=0.02 * u.ms):
        for _ in range(3):
            gaps()
            cells(10 * u.uA / u.cm**2)
    assert set(cells.currents()) == {"na", "k", "ka", "leak"}
    assert np.isfinite(np.asarray(cells.V.value.mantissa)).all()


def test_traces_load_as_shown(tmp_path, monkeypatch):
    (block,) = [block for block in BLOCKS if "celegans.npz" in block]
    monkeypatch.chdir(tmp_path)
    from gapjunction.cli import main

    assert main(["demo", "--duration", "0.1", "--output", "results", "--quiet"]) in (0, None)
    scope = {}
    exec(compile(block, "README.md", "exec"), scope)
    assert scope["plml"].shape == scope["time"].shape

"""What checkpoints leave behind in memory."""

import gc
import sys

import brainstate
import jax
import pytest
import saiunit as u

import gapjunction as gj

SAVES = 36


@pytest.mark.slow
@pytest.mark.optimized
def test_a_checkpoint_leaves_next_to_nothing_behind(tmp_path):
    cells = brainstate.nn.init_all_states(gj.neurons.HH1952(3000))
    seen = []

    def count(steps):
        gc.collect()
        arrays = sum(a.nbytes for a in jax.live_arrays())
        seen.append((len(gc.get_objects()), sys.getallocatedblocks(), arrays))

    gj.run(
        cells,
        SAVES * 4 * 0.05 * u.ms,
        dt=0.05 * u.ms,
        inputs=10 * u.uA / u.cm**2,
        record={"V": cells.V},
        chunk=4,
        checkpoint=tmp_path / "run",
        checkpoint_every=1,
        progress=count,
    )
    # The first ones fill caches.
    first, last = seen[SAVES // 3], seen[-1]
    objects, blocks, arrays = (
        (b - a) / (SAVES - 1 - SAVES // 3) for a, b in zip(first, last, strict=True)
    )
    # TensorStore loses some small objects when it is asked for its metrics, as Orbax does at each
    # checkpoint: about 24 that Python's collector sees, and 290 blocks of memory.
    assert objects < 50
    assert blocks < 700
    # Bytes of arrays: the voltages alone have 12,000.
    assert arrays < 4000

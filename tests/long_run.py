"""A run for the tests that kill it: ``python long_run.py FOLDER RESULT [full]``.

It tells each chunk on a line of its own. With ``full``, the disk is full after some chunks.
"""

import sys
from pathlib import Path

import brainstate
import jax
import numpy as np
import saiunit as u

import gapjunction as gj
from every_junction import built, plastic, values

CHUNKS, CHUNK, DT = 140, 40, 0.1 * u.ms


def tell(steps):
    print(steps // CHUNK, flush=True)


def fill(steps):
    import resource

    tell(steps)
    # Files may not grow beyond that any more: a write fails, as on a full disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))


def main(folder, result, full=False):
    gj.runs._recording.FILE_BYTES = 9 * 16
    brainstate.environ.set(dt=DT)
    net = built(plastic, coupling="implicit")
    record = {
        "V": net.cells.V,
        "mean": gj.runs.Record(net.cells.V, at=[0, 3], how="mean"),
        "spikes": gj.runs.Record(net.cells.get_spike, how="sum"),
    }
    print("begun", flush=True)
    found = gj.run(
        net,
        CHUNKS * CHUNK * DT,
        inputs=lambda t: 0.01 * u.nA * (brainstate.environ.get("i") % 7),
        record=record,
        every=20,
        chunk=CHUNK,
        checkpoint=folder,
        checkpoint_every=7,
        progress=fill if full else tell,
    )
    traces = {n: np.asarray(u.get_mantissa(found[n])) for n in found}
    tree = jax.tree.leaves([s.value for s in net.states().values()])
    key = values(net)["random"][0]
    np.savez(result, key=key, **traces, **{f"leaf {k}": np.asarray(a) for k, a in enumerate(tree)})


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], full=sys.argv[3:] == ["full"])

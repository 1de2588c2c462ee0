# %% [markdown]
# # One network on many processes
#
# Each process has some of the devices, some of the cells, and only those junctions that lead to its
# own cells. By hand, start one process for each machine or core, with the address of the first one:
#
#     python examples/many_processes.py --coordinator localhost:12345 --processes 2 --process 0 &
#     python examples/many_processes.py --coordinator localhost:12345 --processes 2 --process 1
#
# Under Slurm, `jax.distributed` finds all of this by itself:
#
#     srun --ntasks=16 --gpus-per-task=1 python examples/many_processes.py --slurm
#
# Every process runs this same program to its end, and calls the same functions in the same order.
# That is what JAX asks of programs on several machines.

# %% [markdown]
# JAX must know of the other processes before anything uses its devices, and `brainstate` uses them
# when it is imported. The processes are therefore joined before it is.

# %%
import argparse

import jax


def join(arguments=None):
    """Read the options, and join the processes."""
    parser = argparse.ArgumentParser(description="One network on many processes.")
    parser.add_argument("--coordinator", help="address and port of the first process")
    parser.add_argument("--processes", type=int, help="number of processes")
    parser.add_argument("--process", type=int, help="number of this process, from 0")
    parser.add_argument("--slurm", action="store_true", help="get all of these from Slurm")
    parser.add_argument("--cells", type=int, default=6400)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--coupling", default="stage")
    parser.add_argument("--output", help="file for the voltages at the end, .npy")
    args = parser.parse_args(arguments)
    if args.slurm or args.coordinator is not None:
        # Processes on CPUs communicate by gloo; on GPUs this setting is not read.
        jax.config.update("jax_cpu_collectives_implementation", "gloo")
    if args.slurm:
        jax.distributed.initialize()
    elif args.coordinator is not None:
        jax.distributed.initialize(args.coordinator, args.processes, args.process)
    return args


if __name__ == "__main__":
    ARGS = join()

import hashlib

import brainstate
import jax.numpy as jnp
import numpy as np
import saiunit as u
from jax.experimental import multihost_utils
from jax.sharding import Mesh

import gapjunction as gj

DT = 0.025 * u.ms
BLOCKS = 64


# %% [markdown]
# The junctions come from a builder that has a seed for each pair of blocks of cells. A process
# makes the junctions of its own cells and no others, and the network is the same for any number of
# processes.


# %%
class Net(brainstate.nn.Module):
    """Hodgkin-Huxley cells in a network whose cells are coupled to near ones."""

    def __init__(self, n, edges, coupling):
        super().__init__()
        self.cells = gj.neurons.HH1952(n)
        conductance = 0.02 * u.mS / u.cm**2
        self.gap = gj.SymmetryGapJunction(self.cells, "V", edges, conductance, coupling=coupling)

    def update(self, step, current):
        with brainstate.environ.context(t=step * DT, i=step):
            self.gap()
            self.cells(current)


# %% [markdown]
# Devices are numbered by process, so that consecutive blocks of cells go to consecutive processes.


# %%
def own_cells(n):
    """The first and the last cell, exclusive, of this process."""
    each = n // jax.process_count()
    return jax.process_index() * each, (jax.process_index() + 1) * each


def main(n=6400, steps=400, coupling="stage", output=None):
    """Run the network; return the voltages of all cells at the end, the same in all processes."""
    brainstate.environ.set(dt=DT)
    builder = gj.connectivity.random_blocks(n_blocks=BLOCKS, mean_degree=20, reach=1, seed=1)
    net = Net(n, builder.own(n, *own_cells(n)), coupling)
    brainstate.nn.init_all_states(net)
    V = np.random.default_rng(2).uniform(-75, -55, n).astype(np.float32)
    net.cells.V.value = jnp.asarray(V) * u.mV
    gj.shard(net, Mesh(np.array(jax.devices()), ("cells",)))
    current = np.linspace(0, 12, n, dtype=np.float32) * u.uA / u.cm**2

    @brainstate.transform.jit
    def run():
        brainstate.transform.for_loop(lambda i: net.update(i, current), jnp.arange(steps))

    run()
    V = net.cells.V.value.to_decimal(u.mV)
    V = np.asarray(multihost_utils.process_allgather(V, tiled=True))
    if jax.process_index() == 0:
        digest = hashlib.sha256(V.tobytes()).hexdigest()[:16]
        print(
            f"{jax.process_count()} processes, {jax.device_count()} devices, {n} cells, "
            f"{net.gap.edges.n_edges} edges known to the first process: "
            f"mean V {V.mean():.6f} mV, digest {digest}"
        )
        if output is not None:
            np.save(output, V)
    return V


# %%
if __name__ == "__main__":
    main(ARGS.cells, ARGS.steps, ARGS.coupling, ARGS.output)

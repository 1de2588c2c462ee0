"""What several devices send each other, and how the work is divided among them.

Networks in space, whose cells are numbered at random, are ordered by each of the methods of
``gapjunction.connectivity.partition`` and counted for several numbers of devices; so are random
networks. For eight devices, which are threads of the CPU here, the same is read off the compiled
program of a model.
"""

from __future__ import annotations

import argparse
import os
import time
from typing import Any

if __name__ == "__main__":
    # Read when JAX is imported.
    os.environ.setdefault("XLA_FLAGS", "--xla_force_host_platform_device_count=8")

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u
from jax.sharding import Mesh
from scipy.spatial import cKDTree

import gapjunction as gj
import harness
from tables import Table

QUESTION = "How much do several devices send each other, and is the work divided evenly?"
DEGREE = 20


def in_space(n: int) -> tuple[gj.connectivity.Edges, u.Quantity]:
    """Return cells on a sheet, each coupled to those nearby, and where they are."""
    places = np.random.default_rng(0).random((n, 2))
    pairs = cKDTree(places).query_pairs(np.sqrt(DEGREE / (np.pi * n)), output_type="ndarray")
    return gj.connectivity.Edges(pairs[:, 0], pairs[:, 1], n), places * u.mm


def counted(
    name: str, edges: gj.connectivity.Edges, n: int, order: str, places: Any
) -> dict[str, Any]:
    """Return what is exchanged with cells in an order."""
    start = time.perf_counter()
    if order != "as numbered":
        edges = gj.connectivity.partition(edges, n, positions=places, method=order).edges
    spent = time.perf_counter() - start
    found = gj.exchange(edges, n)
    return {
        "network": name,
        "cells": edges.n_cells,
        "edges": edges.n_edges,
        "devices": n,
        "order": order,
        "s": spent,
        "cut, %": 100 * found.cut,
        "operation": found.method,
        "rounds": found.rounds,
        "KB received": found.received / 1e3,
        "% of all-gather": 100 * found.received / found.all_gather,
        "largest share of entries, times devices": max(found.entries) * n / sum(found.entries),
    }


class Net(brainstate.nn.Module):
    """Cells of Hodgkin and Huxley."""

    def __init__(self, edges: gj.connectivity.Edges) -> None:
        super().__init__()
        self.cells = gj.neurons.HH1952(edges.n_cells)
        self.gap = gj.SymmetryGapJunction(self.cells, "V", edges, 0.01 * u.mS / u.cm**2)

    def update(self, i: jax.Array) -> None:
        """Step once."""
        with brainstate.environ.context(t=i * 0.05 * u.ms):
            self.gap()
            self.cells(5 * u.uA / u.cm**2)


def compiled(name: str, edges: gj.connectivity.Edges) -> list[dict[str, Any]]:
    """Return what the compiled program of a model exchanges at each step."""
    net = brainstate.nn.init_all_states(Net(edges))
    gj.shard(net, Mesh(np.array(jax.devices()), ("cells",)))

    def run() -> None:
        brainstate.transform.for_loop(net.update, jnp.arange(10))

    with brainstate.environ.context(dt=0.05 * u.ms):
        stateful = brainstate.transform.StatefulFunction(run)
        stateful.make_jaxpr()
        values = [state.value for state in stateful.get_states()]
        program = jax.jit(stateful.jaxpr_call).lower(values).compile()
    n, found = jax.device_count(), gj.exchange(edges, jax.device_count())
    rows = []
    for operation, (number, size) in gj.sharding.collectives(program).items():
        # The result of an all-gather has a device's own part too.
        sent = size * (n - 1) // n if operation == "all-gather" else size
        rows.append(
            {
                "network": name,
                "operation": operation,
                "times": number,
                "KB": sent / 1e3,
                "KB, counted before": found.received / 1e3,
            }
        )
    return rows


def measure(options: argparse.Namespace) -> list[Table]:
    """Return both tables."""
    n = 4_000 if options.quick else 100_000
    edges, places = in_space(n)
    rows = [
        counted("in space", edges, devices, order, places)
        for devices in (8, 40 if options.quick else 100)
        for order in ("metis", "positions", "cuthill_mckee", "as numbered")
    ]
    random = gj.connectivity.random(mean_degree=DEGREE)(n, n)
    rows += [
        counted("random", random, devices, order, None)
        for devices, order in ((8, "metis"), (8, "as numbered"), (100, "as numbered"))
    ]
    best = gj.connectivity.partition(edges, 8, positions=places, method="metis").edges
    programs = compiled("in space, metis", best) + compiled("random", random)
    note = "float32; entries are what the native kernel adds up, two for each edge of the network."
    return [
        Table("Counted before a model is made", rows, [note]),
        Table("In the compiled program of a step, for each of eight devices", programs),
    ]


if __name__ == "__main__":
    harness.main(QUESTION, __doc__, measure)

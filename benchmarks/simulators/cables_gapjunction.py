"""This library: cells of braincell with a dendrite, joined by SymmetryGapJunction."""

from __future__ import annotations

from typing import Any

import braincell
import brainstate
import cables
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u
from braincell.filter import AllRegion, at
from braincell.mech import CableProperty, Channel, CurrentClamp

import gapjunction as gj
from gapjunction import ion_channels
from gapjunction.ion_channels import K_HH1952, Na_HH1952, insert

NAME = "gapjunction with the dendrites of braincell"
PACKAGES = ["braincell>=0.2.0"]  # the first release whose cells have places that can be named
OLDEST = (3, 12)  # the oldest Python that it is there for
METHODS = {
    "explicit coupling": "stage",
    "semi-implicit coupling": "semi_implicit",
    "implicit coupling": "implicit",
}
# The host's own step, which bounds what a step with junctions can take.
ALONE = "cells without junctions"


def build(job: dict[str, Any]) -> Any:
    """Return the cells."""

    def branch(length: float, radius: float, kind: str) -> Any:
        ends = [radius, radius] * u.um
        return braincell.Branch.from_lengths(lengths=[length] * u.um, radii=ends, type=kind)

    tree = braincell.Morphology.from_root(branch(cables.SOMA, cables.RADIUS, "soma"), name="soma")
    dendrite = branch(cables.DENDRITE, cables.THIN, "basal_dendrite")
    tree.attach(parent="soma", child_branch=dendrite, child_name="dend", parent_x=1.0)
    cells = braincell.Cell(
        tree,
        pop_size=job["cells"],
        cv_policy=braincell.CVPerBranch(cables.PARTS),
        solver="staggered",
        V_init=cables.REST * u.mV,
    )
    cells.paint(
        AllRegion(),
        CableProperty(
            resting_potential=cables.REST * u.mV,
            membrane_capacitance=cables.CM * u.uF / u.cm**2,
            axial_resistivity=cables.RA * u.ohm * u.cm,
        ),
        Channel("IL", g_max=cables.LEAK * u.siemens / u.cm**2, E=cables.REST * u.mV),
    )
    if job["active"]:
        size, density = (job["cells"], cells.n_cv), u.siemens / u.cm**2
        sodium = Na_HH1952(size, g_max=cables.G_NA * density, E=cables.E_NA * u.mV)
        potassium = K_HH1952(size, g_max=cables.G_K * density, E=cables.E_K * u.mV)
        insert(cells, {"na": sodium, "k": potassium})
    if job["dendritic"]:
        insert(cells, dendritic(cells, job), where=cells.branch["dend"])
    drive = CurrentClamp(durations=1e9 * u.ms, amplitudes=job["drive"] * u.nA)
    cells.place(at("soma", 0.5), drive)
    return cells


def dendritic(cells: Any, job: dict[str, Any]) -> dict[str, Any]:
    """Return the channels of dendrites by name, at the temperature of the job."""
    made = {}
    for name, density in job["dendritic"].items():
        cls = getattr(ion_channels, name)
        # A channel whose rates are those of one temperature takes no other.
        warm = {} if cls.temperature is None else {"temperature": job["celsius"]}
        size = (job["cells"], cells.n_cv)
        made[name] = cls(size, g_max=density * u.siemens / u.cm**2, **warm)
    return made


class Library(cables.Cables):
    """A loop over the steps of the cells."""

    channels = True

    def __init__(self, job: dict[str, Any]) -> None:
        jax.config.update("jax_enable_x64", True)
        brainstate.environ.set(precision=64, dt=job["dt"] * u.ms)
        cells = build(job)
        # In the order in which they are called in a step.
        parts = [cells]
        if job["method"] != ALONE:
            gap = gj.SymmetryGapJunction(
                gj.sites(cells, at("dend", 0.5)),
                "V",
                tuple(map(np.array, job["edges"])),
                job["g"] * u.nS,
                coupling=METHODS[job["method"]],
            )
            parts = [gap, cells]
        for part in reversed(parts):
            part.init_state()
        start = jnp.broadcast_to(jnp.asarray(job["start"])[:, None], cells.V.value.shape)
        cells.V.value = start * u.mV
        places = [gj.sites(cells, at(branch, 0.5)).index for branch in job["record"]]
        self._V, self._where = cells.V, np.concatenate(places)
        self._kept = [self._now()[None]]

        def step(i: Any) -> Any:
            with brainstate.environ.context(i=i, t=i * brainstate.environ.get_dt()):
                for part in parts:
                    part()
            return None if job["time"] else cells.V.value.to_decimal(u.mV).reshape(-1)[self._where]

        self._loop = brainstate.transform.jit(
            lambda steps: brainstate.transform.for_loop(step, steps)
        )

    def _now(self) -> np.ndarray:
        return np.asarray(self._V.value.to_decimal(u.mV)).reshape(-1)[self._where]

    def run(self, steps: int) -> None:
        """Take steps in one call of a compiled loop."""
        kept = self._loop(jnp.arange(steps))
        jax.block_until_ready(self._V.value)
        self._kept.append(self._now()[None] if kept is None else np.asarray(kept))

    def voltages(self) -> np.ndarray:
        """Return the voltages at time 0 and after each step, or some."""
        return np.concatenate(self._kept)


if __name__ == "__main__":
    cables.main(Library)

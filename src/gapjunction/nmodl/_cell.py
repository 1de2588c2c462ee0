"""A spiking cell that contains the class of a file."""

from __future__ import annotations

import warnings
from typing import Any

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction.ion_channels import FixedPool, Ion, IonChannel
from gapjunction.ion_channels._ion import VALENCE
from gapjunction.ion_channels.catalogue import load
from gapjunction.neurons import PointNeuron
from gapjunction.nmodl._comparison import crossings
from gapjunction.nmodl._model import Model

START = -65.0  # mV
# In uA/cm2. Without the mechanism the axon fires repetitively from 6.3 on.
_DENSITIES = (5.0, 10.0, 20.0, 40.0, 80.0)
SAMPLE = 0.025  # ms
SAMPLES = 2400
ONSET = 200  # in samples
_STEPS = 5  # of a sample
GRID = SAMPLE * np.arange(SAMPLES + 1)


def firing(
    cls: type[IonChannel], made: Model, values: dict[str, float], temperature: float | None
) -> tuple[float, np.ndarray]:
    """Return the current step in uA/cm2 at which a cell fires most, and its sampled voltage in mV.

    It is a squid axon at 6.3 degC with the class at its default density.
    """
    number = len(_DENSITIES)
    channels = {
        "na": load("Na_HH1952")(number),
        "k": load("K_HH1952")(number),
        "leak": load("L_HH1952")(number),
        "mechanism": cls(number, temperature=temperature),
    }
    with warnings.catch_warnings():
        # The axon is kept at 6.3 degC on purpose, so the warning does not apply.
        warnings.filterwarnings("ignore", "temperature is not the same")
        cell = PointNeuron(
            number,
            1 * u.uF / u.cm**2,
            channels,
            solver="staggered",
            pools=_pools(made, values, number),
            V_initializer=START * u.mV,
        )
    cell.init_state()
    density = np.array(_DENSITIES) * u.uA / u.cm**2

    def sample(on: jax.Array) -> Any:
        for _ in range(_STEPS):
            cell.update(on * density)
        return cell.V.value.to_decimal(u.mV)

    # The steps are compiled as one loop.
    with brainstate.environ.context(dt=SAMPLE / _STEPS * u.ms), jax.disable_jit(False):
        on = jnp.asarray(np.arange(SAMPLES) >= ONSET, float)
        every = np.asarray(brainstate.transform.for_loop(sample, on), float)
    V = np.vstack([np.full(number, START), every])
    most = int(np.argmax([len(crossings(GRID, V[:, k])) for k in range(number)]))
    return _DENSITIES[most], V[:, most]


def _pools(made: Model, values: dict[str, float], number: int) -> list[FixedPool]:
    """Return pools with the constant concentrations of the clamp."""
    known: dict[str, dict[str, Any]] = {}
    for key, name in made.concentrations.items():
        side = "outside" if name.endswith("_out") else "inside"
        known.setdefault(name.removesuffix("_out"), {})[side] = values[key] * u.mM
    # The classes read no reversal potential of a pool, so that its value does not matter.
    return [
        FixedPool(
            number, ion if ion in VALENCE else Ion(ion, made.valences[ion]), E=0 * u.mV, **sides
        )
        for ion, sides in known.items()
    ]

"""Voltages of neurons of any kinds that are driven side by side."""

import brainstate
import jax.numpy as jnp
import numpy as np
import saiunit as u


def voltages(cells, drive, duration, dt):
    """Run neurons side by side, compiled once.

    Parameters
    ----------
    cells : list of neurons
    drive : callable
        ``drive(t)``, t in ms at the middle of a step, gives the input of each.
    duration, dt : float
        In ms.

    Returns
    -------
    array
        In mV, shape ``(steps + 1, number of cells in all)``.
    """
    for cell in cells:
        cell.init_state()

    def now():
        return jnp.concatenate([cell.V.value.to_decimal(u.mV) for cell in cells])

    @brainstate.transform.jit
    def run():
        def step(i):
            with brainstate.environ.context(i=i, t=i * dt * u.ms, dt=dt * u.ms):
                for cell, x in zip(cells, drive((i + 0.5) * dt), strict=True):
                    cell(x)
            return now()

        return brainstate.transform.for_loop(step, jnp.arange(round(duration / dt)))

    return np.concatenate([np.asarray(now())[None], np.asarray(run())])

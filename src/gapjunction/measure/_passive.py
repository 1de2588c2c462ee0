"""Voltages of passive cells as a function of their parameters, with derivatives."""

from __future__ import annotations

import functools
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from gapjunction._typing import Array

Parameters: TypeAlias = tuple[Array, Array, Array, Array]
"""Junction conductances (n_edges,), and leaks, capacitances and resting voltages (n_cells,)."""


def predict(
    parameters: Parameters,
    start: jax.Array,
    current: jax.Array,
    pre: jax.Array,
    post: jax.Array,
    dt: jax.Array,
) -> jax.Array:
    """Return voltages, exact for currents that are constant from one sample to the next.

    All are plain numbers in units that fit each other, such as mV, nA, uS, nF and ms.

    Parameters
    ----------
    parameters : tuple of array
    start : array, shape (n_cells,)
        Initial voltages.
    current : array, shape (n_samples, n_cells)
    pre, post : array, shape (n_edges,)
        The two cells of each junction.
    dt : array, shape ()
        Time between samples.

    Returns
    -------
    array, shape (n_samples, n_cells)
    """
    g, leak, C, rest = parameters
    n = len(leak)
    matrix = jnp.diag(leak).at[pre, pre].add(g).at[post, post].add(g)
    matrix = matrix.at[pre, post].add(-g).at[post, pre].add(-g)
    # exp([[A, B], [0, 0]] dt) = [[Ad, Bd], [0, 1]]: after a time dt the voltages are Ad times those
    # at its start, plus Bd times the constant input.
    A = -matrix / C[:, None]
    block = jnp.block([[A, jnp.diag(1 / C)], [jnp.zeros((n, 2 * n), A.dtype)]])
    step = jax.scipy.linalg.expm(block * dt)[:n]

    def advance(V: jax.Array, I: jax.Array) -> tuple[jax.Array, jax.Array]:  # noqa: E741
        return step[:, :n] @ V + step[:, n:] @ (I + leak * rest), V

    return jax.lax.scan(advance, start, current)[1]


@functools.partial(jax.jit, static_argnames=("pre", "post"))
def _both(
    parameters: Parameters,
    start: jax.Array,
    current: jax.Array,
    dt: jax.Array,
    pre: tuple[int, ...],
    post: tuple[int, ...],
) -> tuple[jax.Array, Any]:
    """Return the voltages, and their derivatives by each parameter and each initial voltage."""

    def of(parameters: Parameters, start: jax.Array) -> jax.Array:
        ends = (jnp.asarray(pre, jnp.int32), jnp.asarray(post, jnp.int32))
        return predict(parameters, start, current, *ends, dt)

    return of(parameters, start), jax.jacfwd(of, argnums=(0, 1))(parameters, start)


def predict_with_slopes(
    parameters: Parameters,
    start: np.ndarray,
    current: np.ndarray,
    pre: np.ndarray,
    post: np.ndarray,
    dt: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return voltages, and their derivatives by all parameters and by the initial voltages.

    It is computed in double precision, whatever precision JAX is set to.
    """
    with jax.enable_x64(True):
        V, (by_parameters, by_start) = _both(
            (
                jnp.asarray(parameters[0], jnp.float64),
                jnp.asarray(parameters[1], jnp.float64),
                jnp.asarray(parameters[2], jnp.float64),
                jnp.asarray(parameters[3], jnp.float64),
            ),
            jnp.asarray(start, jnp.float64),
            jnp.asarray(current, jnp.float64),
            jnp.asarray(dt, jnp.float64),
            tuple(map(int, pre)),
            tuple(map(int, post)),
        )
        slopes = np.concatenate([np.asarray(s) for s in by_parameters], axis=-1)
        return np.asarray(V), slopes, np.asarray(by_start)


def first_guess(
    volts: list[np.ndarray],
    currents: list[np.ndarray],
    pre: np.ndarray,
    post: np.ndarray,
    dt: float,
    stretches: int,
) -> Parameters:
    r"""Return parameters from a linear regression of the membrane equation's integral.

    The integral, :math:`\int I = C \Delta V + G \int V - G E t - \sum_j g_j \int (V_j - V)`, is
    taken over consecutive stretches of each recording. Few long stretches average out more of the
    noise, which biases the regression; many short ones resolve faster changes of the voltages.
    """
    n, e = volts[0].shape[1], len(pre)
    rows, values = [], []
    for V, I in zip(volts, currents, strict=True):  # noqa: E741
        m = max(1, len(V) // stretches)
        ends = np.arange(0, len(V), m)
        area = np.concatenate([[V[0] * 0], np.cumsum((V[1:] + V[:-1]) * dt / 2, axis=0)])
        charge = np.concatenate([[I[0] * 0], np.cumsum(I[:-1] * dt, axis=0)])
        dV, dA, dQ = (np.diff(x[ends], axis=0) for x in (V, area, charge))
        block = np.zeros((len(dV), n, e + 3 * n))
        for k, (a, b) in enumerate(zip(pre, post, strict=True)):
            block[:, a, k] -= dA[:, b] - dA[:, a]
            block[:, b, k] -= dA[:, a] - dA[:, b]
        for i in range(n):
            block[:, i, e + i] = dA[:, i]
            block[:, i, e + n + i] = dV[:, i]
            block[:, i, e + 2 * n + i] = -m * dt
        rows.append(block.reshape(-1, e + 3 * n))
        values.append(dQ.reshape(-1))
    matrix, value = np.concatenate(rows), np.concatenate(values)
    scale = np.linalg.norm(matrix, axis=0)
    scale[scale == 0] = 1.0
    found = np.linalg.lstsq(matrix / scale, value, rcond=None)[0] / scale
    g, leak, C, push = np.split(found, [e, e + n, e + 2 * n])
    # Noise can make these estimates negative. A circuit with such values would be unstable.
    leak = np.where(leak > 0, leak, np.abs(leak).mean() * 0.1 + 1e-12)
    C = np.where(C > 0, C, np.abs(C).mean() * 0.1 + 1e-12)
    return np.maximum(g, 0.0), leak, C, push / leak

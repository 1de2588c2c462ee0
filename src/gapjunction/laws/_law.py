"""What a junction law is."""

from __future__ import annotations

import abc
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

_RANGE = np.linspace(-200.0, 200.0, 801)  # mV


class Law(abc.ABC):
    r"""How the conductance of a junction depends on its voltages and on a state of its own.

    The current along an edge is :math:`I = w\,s\,V_j` with :math:`V_j = V_{pre} - V_{post}`; ``w``
    is the junction's ``weight``, and a law says the number ``s``. It is a set of parameters: the
    state of each edge is the junction's, handed in and out. A law of your own is a frozen
    dataclass with :meth:`conductance`, and with :meth:`initial` and :meth:`advance` if it has a
    state.

    Examples
    --------
    A conductance that falls as one over the voltage difference:

    >>> import dataclasses, saiunit as u
    >>> import gapjunction as gj
    >>> @dataclasses.dataclass(frozen=True, eq=False)
    ... class Saturating(gj.laws.Law):
    ...     V_half: u.Quantity
    ...
    ...     def conductance(self, state, V_pre, V_post):
    ...         return 1 / (1 + abs(V_pre - V_post) / self.V_half)
    >>> print(Saturating(20 * u.mV).steady_state([-60., 0., 20.] * u.mV))
    [0.25 1.   0.5 ]
    """

    @property
    def instantaneous(self) -> bool:
        """Whether ``s`` follows the voltages within a step, at a state that is held.

        If not, the current is linear in the voltages: as fast as an ohmic junction's, and solved
        for exactly in implicit coupling.
        """
        return True

    def initial(self, V_pre: Any, V_post: Any) -> jax.Array | None:
        """Return the state that edges settle in at voltages that are held; None for no state.

        Parameters
        ----------
        V_pre, V_post : Quantity, shape (*batch, n_edges)
            Voltages at the two ends of each edge.

        Returns
        -------
        array or None
            Shape ``(*batch, n_edges)``, or with one more axis behind.
        """
        return None

    def advance(self, state: Any, V_pre: Any, V_post: Any, dt: Any) -> Any:
        """Return the state one ``dt`` later, at voltages that are held."""
        return state

    @abc.abstractmethod
    def conductance(self, state: Any, V_pre: Any, V_post: Any) -> jax.Array:
        """Return ``s``, which is a plain number for each edge."""

    def steady_state(self, V_j: Any) -> jax.Array:
        """Return ``s`` as it settles at voltage differences that are held.

        Parameters
        ----------
        V_j : Quantity
            V_pre - V_post, of any shape; the two are put at plus and minus one half of it.

        Returns
        -------
        array
            Shape of ``V_j``.
        """
        V_pre, V_post = V_j / 2, -V_j / 2
        return self.conductance(self.initial(V_pre, V_post), V_pre, V_post)

    def largest_slope(self) -> float:
        """Return the largest slope of ``s V_j`` within 200 mV, which bounds stable time steps."""

        def current(v: jax.Array) -> jax.Array:
            half = v * u.mV / 2
            state = jax.lax.stop_gradient(self.initial(half, -half))
            s = self.conductance(state, half, -half)
            return (s if self.instantaneous else jax.lax.stop_gradient(s)) * v

        with jax.ensure_compile_time_eval():
            slopes = jax.vmap(jax.grad(current))(jnp.asarray(_RANGE, jnp.float32))
        return max(float(slopes.max()), 0.0)

"""The base class of the laws of junctions."""

from __future__ import annotations

import abc

import jax
import jax.numpy as jnp
import numpy as np
import saiunit as u

from gapjunction._typing import ArrayLike, QuantityLike

_RANGE = np.linspace(-200.0, 200.0, 801)  # mV


class Law(abc.ABC):
    r"""How the conductance of a junction depends on its voltages and on a state of its own.

    The current along an edge is :math:`I = w\,s\,V_j` with the transjunctional voltage
    :math:`V_j = V_{pre} - V_{post}`. Here ``w`` is the junction's ``weight``, and the law computes
    the dimensionless factor ``s``. A law holds parameters only: the junction stores the state of
    each edge, passes it to the law, and keeps what the law returns. To write a law of your own,
    derive a frozen dataclass that has :meth:`conductance`, and also :meth:`initial` and
    :meth:`advance` if the law has a state.

    Examples
    --------
    A conductance that falls with the size of the voltage difference, to one half at ``V_half``:

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
        """Whether ``s`` depends on the voltages directly, also while the state does not change.

        If it does not, the current is linear in the voltages during a time step. Such a junction
        takes no more time than an ohmic one, and implicit coupling solves for its current exactly.
        """
        return True

    def initial(self, V_pre: ArrayLike, V_post: ArrayLike) -> jax.Array | None:
        """Return the steady state of edges at constant voltages, or None if there is no state.

        Parameters
        ----------
        V_pre, V_post : Quantity, shape (*batch, n_edges)
            Voltages at the two ends of each edge.

        Returns
        -------
        array or None
            Shape ``(*batch, n_edges)``, or ``(*batch, n_edges, k)`` for a state of ``k`` numbers.
        """
        return None

    def advance(
        self, state: jax.Array, V_pre: ArrayLike, V_post: ArrayLike, dt: QuantityLike
    ) -> jax.Array:
        """Return the state after one time step ``dt`` at constant voltages."""
        return state

    @abc.abstractmethod
    def conductance(
        self, state: jax.Array | None, V_pre: ArrayLike, V_post: ArrayLike
    ) -> jax.Array:
        """Return ``s`` of each edge, as plain numbers."""

    def steady_state(self, V_j: QuantityLike) -> jax.Array:
        """Return the steady state of ``s`` at constant transjunctional voltages.

        Parameters
        ----------
        V_j : Quantity
            ``V_pre - V_post``, of any shape. The two cells are held at plus and minus one half
            of it.

        Returns
        -------
        array
            Shape of ``V_j``.
        """
        half = V_j / 2
        return self.conductance(self.initial(half, -half), half, -half)

    def largest_slope(self) -> float:
        """Return the largest slope of ``s V_j`` for voltages ``V_j`` from -200 to 200 mV.

        It is in multiples of the junction's ``weight``, and limits the stable time steps.
        """

        def current(v: jax.Array) -> jax.Array:
            half = v * u.mV / 2
            state = jax.lax.stop_gradient(self.initial(half, -half))
            s = self.conductance(state, half, -half)
            return (s if self.instantaneous else jax.lax.stop_gradient(s)) * v

        with jax.ensure_compile_time_eval():
            slopes = jax.vmap(jax.grad(current))(jnp.asarray(_RANGE, jnp.float32))
        # NumPy is used because an operation of JAX would be traced within a transformed function.
        # A law may have no derivative at some of the voltages, such as sqrt(V_j**2) at 0.
        found = np.asarray(slopes)
        return float(found[~np.isnan(found)].max(initial=0.0))

    def is_directional(self) -> bool:
        """Return whether the two directions of an edge differ, so that it matters which is pre.

        They differ if the steady state of ``s`` is not the same for opposite voltage differences,
        somewhere between -200 and 200 mV.
        """
        with jax.ensure_compile_time_eval():
            s = np.asarray(self.steady_state(u.Quantity(_RANGE, unit=u.mV)))
        return not np.allclose(s, s[::-1], rtol=1e-3, atol=1e-5)

"""Steady states and time constants of a channel's gates against those written out in a test."""

import numpy as np
import saiunit as u


def check_gates(channel, reference, V, *, rtol=1e-9, atol=0.0, at_once=(), **concentrations):
    """Compare a channel with ``{gate: (steady state, time constant in ms)}`` at V in mV.

    The channel must have these gates, and besides them only those named in ``at_once``, which have
    no time constant.
    """
    steady = channel.steady_state(V * u.mV, **concentrations)
    tau = channel.time_constant(V * u.mV, **concentrations)
    assert set(tau) == set(reference)
    assert set(steady) == {*reference, *at_once}
    for gate, (target, time) in reference.items():
        what = f"{gate} of {type(channel).__name__}"
        np.testing.assert_allclose(steady[gate], target, rtol=rtol, atol=atol, err_msg=what)
        np.testing.assert_allclose(tau[gate].to_decimal(u.ms), time, rtol=rtol, err_msg=what)

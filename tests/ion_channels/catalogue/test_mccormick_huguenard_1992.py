"""McCormick & Huguenard 1992, against the equations of ModelDB 3808, written out."""

import numpy as np
import saiunit as u

from gapjunction.ion_channels.catalogue.mccormick_huguenard_1992 import CaL_MH1992

V = np.linspace(-120.0, 60.0, 361)


def test_activation_is_that_of_modeldb_3808(x64):
    alpha = 1.6 / (1 + np.exp(-0.072 * (V - 5)))
    beta = 0.02 * (V - 1.31) / (np.exp((V - 1.31) / 5.36) - 1)
    channel = CaL_MH1992(1)
    inf = 1 / (1 + np.exp((V + 10) / -10))
    np.testing.assert_allclose(channel.steady_state(V * u.mV)["m"], inf, rtol=1e-9)
    tau = channel.time_constant(V * u.mV)["m"]
    np.testing.assert_allclose(tau.to_decimal(u.ms), 1 / (alpha + beta), rtol=1e-9)
    warm = CaL_MH1992(1, temperature=33.5).time_constant(V * u.mV)["m"]
    np.testing.assert_allclose(tau / warm, 3.0, rtol=1e-9)

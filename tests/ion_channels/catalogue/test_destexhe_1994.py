"""Against the model files of ModelDB 3670 in plain NumPy: mM, ms, at 36 degC."""

from types import SimpleNamespace

import brainstate
import numpy as np
import pytest
import saiunit as u

from gapjunction.ion_channels.catalogue.destexhe_1994 import AHP_De1994, CAN_De1994

calcium = np.logspace(-4, -1, 61)
V = np.full(calcium.size, -60.0) * u.mV
WARM = 3 ** ((36 - 22) / 10)


@pytest.mark.parametrize(
    ("entry", "alpha", "beta"), [(AHP_De1994, 48.0, 0.03), (CAN_De1994, 20.0, 0.002)]
)
def test_equations_of_the_model_files(entry, alpha, beta, x64):
    channel = entry(calcium.size)
    opening = alpha * calcium**2
    Ca = calcium * u.mM
    tau = channel.time_constant(V, Ca=Ca)["m"].to_decimal(u.ms)
    np.testing.assert_allclose(
        channel.steady_state(V, Ca=Ca)["m"], opening / (opening + beta), rtol=1e-9
    )
    np.testing.assert_allclose(tau, 1 / (opening + beta) / WARM, rtol=1e-9)
    assert channel.gates["m"].power == 2
    assert channel.reads() == ("Ca",)


@pytest.mark.parametrize(("entry", "half"), [(AHP_De1994, 25.0), (CAN_De1994, 10.0)])
def test_half_of_the_gate_is_open_at_the_published_concentration(entry, half):
    steady = entry(1).steady_state([-60.0] * u.mV, Ca=half * u.uM)["m"]
    assert float(steady[0]) == pytest.approx(0.5, abs=1e-6)


def test_opening_rate_of_braincell(x64):
    # Its closing rate is 0.09/ms by default, where the paper has 0.03/ms.
    peer = pytest.importorskip("braincell").channel.AHP_De1994(calcium.size, beta=0.03)
    ions = SimpleNamespace(Ci=calcium * u.mM)
    alpha, beta = peer.f_p_alpha(V, None, ions), peer.f_p_beta(V, None, ions)
    steady = AHP_De1994(calcium.size).steady_state(V, Ca=calcium * u.mM)["m"]
    np.testing.assert_allclose(steady, alpha / (alpha + beta), rtol=1e-9)


def test_opens_with_calcium_and_closes_slowly(x64):
    channel = AHP_De1994(1)
    V1 = [-60.0] * u.mV
    channel.init_state(V1, Ca=[2.4e-4] * u.mM)
    with brainstate.environ.context(dt=10 * u.ms):
        channel.update(V1, Ca=[0.02] * u.mM)
        opened = float(channel.m.value[0])
        channel.update(V1, Ca=[2.4e-4] * u.mM)
    target, rate = 0.0192 / 0.0492, 0.0492 * WARM
    assert opened == pytest.approx(target * (1 - np.exp(-10 * rate)), rel=1e-3)
    assert float(channel.m.value[0]) / opened == pytest.approx(np.exp(-0.3 * WARM), rel=1e-3)

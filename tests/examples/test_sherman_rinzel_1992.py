import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq


@pytest.mark.slow
@pytest.mark.optimized
def test_antiphase_at_weak_coupling_and_in_phase_at_stronger(load, tmp_path):
    figure = tmp_path / "figure.png"
    found = load("sherman_rinzel_1992")["main"](figure)
    assert found["weak"] == pytest.approx(0.5, abs=0.005)
    assert found["strong"] < 0.005
    # The middle is quasi-periodic: antiphase is lost before in phase has all.
    assert found["antiphase"] < found["lost"] < 0.24
    assert found["in_phase"] == pytest.approx(border_of_scipy(), abs=0.01)
    # Figure 3.
    alone, coupled = found["alone"], found["coupled"]
    assert coupled["period"] > 1.5 * alone["period"]
    assert coupled["interval"] < alone["interval"]
    assert coupled["height"] < alone["height"]
    assert alone["phase"] < 0.05
    assert coupled["phase"] > 0.45
    # Figure 4: there are no pauses before there is coupling.
    assert len(found["starts"]) >= 3
    assert found["starts"].min() > 20
    assert figure.stat().st_size > 10_000


def test_a_cell_alone_has_the_period_of_scipy(load):
    example = load("sherman_rinzel_1992")
    V = example["Pairs"]([0.0]).run(4000, 0.1)
    period = np.diff(example["spikes"](V[:, 0], 0.1))[-1]
    assert period == pytest.approx(orbit()[0], rel=1e-3)


def slope(_, y):
    V, n = y[:2]
    m = 1 / (1 + np.exp((-20 - V) / 12))
    ionic = 3.6 * m * (V - 25) + (10 * n + 4 * 0.15) * (V + 75)
    return np.array([-ionic, 0.8 * (1 / (1 + np.exp((-17 - V) / 5.6)) - n)]) / 20


def orbit():
    """Return the period of a cell alone, and a point on its orbit."""

    def crossing(t, y):
        return y[0] + 40

    crossing.direction = 1
    found = solve_ivp(
        slope, (0, 4000), [-55, 0.001], method="LSODA", rtol=1e-9, atol=1e-9, events=crossing
    )
    return found.t_events[0][-1] - found.t_events[0][-2], found.y_events[0][-1]


def border_of_scipy():
    """Return the conductance at which a difference between the cells grows no more (Floquet)."""
    period, start = orbit()

    def growth(g):
        def both(t, y):
            V, n = y[:2]
            m = 1 / (1 + np.exp((-20 - V) / 12))
            n_inf = 1 / (1 + np.exp((-17 - V) / 5.6))
            by_V = 3.6 * m * (1 + (1 - m) / 12 * (V - 25)) + 10 * n + 4 * 0.15
            jacobian = np.array(
                [[-by_V - 2 * g, -10 * (V + 75)], [0.8 * n_inf * (1 - n_inf) / 5.6, -0.8]]
            )
            return np.concatenate([slope(t, y), (jacobian / 20 @ y[2:].reshape(2, 2)).ravel()])

        state = np.concatenate([start, np.eye(2).ravel()])
        end = solve_ivp(both, (0, period), state, method="LSODA", rtol=1e-9, atol=1e-9).y[2:, -1]
        return np.log(np.abs(np.linalg.eigvals(end.reshape(2, 2))).max())

    return brentq(growth, 0.02, 0.3, xtol=1e-5)

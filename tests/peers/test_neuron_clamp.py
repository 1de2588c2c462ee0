"""Currents under voltage clamp against NEURON, from mechanism text written for this.

At a voltage that is held the library's gates are exact at any step, so that this compares the
equations alone.
"""

import brainstate
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

from comparisons.channels import SixState
from gapjunction.ion_channels import K_HH1952, Na_HH1952
from gapjunction.ion_channels.catalogue.huguenard_mccormick_1992 import T_HM1992
from gapjunction.ion_channels.catalogue.pospischil_2008 import L_Po2008, M_Po2008
from gapjunction.ion_channels.catalogue.wang_buzsaki_1996 import K_WB1996, Na_WB1996
from simulators import neuron_peer

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("x64")]
DENSITY = u.mA / u.cm**2
# A family on both sides of rest, with the singular points of the rates.
FAMILY = [-120, -80, -55, -40, -35, -34, -27, 0, 40]
HOLD = -90
EVERY = 0.1
HH = {
    "insert": {"hh": {}},
    "segment": {"ena": 50, "ek": -77},
    "globals": {"usetable_hh": 0},
}
INTERNEURON = {"insert": {"interneuron": {}}, "segment": {"ena": 55, "ek": -90}}
CASES = {
    "Na_HH1952": (Na_HH1952, HH | {"record": ["ina"]}, {}),
    "K_HH1952": (K_HH1952, HH | {"record": ["ik"]}, {}),
    "Na_WB1996": (Na_WB1996, INTERNEURON | {"record": ["ina"]}, {}),
    "K_WB1996": (K_WB1996, INTERNEURON | {"record": ["ik"]}, {}),
    "M_Po2008": (
        M_Po2008,
        {"insert": {"slowk": {"gbar": 7.5e-5}}, "segment": {"ek": -90}, "record": ["ik"]},
        {},
    ),
    "L_Po2008": (
        L_Po2008,
        {"insert": {"highca": {"gbar": 1e-4}}, "segment": {"eca": 120}, "record": ["ica"]},
        {},
    ),
    "T_HM1992": (
        T_HM1992,
        {
            "insert": {"lowca": {"permeability": 1e-4}},
            "segment": {"cai": 2.4e-4, "cao": 2},
            "celsius": 23.5,
            "record": ["ica"],
        },
        {"Ca": 2.4e-4 * u.mM, "Ca_out": 2 * u.mM},
    ),
    "SixState": (
        SixState,
        {"insert": {"sixstate": {}}, "segment": {"ena": 50}, "record": ["ina"]},
        {},
    ),
}


def clamp(channel, V, ions, steps):
    """Return currents in mA/cm2 for a jump from ``HOLD`` to each of ``V``, shape (steps, V)."""
    V = jnp.asarray(V, float) * u.mV
    channel.init_state(jnp.full(V.shape, float(HOLD)) * u.mV, **ions)

    def step(_):
        with brainstate.environ.context(dt=EVERY * u.ms):
            channel.update(V, **ions)
        return channel.current(V, **ions).to_decimal(DENSITY)

    return np.asarray(brainstate.transform.for_loop(step, jnp.arange(steps)))


@pytest.mark.parametrize("name", CASES)
def test_currents_of_a_clamp_family(name, need_neuron):
    made, job, ions = CASES[name]
    job = job | {"v_init": HOLD, "every": EVERY, "duration": 30.0}
    need_neuron(job)
    found = neuron_peer.run({str(V): job | {"clamp": V} for V in FAMILY})
    (what,) = job["record"]
    theirs = np.stack([found[str(V)][what][1:] for V in FAMILY], -1)
    ours = clamp(made(len(FAMILY)), FAMILY, ions, len(theirs))
    # Relative to each trace, down to what CVODE's absolute tolerance leaves of closed gates.
    largest = np.abs(theirs).max(0)
    error = np.abs(ours - theirs).max(0)
    assert (error < 1e-6 * largest + 1e-10 * largest.max()).all(), dict(
        zip(FAMILY, error / largest, strict=True)
    )
    # The family says something: a current that moves, at most voltages.
    assert (np.ptp(theirs, 0) > 0.1 * largest).sum() > len(FAMILY) / 2

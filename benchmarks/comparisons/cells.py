"""The same one-compartment cells, for the library and for NEURON."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import brainstate
import jax.numpy as jnp
import numpy as np
import saiunit as u

import gapjunction as gj
from gapjunction.ion_channels import K_HH1952, L_HH1952, DecayPool, FixedPool, Na_HH1952
from gapjunction.ion_channels.catalogue.destexhe_1994 import AHP_De1994
from gapjunction.ion_channels.catalogue.hirschberg_1998 import SK_Hi1998
from gapjunction.ion_channels.catalogue.huguenard_mccormick_1992 import T_HM1992
from gapjunction.ion_channels.catalogue.pospischil_2008 import L_Po2008, M_Po2008
from gapjunction.ion_channels.catalogue.wang_buzsaki_1996 import (
    K_WB1996,
    Leak_WB1996,
    Na_WB1996,
)

from .channels import SixState

DENSITY = u.mS / u.cm**2
AREA = u.cm**2
SQUID_K = -77 * u.mV
FOREVER = 1e9


@dataclasses.dataclass(frozen=True)
class Cell:
    """A cell and what is done to it.

    Parameters
    ----------
    title : str
        What it is, for a table.
    job : dict
        The run in NEURON; see ``neuron_jobs.DEFAULTS``.
    parts : callable
        Without arguments: the channels by name, and the pools.
    record : dict
        Name in NEURON to function of the neuron, for what is compared besides V.
    """

    title: str
    job: dict
    parts: Callable[[], tuple[dict, tuple]]
    record: Mapping[str, Callable[[Any], Any]] = dataclasses.field(default_factory=dict)

    def run(self, solver, dt):
        """Return samples after each step of ``dt`` ms, by name; index 0 is the start."""
        channels, pools = self.parts()
        start = self.job.get("v_init", -65.0) * u.mV
        neuron = gj.PointNeuron(
            1, 1 * u.uF / AREA, channels, solver=solver, pools=pools, V_initializer=start
        )
        neuron.init_state()
        duration = self.job.get("duration", 50.0)
        drive = np.zeros(round(duration / dt))
        for start, stop, density in self.job.get("pulses", []):
            drive[round(start / dt) : round(min(stop, duration) / dt)] += density

        def now():
            values = {"v": neuron.V.value.to_decimal(u.mV)}
            values |= {name: read(neuron) for name, read in self.record.items()}
            return {name: value[0] for name, value in values.items()}

        def step(x):
            with brainstate.environ.context(dt=dt * u.ms):
                neuron(x)
            return now()

        first = now()
        rest = brainstate.transform.for_loop(step, jnp.asarray(drive) * (u.uA / AREA))
        return {name: np.concatenate([[first[name]], rest[name]]) for name in first}


def _axon(**more):
    return {"na": Na_HH1952(1), "k": K_HH1952(1), "leak": L_HH1952(1)} | more


def _axon_job(temperature=6.3, current=10, duration=50.0, hh=None, **insert):
    return {
        "insert": {"hh": {"el": -54.387} | (hh or {})} | insert,
        "segment": {"ena": 50, "ek": -77},
        "globals": {"usetable_hh": 0},
        "celsius": temperature,
        "pulses": [[5, FOREVER, current]],
        "duration": duration,
    }


def warm_axon(temperature):
    """Return the squid axon at another temperature."""
    classes = {"na": Na_HH1952, "k": K_HH1952, "leak": L_HH1952}
    return Cell(
        f"squid axon at {temperature} degC",
        _axon_job(temperature, current=30),
        lambda: ({key: made(1, temperature=temperature) for key, made in classes.items()}, ()),
    )


def _interneuron():
    return {"na": Na_WB1996(1), "k": K_WB1996(1), "leak": Leak_WB1996(1)}, ()


def _rebound():
    leak = L_HH1952(1, g_max=0.05 * DENSITY, E=-60 * u.mV)
    calcium = FixedPool(1, "Ca", inside=2.4e-4 * u.mM, outside=2 * u.mM)
    return {"leak": leak, "ca": T_HM1992(1)}, (calcium,)


def _calcium_axon(potassium):
    """Return an axon with calcium entry, a pool, and a channel that calcium opens."""
    pool = DecayPool(
        1,
        "Ca",
        gain=5e-5 * u.mM / (u.uA / AREA * u.ms),
        tau=50 * u.ms,
        rest=1e-4 * u.mM,
        outside=2 * u.mM,
        temperature=6.3,
    )
    return _axon(ca=L_Po2008(1, E="Nernst"), slow=potassium()), (pool,)


def _calcium_job(**insert):
    job = _axon_job(current=15, duration=100.0, highca={}, capool={"gain": 0.05}, **insert)
    return job | {"segment": job["segment"] | {"cao": 2}, "record": ["v", "cai"]}


_CALCIUM = {"cai": lambda neuron: neuron.concentrations()["Ca"].to_decimal(u.mM)}

CELLS = {
    "axon": Cell("squid axon, 6.3 degC, 10 uA/cm2", _axon_job(), lambda: (_axon(), ())),
    "interneuron": Cell(
        "fast-spiking interneuron (Wang-Buzsaki 1996), 1 uA/cm2: a gate that is instantaneous",
        {
            "insert": {"interneuron": {}, "pas": {"g": 1e-4, "e": -65}},
            "segment": {"ena": 55, "ek": -90},
            "v_init": -64.0,
            "pulses": [[5, FOREVER, 1]],
            "duration": 100.0,
        },
        _interneuron,
    ),
    "slow-k": Cell(
        "axon with the M current of Pospischil 2008",
        _axon_job(current=15, duration=100.0, slowk={"gbar": 5e-4}),
        lambda: (_axon(slow=M_Po2008(1, g_max=0.5 * DENSITY, E=SQUID_K)), ()),
    ),
    "rebound": Cell(
        "rebound by the T current of Huguenard & McCormick 1992, constant-field equation",
        {
            "insert": {"lowca": {}, "pas": {"g": 5e-5, "e": -60}},
            "segment": {"cai": 2.4e-4, "cao": 2},
            "celsius": 23.5,
            "v_init": -60.0,
            "pulses": [[5, 155, -0.9]],
            "duration": 250.0,
        },
        _rebound,
    ),
    "calcium-k": Cell(
        "axon with L current, calcium pool and the AHP current of Destexhe 1994",
        _calcium_job(cagatedk={}),
        lambda: _calcium_axon(lambda: AHP_De1994(1, E=SQUID_K, temperature=22.0)),
        _CALCIUM,
    ),
    "calcium-sk": Cell(
        "axon with L current, calcium pool and the six-state SK channel of Hirschberg 1998",
        _calcium_job(skscheme={}),
        lambda: _calcium_axon(lambda: SK_Hi1998(1, g_max=0.5 * DENSITY, E=SQUID_K)),
        _CALCIUM,
    ),
    "six-state": Cell(
        "axon with a six-state sodium channel, voltage-dependent, with a loop",
        _axon_job(hh={"gnabar": 0}, sixstate={}),
        lambda: (_axon(na=SixState(1)), ()),
    ),
}

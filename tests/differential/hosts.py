"""The kinds of populations that networks are drawn from, each with parameters that differ by cell.

A kind is written as what the equations have to know of it: its units, its capacitance, where its
voltages lie, and how it resets. Currents are in the first unit of its group, conductances and
capacitances follow from that: with uA and mV they are in mS and in uF.
"""

import dataclasses

import braincell
import brainpy.state as bp
import brainstate
import braintools
import numpy as np
import saiunit as u

import gapjunction as gj
from gapjunction.ion_channels import K_HH1952, Channel

# Current and voltage of each group of kinds that can be coupled to each other.
UNITS = {
    "absolute": (u.get_unit(u.uA), u.get_unit(u.mV)),
    "density": (u.get_unit(u.uA / u.cm**2), u.get_unit(u.mV)),
    "rate": (u.get_unit(u.mV / u.ms), u.get_unit(u.mV)),
    "plain": (u.UNITLESS, u.UNITLESS),
}
SOLVERS = ("exp_euler", "staggered", "euler", "rk2", "midpoint", "heun", "ralston2", "rk3")
SOLVERS += ("ssprk33", "rk4")


@dataclasses.dataclass(frozen=True)
class Kind:
    """One kind of population.

    Parameters
    ----------
    make : callable
        ``make(size, C, R, reset)`` returns the population; C and R have a value for each cell.
    group : str
        Key of ``UNITS``.
    low, high : float
        Where voltages are drawn from.
    threshold : float or None
        Voltage of a spike.
    reset : float or None
        Voltage after a reset; None where the voltage is not reset.
    drive : float
        Largest input current.
    dt : float
        Time step in ms.
    C : (float, float)
        Range of capacitances.
    """

    make: object
    group: str
    low: float
    high: float
    threshold: float | None = None
    reset: float | None = None
    drive: float = 10.0
    dt: float = 0.1
    C: tuple = (0.5, 2.0)
    # Where in the step solved junctions take their current.
    point: float = 1.0
    # Whether the voltage at the end of a step is an affine function of a current that is held.
    affine: bool = True
    # "first": inputs are evaluated once, or an array counts at the first stage alone. "all": an
    # array counts at all stages, and callables are called at all.
    arrays: str = "first"
    # Whether later stages call a callable with the voltage of the stage.
    stages: bool = False
    # Whether the cell answers to the current of others.
    mixed: bool = False
    # Whether delta inputs jump the voltage.
    jumps: bool = True


def leaky(cls, low=-75.0, high=-52.0, th=-50.0, to=-68.0, soft="soft", **more):
    """Return a kind of the integrate-and-fire neurons; R is in kohm, tau in ms."""
    jumps = more.pop("jumps", True)

    def make(size, C, R, reset):
        names = {"V_th": th * u.mV, "V_reset": to * u.mV, "V_rest": -65.0 * u.mV}
        if cls is bp.IF:
            names = {"V_th": th * u.mV}
        if cls in (bp.Gif, bp.GifRef):
            names.pop("V_th")
            names["V_th_initializer"] = braintools.init.Constant(th * u.mV)
        zero = braintools.init.Constant(0.0 * u.uA)
        if cls in (bp.AdExIF, bp.AdExIFRef, bp.AdQuaIF, bp.AdQuaIFRef):
            names |= {"a": 0.3 * u.mS, "b": 2.0 * u.uA, "w_initializer": zero}
        return cls(size, R=R * u.kohm, tau=C * R * u.ms, spk_reset=reset, **names, **more)

    return Kind(make, "absolute", low, high, th, to, jumps=jumps)


def izhikevich(cls):
    def make(size, C, R, reset):
        return cls(size, c=-65.0 * u.mV)

    return Kind(make, "rate", -75.0, -55.0, 30.0, -65.0, C=(1.0, 1.0))


def conductance_based(cls, threshold=20.0):
    def make(size, C, R, reset):
        return cls(size, C=C * u.uF, V_initializer=braintools.init.Constant(-65.0 * u.mV))

    return Kind(make, "absolute", -75.0, -40.0, threshold, dt=0.05)


def plain(cls):
    def make(size, C, R, reset):
        return cls(size, tau=C * u.ms)

    return Kind(make, "plain", -1.5, 0.9, 1.0, drive=1.0)


def point(solver, area=None):
    def make(size, C, R, reset):
        leak = Channel(size, 0.3 / R * u.mS / u.cm**2, -54.4 * u.mV)
        channels = {"k": K_HH1952(size), "leak": leak}
        # C is that of the whole cell where there is an area.
        C = C / (1.0 if area is None else area) * u.uF / u.cm**2
        membrane = None if area is None else area * u.cm**2
        return gj.PointNeuron(size, C, channels, solver, area=membrane)

    one_stage = solver in ("exp_euler", "staggered")
    return Kind(
        make,
        "density" if area is None else "absolute",
        -75.0,
        -45.0,
        0.0,
        dt=0.02,
        point=0.5 if solver == "staggered" else 1.0,
        affine=one_stage or solver == "euler",
        arrays="all",
        stages=not one_stage and solver != "euler",
    )


class Leaking(braincell.SingleCompartment):
    """A compartment whose leak is written out."""

    def __init__(self, size, C, g, solver):
        start = braintools.init.Constant(-65.0 * u.mV)
        super().__init__(size, C=C, solver=solver, V_initializer=start)
        self.leak = braincell.channel.IL(size, g_max=g, E=-60.0 * u.mV)


def compartment(solver, stages):
    def make(size, C, R, reset):
        return Leaking(size, C * u.uF / u.cm**2, 0.3 / R * u.mS / u.cm**2, solver)

    return Kind(make, "density", -75.0, -45.0, 0.0, dt=0.05, stages=stages, affine=True)


class Shared(bp.Neuron):
    """Cells whose membranes are joined by something else: each gets a part of others' current."""

    def __init__(self, size, C, share):
        super().__init__(size)
        self.C, self.share = C, share
        self.V_th = 0.0 * u.mV

    def init_state(self, batch_size=None, **kwargs):
        zero = braintools.init.Constant(0.0 * u.mV)
        self.V = brainstate.HiddenState(braintools.init.param(zero, self.varshape, batch_size))

    def update(self, x=0.0 * u.uA):
        V = self.V.value
        current = self.sum_current_inputs(x, V) - 0.1 * u.mS * V
        spread = 0.0 * current
        for k in range(1, len(self.varshape) + 1):
            spread = spread + u.math.roll(current, 1, axis=-k)
        whole = current + self.share * spread
        V = V + brainstate.environ.get_dt() * whole / self.C
        self.V.value = self.sum_delta_inputs(V)
        return self.V.value


def shared():
    def make(size, C, R, reset):
        return Shared(size, C * u.uF, 0.2)

    return Kind(make, "absolute", -75.0, -45.0, 0.0, mixed=True)


# With a sharper onset of spikes one step of some cells is a factor of 1e9.
GENTLE = 10.0 * u.mV
KINDS = {
    "IF": leaky(bp.IF, 0.0, 13.0, 15.0, 0.0),
    "LIF": leaky(bp.LIF),
    "LIFRef": leaky(bp.LIFRef),
    "ALIF": leaky(bp.ALIF, beta=0.5 * u.mV),
    "ExpIF": leaky(bp.ExpIF, th=-45.0, delta_T=GENTLE),
    "ExpIFRef": leaky(bp.ExpIFRef, th=-45.0, delta_T=GENTLE),
    "AdExIF": leaky(bp.AdExIF, th=-45.0, delta_T=GENTLE),
    "AdExIFRef": leaky(bp.AdExIFRef, th=-45.0, delta_T=GENTLE),
    "QuaIF": leaky(bp.QuaIF, th=-30.0),
    "AdQuaIF": leaky(bp.AdQuaIF, th=-30.0),
    "AdQuaIFRef": leaky(bp.AdQuaIFRef, th=-30.0),
    "Gif": leaky(bp.Gif),
    "GifRef": leaky(bp.GifRef),
    "CubaLIF": leaky(bp.CubaLIF, jumps=False),
    "CobaLIF": leaky(bp.CobaLIF, jumps=False),
    "Izhikevich": izhikevich(bp.Izhikevich),
    "IzhikevichRef": izhikevich(bp.IzhikevichRef),
    "HH": conductance_based(bp.HH),
    "MorrisLecar": conductance_based(bp.MorrisLecar, 10.0),
    "WangBuzsakiHH": conductance_based(bp.WangBuzsakiHH),
    "FitzHughNagumo": plain(bp.FitzHughNagumo),
    "HindmarshRose": plain(bp.HindmarshRose),
    **{f"point {name}": point(name) for name in SOLVERS},
    "point exp_euler, area": point("exp_euler", 2.0),
    "point staggered, area": point("staggered", 2.0),
    "compartment exp_euler": compartment("ind_exp_euler", False),
    "compartment rk2": compartment("rk2", True),
    "compartment rk4": compartment("rk4", True),
    "shared": shared(),
}


def threshold(name, states):
    """Return the threshold of each cell, which some neurons change."""
    if name == "ALIF":
        return KINDS[name].threshold + 0.5 * states["a"]
    if name in ("Gif", "GifRef"):
        return states["V_th"]
    return KINDS[name].threshold


def after_reset(name, reset, V, states):
    """Return the voltage from which the next step of an integrate-and-fire neuron starts."""
    kind = KINDS[name]
    spike = threshold(name, states) <= V
    if reset == "hard" or name.startswith("Izhikevich"):
        return np.where(spike, kind.reset, V)
    # A soft reset subtracts the height of the threshold, without what adaptation has added to it.
    level = states["V_th"] if name in ("Gif", "GifRef") else kind.threshold
    return np.where(spike, V - (level - kind.reset), V)

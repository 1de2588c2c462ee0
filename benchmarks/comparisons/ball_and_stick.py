"""Two passive cells with a soma and a dendrite, for the library and in closed form.

The dendrites are joined half-way. In closed form a cell consists of two cylinders that obey the
cable equation: there are no compartments.
"""

import dataclasses

import numpy as np
import saiunit as u

import gapjunction as gj

SOMA, RADIUS = 20.0, 10.0  # length and radius in um
DENDRITE, THIN = 200.0, 1.0  # um
CM, RA, LEAK, REST = 1.0, 100.0, 5e-5, -65.0  # uF/cm2, ohm cm, S/cm2, mV


def cylinder(length, radius, s=0.0):
    """Return a cylinder of some um as a two-port, shape ``(*s, 2, 2)``.

    It maps voltage in mV and current in nA at one end to those at the other. ``s`` is a complex
    frequency in 1/ms: the membrane has the admittance LEAK + s CM.
    """
    membrane = LEAK + np.asarray(s) * CM * 1e-3  # S/cm2
    r, length = radius * 1e-4, length * 1e-4
    space = np.sqrt(r / (2 * RA * membrane))
    infinite = 1e6 * np.pi * r**2 / (RA * space)  # uS
    c, k = np.cosh(length / space), np.sinh(length / space)
    return np.stack([np.stack([c, k / infinite], -1), np.stack([infinite * k, c], -1)], -2)


def impedances(s=0.0):
    """Return those of a cell in Mohm: of the soma's middle, between both, of the dendrite's."""
    half_soma, half = cylinder(SOMA / 2, RADIUS, s), cylinder(DENDRITE / 2, THIN, s)

    def load(port):
        """Return the admittance of what ends sealed behind a two-port."""
        return port[..., 1, 0] / port[..., 0, 0]

    between = half_soma @ half
    at_soma = load(half_soma) + load(between @ half)
    at_middle = load(half) + load(half @ half_soma @ half_soma)
    # A current into the soma makes V there; behind the two-port is the outer half of the dendrite.
    ratio = 1 / (between[..., 0, 0] + between[..., 0, 1] * load(half))
    return 1 / at_soma, ratio / at_soma, 1 / at_middle


def responses(g, s=0.0):
    """Return the voltages of both somata over the current into the first, in Mohm; g is in uS."""
    soma, transfer, middle = impedances(s)
    through = g * transfer**2 / (1 + 2 * g * middle)
    return soma - through, through


def coefficient(g, s=0.0):
    """Return the coupling coefficient of the somata through g in uS."""
    first, second = responses(g, s)
    return second / first


def step_response(g, current, times, terms=18):
    """Return deflections of both somata in mV after a current in nA is switched on, ``(T, 2)``.

    By the inverse of the Laplace transform on the contour of Talbot, with the parameters of Abate
    & Valko (2004) Int J Numer Methods Eng 60:979-993.

    Parameters
    ----------
    times : array
        In ms, all positive.
    terms : int
        Number of points on the contour. More lose digits to rounding.
    """
    t = np.asarray(times, float)[:, None]
    angle = np.arange(1, terms) * np.pi / terms
    cot = 1 / np.tan(angle)
    real = 2 * terms / (5 * t)
    contour = real * angle * (cot + 1j)
    slope = 1 + 1j * (angle + (angle * cot - 1) * cot)
    at = np.concatenate([real + 0j, contour], axis=1)
    weight = np.concatenate([0.5 * np.exp(real * t) + 0j, np.exp(contour * t) * slope], axis=1) * (
        real / terms
    )
    found = [(weight * z / at).real.sum(axis=1) for z in responses(g, at)]
    return current * np.stack(found, axis=1)


@dataclasses.dataclass
class Pair:
    """The pair in this library.

    Parameters
    ----------
    parts : int
        Number of control volumes of each branch: odd, so that its middle is the middle of one.
    coupling : str
        The coupling mode.
    drive : float
        Current into the first soma from time 0 on, in nA.
    """

    parts: int
    coupling: str = "implicit"
    drive: float = 0.0

    def __post_init__(self):
        import braincell
        from braincell.filter import AllRegion, at
        from braincell.mech import CableProperty, Channel, CurrentClamp

        def branch(length, radius, kind):
            ends = [radius, radius] * u.um
            return braincell.Branch.from_lengths(lengths=[length] * u.um, radii=ends, type=kind)

        tree = braincell.Morphology.from_root(branch(SOMA, RADIUS, "soma"), name="soma")
        dendrite = branch(DENDRITE, THIN, "basal_dendrite")
        tree.attach(parent="soma", child_branch=dendrite, child_name="dend", parent_x=1.0)
        policy = braincell.CVPerBranch(self.parts)
        cells = braincell.Cell(tree, pop_size=2, cv_policy=policy, V_init=REST * u.mV)
        cells.paint(
            AllRegion(),
            CableProperty(
                resting_potential=REST * u.mV,
                membrane_capacitance=CM * u.uF / u.cm**2,
                axial_resistivity=RA * u.ohm * u.cm,
            ),
            Channel("IL", g_max=LEAK * u.siemens / u.cm**2, E=REST * u.mV),
        )
        drive = CurrentClamp(durations=1e9 * u.ms, amplitudes=[self.drive, 0.0] * u.nA)
        cells.place(at("soma", 0.5), drive)
        self.cells, self.soma = cells, gj.sites(cells, at("soma", 0.5))
        self.gap = gj.SymmetryGapJunction(
            gj.sites(cells, at("dend", 0.5)), "V", ([0], [1]), 1 * u.nS, coupling=self.coupling
        )
        cells.init_state()
        self.gap.init_state()

    def coefficient(self, g, frequency=None):
        """Return the coupling coefficient of the somata through g in nS."""
        self.gap.weight.value = g * u.nS
        network, somata = gj.measure.linearise(self.gap), [(self.soma, 0), (self.soma, 1)]
        found = gj.measure.coupling_coefficient(network, *somata, frequency)
        return float(found) if frequency is None else complex(found.value)

    def runner(self, chunk):
        """Return ``f(g, dt, steps)``: deflections of the somata in mV, shape ``(steps, 2)``.

        ``g`` is in nS and ``dt`` in ms. Steps are taken in chunks that are compiled once, of which
        their number must be a multiple.
        """
        import brainstate
        import jax.numpy as jnp

        def reset(g):
            self.cells.reset_state()
            self.gap.weight.value = g * u.nS
            self.gap.reset_state()

        @brainstate.transform.jit
        def advance(dt):
            def step(i):
                with brainstate.environ.context(i=i, t=i * dt * u.ms, dt=dt * u.ms):
                    self.gap()
                    self.cells()
                V = self.cells.V.value.to_decimal(u.mV)
                return V.reshape(-1)[self.soma.index] - REST

            return brainstate.transform.for_loop(step, jnp.arange(chunk))

        def run(g, dt, steps=chunk):
            reset(g)
            return jnp.concatenate([advance(dt) for _ in range(steps // chunk)])

        return run

"""Multi-compartment cells of braincell for tests, and the same cells in NumPy."""

import braincell
import brainstate
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

HAVE_PLACES = hasattr(braincell, "CellView")
needs_places = pytest.mark.skipif(
    not HAVE_PLACES, reason="places of cells need braincell 0.2.0 or newer"
)

SOMA, RADIUS, DENDRITE, THIN = 20.0, 10.0, 200.0, 1.0  # um
CM, RA, LEAK, REST = 1.0, 100.0, 5e-5, -65.0  # uF/cm2, ohm cm, S/cm2, mV


def ball_and_stick(length=DENDRITE, soma=SOMA):
    tree = braincell.Morphology.from_root(
        braincell.Branch.from_lengths(
            lengths=[soma] * u.um, radii=[RADIUS, RADIUS] * u.um, type="soma"
        ),
        name="soma",
    )
    tree.attach(
        parent="soma",
        child_name="dend",
        parent_x=1.0,
        child_branch=braincell.Branch.from_lengths(
            lengths=[length] * u.um, radii=[THIN, THIN] * u.um, type="basal_dendrite"
        ),
    )
    return tree


def make(
    pop=2,
    volumes=3,
    solver="staggered",
    length=DENDRITE,
    rest=REST,
    channels=(),
    tree=None,
    **settings,
):
    """Cells, by default ball and stick, passive but for ``channels``; so many volumes a branch."""
    from braincell.filter import AllRegion

    policy = settings.pop("cv_policy", None) or braincell.CVPerBranch(volumes)
    cells = braincell.Cell(
        ball_and_stick(length) if tree is None else tree,
        pop_size=pop,
        cv_policy=policy,
        solver=solver,
        V_init=rest * u.mV,
        **settings,
    )
    cells.paint(
        AllRegion(),
        braincell.mech.CableProperty(
            resting_potential=rest * u.mV,
            membrane_capacitance=CM * u.uF / u.cm**2,
            axial_resistivity=RA * u.ohm * u.cm,
        ),
        braincell.mech.Channel("IL", g_max=LEAK * u.siemens / u.cm**2, E=rest * u.mV),
        *channels,
    )
    return cells


def circuit(cells):
    """Capacitances in nF, and axial and membrane conductances in uS, of one cell."""
    # From lengths and radii, apart from braincell: a branch is a cylinder of equal volumes.
    C, half, edges = [], [], []
    for volume in cells.cvs:
        r = volume.radius_mid.to_decimal(u.cm)
        length = volume.length.to_decimal(u.cm)
        C.append(2 * np.pi * r * length * CM * 1e3)
        half.append(RA * length / 2 / (np.pi * r**2))
        if volume.parent_cv is not None:
            edges.append((volume.parent_cv, volume.id))
    n = len(C)
    G = np.zeros((n, n))
    for a, b in edges:
        g = 1e6 / (half[a] + half[b])
        G[[a, b], [a, b]] += g
        G[[a, b], [b, a]] -= g
    C = np.array(C)
    return C, G, C / (CM * 1e3) * LEAK * 1e6


def implicit_steps(cells, index, edges, g, V0, dt, steps):
    """Implicit steps of Euler of all cells and junctions as one system; g in uS, V0 in mV."""
    C, axial, leak = circuit(cells)
    P = V0.shape[0]
    n = V0.size
    matrix = np.kron(np.eye(P), np.diag(C / dt + leak) + axial)
    for a, b in zip(*edges, strict=True):
        i, j = index[a], index[b]
        matrix[[i, j], [i, j]] += g
        matrix[[i, j], [j, i]] -= g
    V, found = V0.ravel(), []
    for _ in range(steps):
        V = np.linalg.solve(matrix, np.tile(C / dt, P) * V + np.tile(leak, P) * REST)
        found.append(V.reshape(P, n // P))
    return np.array(found)


def explicit_steps(cells, index, edges, g, V0, dt, steps, extrapolated=False):
    """Steps that are implicit in the cells and explicit in the junctions."""
    C = np.tile(circuit(cells)[0], V0.shape[0]).reshape(V0.shape)
    V, before, found = V0, V0, []
    for _ in range(steps):
        at = (1.5 * V - 0.5 * before if extrapolated else V).ravel()
        # A current into a volume is a jump of its voltage at the start of an implicit step.
        pushed = V.copy()
        for a, b in zip(*edges, strict=True):
            i, j = index[a], index[b]
            flow = dt * g * (at[i] - at[j])
            pushed.flat[i] -= flow / C.flat[i]
            pushed.flat[j] += flow / C.flat[j]
        before = V
        V = implicit_steps(cells, index, ([], []), 0.0, pushed, dt, 1)[0]
        found.append(V)
    return np.array(found)


def stepper(cells, gaps, steps):
    """Return a compiled ``f(V0, weights, dt)``: V of all volumes in mV after each of some steps.

    Compiling takes most of the time, so one function serves all conductances and time steps.
    """
    point = hasattr(cells, "_point_V")

    @brainstate.transform.jit
    def run(V0, weights, dt=0.025):
        cells.V.value = V0 * u.mV
        if point:
            # What braincell keeps at the ends of volumes from one step to the next.
            cells._point_V.value = cells._initial_point_voltage(cells.V.value)
        for gap, weight in zip(gaps, weights, strict=True):
            gap.weight.value = weight * u.nS
            gap.reset_state()

        def step(i):
            with brainstate.environ.context(i=i, t=i * dt * u.ms, dt=dt * u.ms):
                for gap in gaps:
                    gap()
                cells()
                return cells.V.value.to_decimal(u.mV)

        return brainstate.transform.for_loop(step, jnp.arange(steps))

    return run

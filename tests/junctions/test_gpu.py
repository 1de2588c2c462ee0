"""Programs for a GPU, written without one: what they must not contain.

A scatter adds by atomic operations on a GPU, so that results differ from run to run. A call of the
host, or of a library that is only there on a CPU, would not run at all, and a factorisation in each
step is slow where systems are small.
"""

import re

import brainpy
import brainstate
import jax
import jax.extend.core
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from covering import covering
from gapjunction.coupling import MODES
from gapjunction.kernels import _device
from models import Network

AREA = u.cm**2
N = 60


@pytest.fixture(autouse=True)
def _gpu(monkeypatch):
    monkeypatch.setattr(_device, "is_cpu", lambda: False)


def lowered(net, inputs, batch=None):
    """Return the program of two steps for CUDA, as text."""
    brainstate.nn.init_all_states(net, batch_size=batch)

    def run():
        def step(i):
            with brainstate.environ.context(i=i, t=i * brainstate.environ.get_dt()):
                net.update(*inputs)

        brainstate.transform.for_loop(step, jnp.arange(2))

    program = brainstate.transform.make_jaxpr(run)()[0]
    shapes = [jax.ShapeDtypeStruct(v.shape, v.dtype) for v in program.in_avals]
    traced = jax.jit(jax.extend.core.jaxpr_as_fun(program)).trace(*shapes)
    return traced.lower(lowering_platforms=("cuda",)).as_text()


def check(text):
    assert "stablehlo.while" in text
    # Random numbers are drawn by an operation of JAX's own.
    called = set(re.findall(r"custom_call @(\w+)", text)) - {"cu_threefry2x32_ffi"}
    scatters = [line.strip() for line in text.splitlines() if "scatter" in line]
    assert (called, scatters) == (set(), [])


def graph(n_edges=240):
    rng = np.random.default_rng(0)
    return tuple(rng.integers(0, N, (2, n_edges)).astype(np.int32))


LAWS = {
    "SymmetryGapJunction": {},
    "RectifyingGapJunction": {"law": gj.laws.Rectifier(slope=5 * u.mV, s_min=0.2)},
    "VoltageGatedGapJunction": {
        "law": gj.laws.Boltzmann(40 * u.mV, 10 * u.mV, s_min=0.2, rate=0.01 / u.ms)
    },
    "PlasticGapJunction": {
        "rule": gj.plasticity.BurstSpike(depression=1e-3 / u.ms, potentiation=0)
    },
}


@pytest.mark.filterwarnings("ignore:.*repeat another")
@pytest.mark.parametrize(("name", "coupling", "batch"), covering(LAWS, MODES, (None, 3)))
def test_point_neurons(name, coupling, batch):
    cells = gj.neurons.HH1952(N, solver="staggered")
    make = getattr(gj, name)
    gap = make(cells, "V", graph(), 0.01 * u.mS / AREA, coupling=coupling, **LAWS[name])
    check(lowered(Network([cells], [gap]), [1 * u.uA / AREA], batch))


@pytest.mark.filterwarnings("ignore:.*repeat another")
@pytest.mark.parametrize("batch", [None, 3])
@pytest.mark.parametrize("coupling", ["stage", "semi_implicit", "implicit"])
def test_two_conductances_between_two_populations(coupling, batch):
    cells = [brainpy.state.LIF(N, R=1 * u.Gohm) for _ in range(2)]
    gap = gj.AsymmetryGapJunction(
        cells[0], "V", cells[1], "V", graph(), [1.0, 2.0] * u.nS, coupling=coupling
    )
    check(lowered(Network(cells, [gap]), [0 * u.nA] * 2, batch))


@pytest.mark.filterwarnings("ignore:.*repeat another")
@pytest.mark.parametrize("coupling", ["stage", "implicit"])
def test_spikelets(coupling):
    cells = brainpy.state.LIF(N, R=1 * u.Gohm)
    gap = gj.SpikeletGapJunction(
        cells, "V", graph(), 1 * u.nS, spikelet=80 * u.mV * u.ms, coupling=coupling
    )
    check(lowered(Network([cells], [gap]), [0 * u.nA]))


@pytest.mark.parametrize(
    ("conn", "layout"),
    [
        (gj.connectivity.all_to_all(), "complete"),
        (gj.connectivity.ring(), "shifts"),
        (graph(), "padded"),
        (graph(2000), "padded"),
        # A hub, to which all others are joined.
        ((np.zeros(N - 1, int), np.arange(1, N)), "rows"),
    ],
)
@pytest.mark.parametrize("scalar", [True, False])
@pytest.mark.filterwarnings("ignore:.*repeat another")
def test_every_layout_that_is_chosen(conn, layout, scalar, monkeypatch):
    cells = gj.neurons.HH1952(N)
    n_edges = gj.connectivity.as_edges(conn, N, N, same_population=True).n_edges
    weight = (0.01 if scalar else np.full(n_edges, 0.01)) * u.mS / AREA
    if layout in ("complete", "shifts") and not scalar:
        layout = {"complete": "padded", "shifts": "shifts"}[layout]
    gap = gj.SymmetryGapJunction(cells, "V", conn, weight)
    assert gap.layout == layout
    check(lowered(Network([cells], [gap]), [1 * u.uA / AREA]))
    # What a GPU computes is what a CPU computes.
    cells.V.value = jnp.linspace(-80, 20, N) * u.mV
    found = gap.currents().post
    monkeypatch.undo()
    usual = gj.SymmetryGapJunction(cells, "V", conn, weight).currents().post
    unit = u.mV * u.mS / AREA
    np.testing.assert_allclose(found.to_decimal(unit), usual.to_decimal(unit), atol=1e-4)

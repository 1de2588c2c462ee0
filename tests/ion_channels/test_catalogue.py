"""Every entry of the catalogue: one suite that all must pass."""

import re
from importlib import import_module
from pathlib import Path

import brainstate
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.ion_channels import (
    Channel,
    DecayPool,
    FixedPool,
    Gate,
    GHKChannel,
    RateForm,
    catalogue,
    find,
)

ENTRIES = find()
BY_NAME = {cls.__name__: cls for cls in ENTRIES}
PER_AREA, ABSOLUTE = u.uA / u.cm**2, u.nA
every_entry = pytest.mark.parametrize("cls", ENTRIES, ids=lambda cls: cls.__name__)


def ions(cls, Ca=2e-4):
    """Return typical values of what a channel reads."""
    typical = {
        "Ca": Ca * u.mM,
        "Ca_out": 2.0 * u.mM,
        "E_Ca": 120.0 * u.mV,
        "E_K": -90.0 * u.mV,
        "E_Na": 50.0 * u.mV,
    }
    return {name: typical[name] for name in cls(1).reads()}


def singular_points(cls):
    """Return the voltages at which a rate form of the entry's file is 0/0 as it is written."""
    module = import_module(f"{catalogue.__name__}.{catalogue.NAMES[cls.__name__].module}")
    forms = [form for form in vars(module).values() if isinstance(form, RateForm)]
    for gate in cls.gates.values():
        forms += [rate for rate, _ in gate.declared().values() if isinstance(rate, RateForm)]
    # 0 mV: that of the constant-field equation.
    return np.array([0.0, *(float(form.V_half.to_decimal(u.mV)) for form in forms)])


def voltages(cls):
    at = singular_points(cls)
    return np.unique(np.concatenate([np.linspace(-150, 150, 3001), at, at + 1e-9, at - 1e-6]))


def unit_of(channel):
    return PER_AREA if channel.per_area else ABSOLUTE


@every_entry
def test_values_and_gradients_are_finite_at_every_voltage(cls, precision):
    v = jnp.asarray(voltages(cls))
    read = ions(cls)
    gates = [name for name, gate in cls.gates.items() if not gate.instantaneous]

    def all_of_it(v):
        channel = cls(v.shape)
        V = v * u.mV
        channel.init_state(V, **read)
        tau = channel.time_constant(V, **read)
        slope = channel.derivative(V, **read)
        return {
            "current": channel.current(V, **read).to_decimal(unit_of(channel)),
            "conductance": channel.conductance(V, **read).to_decimal(unit_of(channel) / u.mV),
            "battery": channel.affine(V, **read).battery.to_decimal(unit_of(channel)),
            **{f"{k} steady": x for k, x in channel.steady_state(V, **read).items()},
            **{f"{k} tau": x.to_decimal(u.ms) for k, x in tau.items()},
            **{f"{k} slope": slope[k].to_decimal(u.get_unit(1 / u.ms)) for k in gates},
        }

    # Element by element: the derivative of each output along its own voltage.
    values, slopes = jax.jit(lambda v: jax.jvp(all_of_it, (v,), (jnp.ones_like(v),)))(v)
    for found in (values, slopes):
        for name, x in found.items():
            bad = ~np.isfinite(x).reshape(len(v), -1).all(1)
            assert not bad.any(), (name, np.asarray(v)[bad][:5])
    for name in cls.gates:
        steady = np.asarray(values[f"{name} steady"])
        assert steady.min() >= 0
        assert steady.max() <= 1 + 1e-6
        if steady.ndim == 2:
            np.testing.assert_allclose(steady.sum(1), 1, rtol=1e-5)
    for name, x in values.items():
        if name.endswith("tau"):
            assert (np.asarray(x) > 0).all(), name
    assert (np.asarray(values["conductance"]) >= 0).all()


@every_entry
def test_reverse_gradients_are_finite(cls, precision):
    points = np.append(singular_points(cls), [-150.0, -65.0, 0.0, 150.0])
    v = jnp.asarray(np.unique(points))
    read = ions(cls)

    def total(v):
        channel = cls(v.shape)
        channel.init_state(-65.0 * u.mV * jnp.ones_like(v), **read)
        with brainstate.environ.context(dt=0.05 * u.ms):
            channel.update(v * u.mV, **read)
        return channel.current(v * u.mV, **read).to_decimal(unit_of(channel)).sum()

    assert np.isfinite(jax.jit(jax.grad(total))(v)).all()


@pytest.mark.parametrize("dt", [0.025, 5.0])
@every_entry
def test_gates_stay_between_closed_and_open(cls, dt):
    V = jnp.linspace(-150, 150, 61) * u.mV
    channel = cls(61)
    read = ions(cls)
    channel.init_state(V, **read)
    with brainstate.environ.context(dt=dt * u.ms):
        channel.update(V[::-1], **read)
    for state in channel.gating_states().values():
        x = np.asarray(state.value)
        assert x.min() >= 0
        assert x.max() <= 1 + 1e-6


@every_entry
def test_what_reads_calcium_is_finite_at_any_of_it(cls):
    if "Ca" not in cls(1).reads():
        pytest.skip("reads no calcium")
    V = jnp.asarray([-100.0, -60.0, 0.0, 40.0]) * u.mV

    def current(log_ca):
        channel = cls(4)
        read = ions(cls) | {"Ca": 10.0**log_ca * u.mM}
        channel.init_state(V, **read)
        return channel.current(V, **read).to_decimal(unit_of(channel))

    for log_ca in (-9.0, -5.0, -4.0, -3.0, -2.0, 0.0):
        assert np.isfinite(current(log_ca)).all()
        assert np.isfinite(jax.jacobian(current)(log_ca)).all()


@every_entry
def test_metadata_are_complete(cls):
    source = cls.source
    assert re.fullmatch(r"10\.\d{4,5}/\S+", source.doi)
    assert re.search(r"\((19|20)\d\d\)", source.citation)
    for text in (source.citation, source.species, source.preparation, source.check):
        assert len(text) > 2
    assert isinstance(source.temperature, float)
    assert source.doi in cls.cite()
    assert re.fullmatch(r"\w+_[A-Z][A-Za-z]*(19|20)\d\d", cls.__name__)
    entry = catalogue.NAMES[cls.__name__]
    assert (entry.ion, entry.doi) == (cls.ion, source.doi)
    assert entry.summary == cls.__doc__.splitlines()[0]
    assert entry.source == authors_and_year(source.citation)


def authors_and_year(citation):
    """Return what stands for a paper in a line: 'Hodgkin & Huxley 1952', 'Hay et al. 2011'."""
    everyone, year = re.match(r"(.+?) \((\d{4})\)", citation).groups()
    # "Wang X-J": initials are what follows the last space.
    names = [author.rpartition(" ")[0] for author in everyone.split(", ")]
    who = " & ".join(names) if len(names) <= 2 else f"{names[0]} et al."
    return f"{who} {year}"


@every_entry
def test_units_and_shapes(cls):
    channel = cls((2, 3))
    V = jnp.full((4, 2, 3), -60.0) * u.mV
    read = ions(cls)
    channel.init_state(V, **read)
    current = channel.current(V, **read)
    assert current.shape == (4, 2, 3)
    assert u.get_unit(current).dim == unit_of(channel).dim
    g, battery = channel.affine(V, **read)
    np.testing.assert_allclose(
        (g * V - battery).to_decimal(unit_of(channel)),
        current.to_decimal(unit_of(channel)),
        rtol=1e-4,
        atol=1e-6,
    )
    assert set(channel.steady_state(V, **read)) == set(cls.gates)
    single = {k for k, g in cls.gates.items() if isinstance(g, Gate) and not g.instantaneous}
    assert set(channel.time_constant(V, **read)) == single


@every_entry
def test_each_makes_a_neuron(cls):
    """With a leak and the pool that it reads, in a membrane of its own kind."""
    channel = cls(2)
    per_area = channel.per_area
    g = 0.1 * u.mS / u.cm**2 if per_area else 10 * u.nS
    made = type("Leak", (Channel,), {"g_max": g, "E": -65 * u.mV})
    reads = channel.reads()
    pools = []
    if "Ca" in reads and cls.ion == "Ca":
        gain = 1e-5 * u.mM / u.ms / (PER_AREA if per_area else ABSOLUTE)
        pools = [DecayPool(2, "Ca", gain, 20 * u.ms, 1e-4 * u.mM, 2 * u.mM, temperature=34.0)]
    elif reads:
        pools = [
            FixedPool(2, ion, 1e-4 * u.mM, 2 * u.mM, E=e * u.mV)
            for ion, e in (("Ca", 120.0), ("K", -90.0))
        ]
    C = 1 * u.uF / u.cm**2 if per_area else 20 * u.pfarad
    cells = gj.PointNeuron(2, C, {"leak": made(2), "it": channel}, pools=pools)
    cells.init_state()
    with brainstate.environ.context(dt=0.025 * u.ms):
        cells()
    assert np.isfinite(cells.V.value.to_decimal(u.mV)).all()


def test_the_index_lists_each_file_and_each_class():
    folder = Path(catalogue.__path__[0])
    files = {p.stem for p in folder.glob("*.py") if not p.stem.startswith("_")}
    assert files == {entry.module for entry in catalogue.INDEX}
    assert len(catalogue.NAMES) == len(catalogue.INDEX) >= 50
    for stem in files:
        module = import_module(f"{catalogue.__name__}.{stem}")
        declared = {
            name
            for name, item in vars(module).items()
            if isinstance(item, type)
            and issubclass(item, (Channel, GHKChannel))
            and item not in (Channel, GHKChannel)
            and not name.startswith("_")
        }
        assert declared == {e.name for e in catalogue.INDEX if e.module == stem}


def test_find():
    assert find() == ENTRIES
    assert find(ion="ca") == [cls for cls in ENTRIES if cls.ion == "Ca"]
    assert [cls.__name__ for cls in find("resurgent")] == ["Nar_Kh2003", "NaR_So2007"]
    doi = "https://doi.org/10.1152/jn.00127.2002"
    assert {cls.__name__[-6:] for cls in find(doi=doi)} == {"RM2003"}
    assert find("no such channel") == []
    # Words in any order, of name, summary, authors and year.
    assert [cls.__name__ for cls in find("1996 RECTIFIER Buzsáki delayed")] == ["K_WB1996"]
    assert find("rectifier", ion="Na") == []
    with pytest.raises(TypeError, match="name must be a text to look for, got 3"):
        find(3)
    with pytest.raises(ValueError, match="ion must be one of"):
        find(ion="Xe")


def test_entries_are_attributes_that_load_when_asked_for():
    assert gj.ion_channels.T_HM1992 is BY_NAME["T_HM1992"]
    assert "T_HM1992" in dir(gj.ion_channels)
    with pytest.raises(AttributeError, match="no attribute 'T_HM1993'"):
        gj.ion_channels.T_HM1993  # noqa: B018
    with pytest.raises(ValueError, match="Did you mean 'T_HM1992'"):
        catalogue.load("T_HM1993")

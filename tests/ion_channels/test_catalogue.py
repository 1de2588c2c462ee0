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
# Of the two schemes of a dozen states, which one function builds, the quick tests take the other.
SECOND_SCHEME = "NaV_Go2018"
# Powers of ten of the calcium concentration in mM: from 1 nM to 1 M.
LOG_CA = np.array([-9.0, -5.0, -4.0, -3.0, -2.0, 0.0])


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


def padded(x, size):
    """Return the distinct values, of which the last is repeated up to a common size."""
    x = np.unique(x)
    return np.pad(x, (0, size - len(x)), mode="edge")


def voltages(cls):
    at = singular_points(cls)
    return padded(np.concatenate([np.linspace(-150, 150, 601), at, at + 1e-9, at - 1e-6]), 640)


def unit_of(channel):
    return PER_AREA if channel.per_area else ABSOLUTE


def everything(cls, v):
    """Return all that a channel says of itself at voltages in mV, as plain arrays."""
    read = ions(cls)
    channel = cls(v.shape)
    V = v * u.mV
    channel.init_state(V, **read)
    tau = channel.time_constant(V, **read)
    slope = channel.derivative(V, **read)
    unit = unit_of(channel)
    return {
        "current": channel.current(V, **read).to_decimal(unit),
        "conductance": channel.conductance(V, **read).to_decimal(unit / u.mV),
        "battery": channel.affine(V, **read).battery.to_decimal(unit),
        **{f"{k} steady": x for k, x in channel.steady_state(V, **read).items()},
        **{f"{k} tau": x.to_decimal(u.ms) for k, x in tau.items()},
        **{
            f"{k} slope": slope[k].to_decimal(u.get_unit(1 / u.ms))
            for k, gate in cls.gates.items()
            if not gate.instantaneous
        },
    }


def current_after_a_step(cls, v):
    """Return the summed current after one step from rest, whose reverse gradient is asked for."""
    read = ions(cls)
    channel = cls(v.shape)
    channel.init_state(-65.0 * u.mV * jnp.ones_like(v), **read)
    with brainstate.environ.context(dt=0.05 * u.ms):
        channel.update(v * u.mV, **read)
    return channel.current(v * u.mV, **read).to_decimal(unit_of(channel)).sum()


def gates_after_a_step(cls, v, dt):
    """Return the gates after one step to the voltages in reverse order."""
    read = ions(cls)
    channel = cls(v.shape)
    channel.init_state(v * u.mV, **read)
    with brainstate.environ.context(dt=dt * u.ms):
        channel.update(v[::-1] * u.mV, **read)
    return {name: state.value for name, state in channel.gating_states().items()}


def current_at_calcium(cls, log_ca):
    V = jnp.asarray([-100.0, -60.0, 0.0, 40.0]) * u.mV
    channel = cls(4)
    read = ions(cls) | {"Ca": 10.0**log_ca * u.mM}
    channel.init_state(V, **read)
    return channel.current(V, **read).to_decimal(unit_of(channel))


def check_finite(found, v):
    for name, x in found.items():
        bad = ~np.isfinite(x).reshape(len(v), -1).all(1)
        assert not bad.any(), (name, np.asarray(v)[bad][:5])


def check_occupancy(x):
    assert np.min(x) >= 0
    assert np.max(x) <= 1 + 1e-6


def _numbers():
    """Return every entry in single precision, and one of each paper in double precision too.

    The entries of a paper are written in the same forms. Kinetic schemes of many states take ten
    times as long as other channels; of all this, the slow tests do the rest.
    """
    papers = set()
    for cls in ENTRIES:
        large = any(len(getattr(gate, "states", ())) > 4 for gate in cls.gates.values())
        module = catalogue.NAMES[cls.__name__].module
        marks = [pytest.mark.slow] if cls.__name__ == SECOND_SCHEME else []
        yield pytest.param(cls, 32, marks=marks, id=f"float32-{cls.__name__}")
        marks = [pytest.mark.slow] if large or module in papers else []
        yield pytest.param(cls, 64, marks=marks, id=f"float64-{cls.__name__}")
        if not large:
            papers.add(module)


@pytest.mark.parametrize(("cls", "precision"), list(_numbers()))
def test_numbers(cls, precision):
    """All that is asked of an entry's numbers, operation by operation.

    Arrays have the same shapes for every entry, so that each operation is compiled once for all of
    them, while a function of its own for each entry would take most of the suite's time.

    Reverse gradients and what calcium does are asked for in float32 alone: its range is the
    smaller one, and the derivative rules are the same.
    """
    v = jnp.asarray(voltages(cls))
    at = jnp.asarray(padded(np.append(singular_points(cls), [-150.0, -65.0, 0.0, 150.0]), 24))
    line = jnp.linspace(-150, 150, 61)
    single = precision == 32
    reads_calcium = "Ca" in cls(1).reads()

    # Element by element: the derivative of each output along its own voltage.
    values, slopes = jax.jvp(lambda v: everything(cls, v), (v,), (jnp.ones_like(v),))
    gates = jax.vmap(lambda dt: gates_after_a_step(cls, line, dt))(jnp.array([0.025, 5.0]))
    reverse, calcium = [], []
    if single:
        reverse = [jax.grad(lambda v: current_after_a_step(cls, v))(at)]
    if single and reads_calcium:
        calcium = jax.vmap(
            lambda x: jax.jvp(lambda x: current_at_calcium(cls, x), (x,), (jnp.ones_like(x),))
        )(jnp.asarray(LOG_CA))

    check_finite(values, v)
    check_finite(slopes, v)
    for name in cls.gates:
        steady = np.asarray(values[f"{name} steady"])
        check_occupancy(steady)
        if steady.ndim == 2:
            np.testing.assert_allclose(steady.sum(1), 1, rtol=1e-5)
    for name, x in values.items():
        if name.endswith("tau"):
            assert (np.asarray(x) > 0).all(), name
    assert (np.asarray(values["conductance"]) >= 0).all()
    for x in gates.values():
        check_occupancy(x)
    for x in (*reverse, *calcium):
        assert np.isfinite(x).all()


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


@pytest.mark.parametrize(
    "cls",
    [
        pytest.param(
            cls,
            id=cls.__name__,
            marks=[pytest.mark.slow] if cls.__name__ == SECOND_SCHEME else [],
        )
        for cls in ENTRIES
    ],
)
def test_units_shapes_and_a_neuron_of_each(cls):
    """Units and shapes with a batch; and a step of a neuron with it, a leak and its pool."""
    read = ions(cls)

    def batch(V):
        channel = cls((2, 3))
        channel.init_state(V, **read)
        g, battery = channel.affine(V, **read)
        return (
            channel.current(V, **read),
            g * V - battery,
            channel.steady_state(V, **read),
            channel.time_constant(V, **read),
        )

    V = jnp.full((4, 2, 3), -60.0) * u.mV
    current, by_parts, steady, tau = batch(V)
    unit = unit_of(cls(1))
    assert current.shape == (4, 2, 3)
    assert u.get_unit(current).dim == unit.dim
    np.testing.assert_allclose(
        by_parts.to_decimal(unit), current.to_decimal(unit), rtol=1e-4, atol=1e-6
    )
    assert set(steady) == set(cls.gates)
    single = {k for k, g in cls.gates.items() if isinstance(g, Gate) and not g.instantaneous}
    assert set(tau) == single

    cells = neuron_of(cls)
    cells.init_state()
    with brainstate.environ.context(dt=0.025 * u.ms):
        cells.update()
    assert np.isfinite(cells.V.value.to_decimal(u.mV)).all()


def neuron_of(cls):
    """Return a neuron with a channel, a leak and the pool that it reads, in its own units."""
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
    return gj.PointNeuron(2, C, {"leak": made(2), "it": channel}, pools=pools)


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
    with pytest.raises(TypeError, match="doi must be a text to look for, got 3"):
        find(doi=3)
    with pytest.raises(TypeError, match="name must be a text to look for, got 3"):
        find(3)
    with pytest.raises(ValueError, match="ion must be one of"):
        find(ion="Xe")


@pytest.mark.parametrize(
    ("words", "some", "others"),
    [
        ("T-type", {"T_HM1992", "CaLVA_So2007"}, {"CaT_Pr2003", "CaL_MH1992"}),
        ("A-type", {"A1_HM1992", "K_T_Ha2011", "A_RM2003"}, {"K_HH1952"}),
        ("a-current", {"A1_HM1992", "KA_So2007"}, {"AHP_De1994"}),
        ("HCN", {"h_HM1992", "HCN1_So2007", "Ih_Ha2011"}, {"AHP_De1994"}),
        ("BK", {"BK_So2007", "C_Ya1989"}, {"SK_Hi1998"}),
        ("SK", {"SK_Ha2011", "SK_Hi1998", "SK_So2007"}, {"BK_So2007"}),
        ("Cav3", {"T_HM1992", "Ca_LVA_Ha2011"}, {"CaL_MH1992"}),
        ("Nav1.6", {"Nar_Kh2003", "NaTa_Ha2011"}, {"Na_HH1952"}),
        ("thalamus", {"T_HP1992", "h_De1996"}, {"Nar_Kh2003"}),
        ("squid", {"Na_HH1952", "K_HH1952", "L_HH1952"}, {"Na_WB1996"}),
        ("rat hippocampus T", set(), {"K_HH1952"}),
        ("mouse resurgent", {"Nar_Kh2003"}, {"NaR_So2007"}),
        ("voltage clamp axon", {"Na_HH1952"}, {"M_Ya1989"}),
    ],
)
def test_find_knows_the_words_of_the_field(words, some, others):
    found = {cls.__name__ for cls in find(words)}
    assert found >= some
    assert not found & others


def test_of_species_and_keywords_beginnings_count():
    assert find("guin", ion="Ca")
    assert find("uinea") == []


def test_the_index_says_what_the_classes_say():
    for entry in catalogue.INDEX:
        source = catalogue.load(entry.name).source
        assert (entry.species, entry.preparation) == (source.species, source.preparation)
        words = entry.keywords.split("; ")
        assert all(words)
        assert len(set(words)) == len(words) >= 2


def test_entries_are_attributes_that_load_when_asked_for():
    assert gj.ion_channels.T_HM1992 is BY_NAME["T_HM1992"]
    assert "T_HM1992" in dir(gj.ion_channels)
    with pytest.raises(AttributeError, match="no attribute 'T_HM1993'"):
        gj.ion_channels.T_HM1993  # noqa: B018
    with pytest.raises(ValueError, match="Did you mean 'T_HM1992'"):
        catalogue.load("T_HM1993")

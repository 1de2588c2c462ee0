"""Channels written and read back."""

import brainstate
import jax
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.ion_channels import (
    CaDynamics_E2,
    Channel,
    ChannelNoise,
    Current,
    DecayPool,
    FixedPool,
    Gate,
    GHKChannel,
    Mechanism,
    Parameter,
)
from nmodl_samples import (
    INF,
    MS,
    TAU,
    Awkward,
    Many,
    Pump,
    Rounded,
    Scheme,
    Started,
    Sum,
    temperature_of,
)

V = np.linspace(-117.3, 58.1, 6) * u.mV
# A simulator's own reversal potentials, which files leave to it.
READINGS = {"Ca": 3e-4 * u.mM, "Ca_out": 2 * u.mM, "E_Ca": 132.4579341637009 * u.mV}
READINGS |= {"E_K": -77 * u.mV, "E_Na": 50 * u.mV, "Cl": 8 * u.mM}
CATALOGUE = [entry.__name__ for entry in gj.ion_channels.find()]
# Channels of the catalogue that are not written as they are, because they are of a whole cell; with
# a conductance per area they are.
ABSOLUTE = [name for name in CATALOGUE if name.endswith("_RM2003")]


@pytest.fixture
def there_and_back(tmp_path):
    """A function that writes a channel and reads it."""

    def run(channel):
        path = tmp_path / "channel.mod"
        gj.nmodl.write(channel, path)
        return gj.nmodl.read(path)

    return run


def currents(channel, steps):
    """Return currents at the start, and after steps at another voltage."""
    channel.init_state(V, **READINGS)
    found = [channel.current(V, **READINGS)]
    for dt in steps:
        with brainstate.environ.context(dt=dt * u.ms):
            channel.update(V - 11 * u.mV, **READINGS)
        found.append(channel.current(V - 11 * u.mV, **READINGS))
    return np.array([x.to_decimal(u.uA / u.cm**2) for x in found])


def differ(a, b, steps=(0.1, 3.0)):
    """Return the largest difference of currents, relative to the largest current."""
    ours, theirs = (currents(one, steps) for one in (a, b))
    return np.abs(ours - theirs).max() / np.abs(ours).max()


def check_entry(name, there_and_back):
    cls = getattr(gj.ion_channels, name)
    made = {"g_max": 1 * MS} if name in ABSOLUTE else {}
    back = there_and_back(cls(1, **made) if made else cls)
    warm = temperature_of(cls)
    for degrees in dict.fromkeys((warm, None if warm is None else warm + 7)):
        ours = cls(V.shape, temperature=degrees, **made)
        # A scheme that reads a gate comes back as equations, which advance together.
        steps = () if name == "h_De1996" else (0.1, 3.0)
        assert differ(ours, back(V.shape, temperature=degrees), steps) < 1e-10, (name, degrees)
    return back


@pytest.mark.filterwarnings("ignore:temperature has no effect")
@pytest.mark.parametrize(
    "name", ["K_HH1952", "T_HM1992", "SK_Hi1998", "C_Ya1989", "h_De1996", "Na_RM2003"]
)
def test_some_of_the_catalogue_come_back(name, there_and_back, x64):
    back = check_entry(name, there_and_back)
    cls = getattr(gj.ion_channels, name)
    assert back.ion == cls.ion
    if name != "h_De1996":
        assert back.__mro__[1] is cls.__mro__[1]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:temperature has no effect")
def test_all_of_the_catalogue_come_back(there_and_back, x64):
    for name in CATALOGUE:
        check_entry(name, there_and_back)


def test_what_is_of_a_whole_cell_is_refused(tmp_path):
    for name in CATALOGUE:
        cls = getattr(gj.ion_channels, name)
        if name in ABSOLUTE:
            with pytest.raises(gj.nmodl.NmodlError, match=f"g_max of channel {name} must be per"):
                gj.nmodl.write(cls, tmp_path / "channel.mod")
    assert len(ABSOLUTE) == 6
    assert not list(tmp_path.iterdir())


def test_the_text_of_a_file():
    lines = gj.nmodl.to_nmodl(gj.ion_channels.T_HM1992).splitlines()
    text = [" ".join(line.split()) for line in lines]
    for line in (
        "SUFFIX T_HM1992",
        "USEION ca READ cai, cao WRITE ica",
        "pbar = 0.0001 (cm/s)",
        "SOLVE states METHOD cnexp",
        "m_inf = 1/(1 + exp((v + 57)/(-6.2)))",
        "if (v < -80) {",
        "FUNCTION linoid(x) {",
    ):
        assert line in text
    # The thermal voltage and Faraday's constant are in the file.
    (current,) = [line for line in text if line.startswith("ica =")]
    assert "0.0861733326214518*(celsius + 273.15)" in current
    assert "192.97066424662*ghk(" in current
    assert all(line.isascii() and len(line) < 240 for line in lines)


def test_functions_are_traced_and_parameters_stay(there_and_back, x64):
    back = there_and_back(Many)
    assert set(back.parameters) == {"half", "tau"}
    given = {"half": -31 * u.mV, "tau": 5 * u.ms, "temperature": 31.0}
    assert differ(Many(V.shape, **given), back(V.shape, **given)) < 1e-10


def test_a_channel_is_written_with_its_numbers(there_and_back, x64):
    a = Many(V.shape, g_max=5 * MS, temperature=20.0, half=-31 * u.mV, V_shift=4 * u.mV)
    back = there_and_back(a)
    assert differ(a, back(V.shape, temperature=20.0)) < 1e-10


def test_what_was_read_is_written_and_read_again(there_and_back, x64):
    once = there_and_back(Many)
    twice = there_and_back(once)
    assert differ(once(V.shape, temperature=31.0), twice(V.shape, temperature=31.0)) < 1e-10


def test_numbers_in_single_precision_are_written_short():
    text = gj.nmodl.to_nmodl(gj.ion_channels.K_HH1952(1, g_max=12.3 * MS))
    assert "gbar = 0.0123 (S/cm2)" in text


@pytest.mark.parametrize("cls", [Sum, Scheme, Started, Rounded])
def test_each_form_comes_back(cls, there_and_back, x64):
    back = there_and_back(cls)
    warm = {} if cls is Started else {"temperature": 27.0}
    assert differ(cls(V.shape, **warm), back(V.shape, **warm)) < 1e-9


def test_a_mechanism_comes_back(there_and_back, x64):
    back = there_and_back(Pump)
    assert set(back.parameters) == {"strength", "g"}
    assert set(back.currents) == {"ina", "ik", "ica", "i"}
    ours, theirs = Pump(V.shape), back(V.shape)
    assert differ(ours, theirs) < 1e-10
    a, b = (one.flows(V, **READINGS) for one in (ours, theirs))
    for ion in ("Na", "K", "Ca"):
        x, y = (np.asarray(flow[ion].to_decimal(u.uA / u.cm**2)) for flow in (a, b))
        np.testing.assert_allclose(x, y, rtol=1e-10)


def test_names_that_are_taken_are_changed(there_and_back, x64):
    text = gj.nmodl.to_nmodl(Awkward)
    assert "USEION rb READ erb WRITE irb VALENCE 1" in text
    assert "USEION cl READ cli VALENCE -1" in text
    back = there_and_back(Awkward)
    assert (back.ion, back.ion.valence) == ("Rb", 1)
    assert differ(Awkward(V.shape, E=0 * u.mV), back(V.shape)) < 1e-10


def test_a_pool_is_a_mechanism_that_writes_its_concentration():
    pool = CaDynamics_E2(1, gamma=0.0005, tau=460 * u.ms, rectified=True)
    text = gj.nmodl.to_nmodl(pool)
    lines = [line.strip() for line in text.splitlines()]
    for line in (
        "SUFFIX Ca_CaDynamics_E2",
        "USEION ca READ ica WRITE cai",
        "tau = 460 (ms)",
        "influx = -gain*ica",
        "if (influx < 0) {",
        "cai' = influx - (cai - rest)/tau",
        "Outside it is a section's: cao = 2 mM.",
    ):
        assert line in lines
    (gain,) = [line for line in lines if line.startswith("gain =")]
    # 0.0005 / (2 F 0.1 um), in mM per mA/cm2 and ms.
    expected = 0.0005 / (2 * 96485.33212 * 1e-5)
    assert float(gain.split()[2]) == pytest.approx(expected, rel=1e-6)
    chloride = DecayPool(1, "Cl", 1 * u.mM / (u.mA / u.cm**2 * u.ms), 9 * u.ms, 5 * u.mM)
    assert "influx = gain*icl" in gj.nmodl.to_nmodl(chloride)


def declared(base=Channel, **body):
    given = {} if base is Mechanism else {"ion": "K"}
    if base is Channel:
        given |= {"g_max": 1 * MS, "E": -90 * u.mV}
    return type(base)("Refused", (base,), {**given, **body})


def one(**gate):
    return Gate(1, **{"steady_state": INF, "time_constant": TAU, **gate})


def pool(**given):
    gain = 1 * u.mM / (u.mA / u.cm**2 * u.ms)
    return DecayPool(**{"in_size": 1, "ion": "Ca", "gain": gain, "tau": TAU,
                        "rest": 1e-4 * u.mM, **given})  # fmt: skip


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: int, "channel must be a Channel, GHKChannel, Mechanism or DecayPool"),
        (lambda: declared(noise=ChannelNoise(10), n=one()), "noise of channel Refused"),
        (lambda: declared(n=one(q10=2)), "reference_temperature of channel Refused must"),
        (lambda: declared(n=one(), g_max=None), "g_max of channel Refused must be given"),
        (lambda: declared(n=one(), E=None), "E of channel Refused must be given"),
        (lambda: declared(GHKChannel, n=one()), "P_max of channel Refused must be given"),
        (
            lambda: declared(n=one(steady_state=lambda V, Ca2: INF(V) + 0 * (Ca2 / u.mM))),
            "steady_state of gate 'n' of channel Refused must read no more than .* reads 'Ca2'",
        ),
        (
            lambda: declared(
                n=one(steady_state=lambda V: jax.scipy.special.erf(V / (50 * u.mV)) ** 2)
            ),
            "steady_state of gate 'n' of channel Refused uses 'erf', which NMODL expressions do",
        ),
        (
            lambda: declared(
                k=Parameter(1 * u.um**2), n=one(steady_state=lambda V, k: INF(V) + 0 * k / k)
            ),
            "unit of k of channel Refused must be one of",
        ),
        (
            lambda: declared(Mechanism, i=Current("K", lambda V: 1 * u.nS * V)),
            "currents of channel Refused must be per area",
        ),
        (
            lambda: Many(2, half=[-30.0, -40.0] * u.mV, temperature=20.0),
            "half of channel Many must be one finite number",
        ),
        (lambda: FixedPool(1, "Ca", E=1 * u.mV), "pool must be a DecayPool"),
        (lambda: pool(label="Ca2"), "label of the pool of Ca2"),
        (lambda: pool(sources=["a"]), "sources of the pool of Ca"),
        (lambda: pool(E=1 * u.mV), "E of the pool of Ca"),
        (lambda: pool(gain=1 * u.mM / (u.nA * u.ms)), "gain of the pool of Ca must be per area"),
    ],
)
def test_parts_without_words_are_refused_by_name(make, message):
    with pytest.raises(gj.nmodl.NmodlError, match=message):
        gj.nmodl.to_nmodl(make())


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "k.mod"
    path.write_text("before")
    with pytest.raises(gj.nmodl.NmodlError):
        gj.nmodl.write(gj.ion_channels.Na_RM2003, path)
    assert path.read_text() == "before"
    gj.nmodl.write(gj.ion_channels.K_HH1952, path)
    assert path.read_text() == gj.nmodl.to_nmodl(gj.ion_channels.K_HH1952)

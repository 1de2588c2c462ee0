"""Channels written and read back."""

import jax
import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.ion_channels import (
    Channel,
    ChannelNoise,
    Current,
    Gate,
    GHKChannel,
    Ion,
    Markov,
    Mechanism,
    Parameter,
    Variable,
    exponential,
    linoid,
    sigmoid,
)
from nmodl_samples import temperature_of

V = np.linspace(-117.3, 58.1, 12) * u.mV
READINGS = {"Ca": 3e-4 * u.mM, "Ca_out": 2 * u.mM, "E_Ca": 120 * u.mV, "E_K": -90 * u.mV}
READINGS["E_Na"] = 50 * u.mV
PER_MS = u.get_unit(1 / u.ms)
INF = sigmoid(1.0, -40 * u.mV, 8 * u.mV)
TAU = 2 * u.ms
# Channels of the catalogue for which NeuroML has no words, and why.
REFUSED = {
    "h_De1996": "gate 's' of h_De1996 must have no shares",
    "HT_RM2003": "power of gate 'n' of HT_RM2003 must be 1 in a sum",
}
CATALOGUE = [entry.__name__ for entry in gj.ion_channels.find()]


def there_and_back(channel, path):
    gj.neuroml.write(channel, path)
    return gj.neuroml.read(path)


def differences(a, b):
    """Return the largest difference of states, their derivatives and currents, each relative."""
    found = []
    for one in (a, b):
        one.init_state(V, **READINGS)
        slopes = one.derivative(V - 3 * u.mV, **READINGS)
        values = [np.asarray(x.value) for x in one.gating_states().values()]
        values += [np.asarray(x.to_decimal(PER_MS)) for x in slopes.values()]
        unit = u.uA / u.cm**2 if one.per_area else u.nA
        values.append(np.asarray(one.current(V, **READINGS).to_decimal(unit)))
        found.append(values)
    assert len(found[0]) == len(found[1])
    return max(
        np.abs(x - y).max() / max(np.abs(x).max(), 1e-300) for x, y in zip(*found, strict=True)
    )


def check_entry(name, path):
    cls = getattr(gj.ion_channels, name)
    ours = there_and_back(cls, path)
    temperature = temperature_of(cls)
    for degrees in (temperature, temperature + 7):
        a, b = (one(V.shape, temperature=degrees) for one in (cls, ours))
        assert differences(a, b) < 1e-12


@pytest.mark.filterwarnings("ignore:temperature has no effect")
@pytest.mark.parametrize("name", [name for name in CATALOGUE[::9] if name not in REFUSED])
def test_some_of_the_catalogue_come_back(name, tmp_path, x64):
    check_entry(name, tmp_path / "channel.nml")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:temperature has no effect")
def test_all_of_the_catalogue_come_back(tmp_path, x64):
    written = 0
    for name in CATALOGUE:
        if name not in REFUSED:
            check_entry(name, tmp_path / "channel.nml")
            written += 1
    assert written == len(CATALOGUE) - len(REFUSED)


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_words_in_neuroml_is_refused(name, tmp_path):
    with pytest.raises(gj.neuroml.NeuromlError, match=REFUSED[name]):
        gj.neuroml.write(getattr(gj.ion_channels, name), tmp_path / "channel.nml")
    assert not list(tmp_path.iterdir())


def test_rate_forms_come_back_as_they_are(tmp_path):
    ours = there_and_back(gj.ion_channels.K_HH1952, tmp_path / "k.nml")
    hand = gj.ion_channels.K_HH1952
    assert (ours.n.alpha, ours.n.beta, ours.n.q10) == (hand.n.alpha, hand.n.beta, hand.n.q10)
    assert (ours.ion, ours.g_max, ours.E) == (hand.ion, hand.g_max, hand.E)


class Many(Channel):
    """Functions with most of what can be traced."""

    ion = "Ca"
    g_max = 3 * u.nS
    E = "Nernst"
    reference_temperature = 20.0
    half = Parameter(-40 * u.mV)
    k = Parameter(7 * u.mV)
    a = Gate(
        2,
        steady_state=sigmoid(1.0, half, k),
        time_constant=lambda V, half: u.math.maximum(
            0.2 * u.ms, 3 * u.ms / (1 + u.math.abs(V - half) / u.mV)
        ),
        q10=2.0,
    )
    b = Gate(
        1,
        alpha=lambda V, Ca: linoid(0.3 / u.ms, -20 * u.mV, 5 * u.mV)(V) * (Ca / u.mM) ** 0.5,
        beta=lambda V, temperature: (
            exponential(1 / u.ms, -30 * u.mV, -9 * u.mV)(V) * 3 ** ((temperature - 20) / 10)
        ),
    )
    c = Gate(
        1,
        steady_state=lambda V: u.math.where(
            -50 * u.mV > V, 0.25, u.math.tanh(V / (500 * u.mV)) ** 2 + 0.1
        ),
    )


def test_functions_are_traced(tmp_path, x64):
    ours = there_and_back(Many, tmp_path / "channel.nml")
    assert differences(Many(V.shape, temperature=31.0), ours(V.shape, temperature=31.0)) < 1e-12


def test_a_channel_is_written_with_its_numbers(tmp_path, x64):
    a = Many(V.shape, g_max=5 * u.nS, temperature=20.0, half=-31 * u.mV, V_shift=4 * u.mV)
    ours = there_and_back(a, tmp_path / "channel.nml")
    assert differences(a, ours(V.shape, temperature=20.0)) < 1e-12


def test_what_was_read_is_written_and_read_again(tmp_path, x64):
    once = there_and_back(Many, tmp_path / "channel.nml")
    twice = there_and_back(once, tmp_path / "again.nml")
    assert differences(once(V.shape, temperature=31.0), twice(V.shape, temperature=31.0)) < 1e-14


class Scheme(Channel):
    """A scheme with a Q10, and a gate beside it."""

    ion = "Na"
    g_max = 1 * u.mS / u.cm**2
    E = 50 * u.mV
    reference_temperature = 20.0
    s = Markov(
        ("C", "O", "I"),
        {
            ("C", "O"): exponential(2 / u.ms, -40 * u.mV, 15 * u.mV),
            ("O", "C"): lambda V: exponential(1 / u.ms, -40 * u.mV, -15 * u.mV)(V) + 0.1 / u.ms,
            ("O", "I"): 0.5 / u.ms,
            ("I", "O"): sigmoid(0.1 / u.ms, -60 * u.mV, -10 * u.mV),
        },
        ("O",),
        q10=3.0,
    )
    h = Gate(1, steady_state=INF, time_constant=TAU)


class Sum(Channel):
    """Two gates that add up, as rates and as a time constant."""

    ion = "K"
    g_max = 1 * u.mS / u.cm**2
    E = -90 * u.mV
    terms = ((0.3, ("m", "a")), (0.7, ("m", "b")))
    m = Gate(3, steady_state=INF)
    a = Gate(1, alpha=exponential(2 / u.ms, -40 * u.mV, 15 * u.mV), beta=1 / u.ms)
    b = Gate(1, steady_state=INF, time_constant=TAU)


class Field(GHKChannel):
    """A constant-field current."""

    ion = "Ca"
    P_max = 1e-4 * u.cm / u.second
    m = Gate(2, steady_state=INF, time_constant=TAU)


@pytest.mark.parametrize("cls", [Scheme, Sum, Field])
def test_each_form_comes_back(cls, tmp_path, x64):
    ours = there_and_back(cls, tmp_path / "channel.nml")
    assert differences(cls(V.shape, temperature=20.0), ours(V.shape, temperature=20.0)) < 1e-12


def declared(base=Channel, **body):
    given = {} if base is Mechanism else {"ion": "K"}
    if base is Channel:
        given |= {"g_max": 1 * u.mS / u.cm**2, "E": -90 * u.mV}
    return type(base)("Refused", (base,), {**given, **body})


def one(**gate):
    return Gate(1, **{"steady_state": INF, "time_constant": TAU, **gate})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: int, "must be a Channel or a GHKChannel"),
        (lambda: declared(Mechanism, i=Current("K", lambda V: 1 * u.nS * V)), "must be a Channel"),
        (lambda: declared(ion=Ion("Rb", 1)), "ion of channel Refused must be one of"),
        (lambda: declared(n=one(start=0.1)), "start of gate 'n' of Refused cannot"),
        (lambda: declared(n=Gate(1.5, steady_state=INF)), "power of gate 'n'"),
        (lambda: declared(n=one(q10=2)), "reference_temperature of gate 'n' of Refused must"),
        (
            lambda: declared(n=one(time_constant=lambda V, E: TAU + 0 * u.ms * (E / u.mV))),
            "time_constant of gate 'n' of Refused must read no more than .* 'E'",
        ),
        (
            lambda: declared(
                n=one(steady_state=lambda V: jax.scipy.special.erf(V / (50 * u.mV)) ** 2)
            ),
            "steady_state of gate 'n' of Refused uses 'erf'",
        ),
        (
            lambda: declared(n=one(steady_state=lambda V: INF(V + np.arange(3) * u.mV).sum() / 3)),
            "must calculate with single",
        ),
        (
            lambda: declared(
                x=Variable(lambda V, x: -x / TAU, start=0.0),
                n=one(steady_state=lambda V, x: INF(V) + x),
            ),
            "variable 'x'",
        ),
        (lambda: declared(noise=ChannelNoise(10), n=one()), "noise of channel Refused"),
        (lambda: declared(GHKChannel, n=one(), P_max=1e-4 * u.cm / u.second), "must be Ca"),
        (lambda: declared(GHKChannel, n=one(), ion="Ca"), "P_max of channel Refused must be given"),
        (
            lambda: declared(
                GHKChannel, n=one(), ion="Ca", RT_F=25 * u.mV, P_max=1 * u.cm / u.second
            ),
            "RT_F of channel Refused",
        ),
        (
            lambda: Many(2, half=[-30.0, -40.0] * u.mV, temperature=20.0),
            "half of channel Many must be one",
        ),
        (
            lambda: Many(2, g_max=[1.0, 2.0] * u.nS, temperature=20.0),
            "g_max of channel Many must be one",
        ),
    ],
)
def test_parts_without_words_are_refused_by_name(make, message):
    with pytest.raises(gj.neuroml.NeuromlError, match=message):
        gj.neuroml.to_neuroml(make())


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "k.nml"
    path.write_text("before")
    monkeypatch.setattr("os.fdopen", lambda *args, **kw: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        gj.neuroml.write(gj.ion_channels.K_HH1952, path)
    monkeypatch.undo()
    assert path.read_text() == "before"
    assert [one.name for one in tmp_path.iterdir()] == ["k.nml"]
    gj.neuroml.write(gj.ion_channels.K_HH1952, path)
    assert path.read_text() == gj.neuroml.to_neuroml(gj.ion_channels.K_HH1952)

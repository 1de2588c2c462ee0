"""Channels with one of everything that NMODL has words for, for tests of what is written."""

import saiunit as u

from gapjunction.ion_channels import (
    Channel,
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

MS = u.mS / u.cm**2
INF = sigmoid(1.0, -40 * u.mV, 8 * u.mV)
TAU = 2 * u.ms


class Many(Channel):
    """Functions with most of what can be traced."""

    ion = "Ca"
    g_max = 3 * MS
    E = "Nernst"
    reference_temperature = 20.0
    half = Parameter(-40 * u.mV)
    tau = Parameter(3 * u.ms)
    a = Gate(
        2,
        steady_state=sigmoid(1.0, half, 7 * u.mV),
        time_constant=lambda V, half, tau: u.math.maximum(
            0.2 * u.ms, tau / (1 + u.math.abs(V - half) / u.mV)
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
        steady_state=lambda V, E: u.math.where(
            -50 * u.mV > V, 0.25, u.math.tanh((V - E) / (500 * u.mV)) ** 2 + 0.1
        ),
    )


class Sum(Channel):
    """Two gates that add up, one of which starts where it is told, and a Q10 of the conductance."""

    ion = "K"
    g_max = 1 * MS
    E = -90 * u.mV
    reference_temperature = 20.0
    q10_conductance = 1.5
    terms = ((0.3, ("m", "a")), (0.7, ("m", "b")))
    m = Gate(3, steady_state=INF)
    a = Gate(1, alpha=exponential(2 / u.ms, -40 * u.mV, 15 * u.mV), beta=1 / u.ms)
    b = Gate(1, steady_state=INF, time_constant=TAU, start=0.25)


class Scheme(Channel):
    """A scheme whose states conduct unlike, with a gate beside it."""

    ion = "Na"
    g_max = 1 * MS
    E = 50 * u.mV
    reference_temperature = 20.0
    s = Markov(
        ("C", "O", "I"),
        {
            ("C", "O"): exponential(2 / u.ms, -40 * u.mV, 15 * u.mV),
            ("O", "C"): lambda V: exponential(1 / u.ms, -40 * u.mV, -15 * u.mV)(V) + 0.1 / u.ms,
            ("O", "I"): 0.5 / u.ms,
            ("I", "C"): sigmoid(0.1 / u.ms, -60 * u.mV, -10 * u.mV),
        },
        {"O": 1.0, "I": 0.25},
        power=2,
        q10=3.0,
    )
    h = Gate(1, steady_state=INF, time_constant=TAU)


class Started(Channel):
    """A scheme that starts where it is told."""

    ion = "Na"
    g_max = 1 * MS
    E = 50 * u.mV
    s = Markov(("C", "O"), {("C", "O"): 0.5 / u.ms, ("O", "C"): 1 / u.ms}, ("O",), start={"C": 1.0})


class Rounded(GHKChannel):
    """A constant-field current whose RT/F is rounded."""

    ion = "Ca"
    P_max = 1e-4 * u.cm / u.second
    RT_F = lambda temperature: (23 + 0.1 * temperature) * u.mV  # noqa: E731
    m = Gate(2, steady_state=INF, time_constant=TAU)


class Pump(Mechanism):
    """A pump of two ions, a nonspecific current beside it, and a state that is not a gate."""

    strength = Parameter(2 * u.uA / u.cm**2)
    g = Parameter(0.5 * MS)
    bound = Variable(
        lambda V, bound, Ca: 100 / u.mM / u.ms * Ca * (1 - bound) - bound / (20 * u.ms), start=0.1
    )
    m = Gate(1, steady_state=INF, time_constant=TAU)
    pump = Current(
        {"Na": 3, "K": -2}, lambda V, strength, bound: strength * bound * (1 + V / (200 * u.mV))
    )
    leak = Current("nonspecific", lambda V, g, m: g * m * (V + 20 * u.mV))
    share = Current({"Ca": 0.1}, lambda V, g, m: g * m * (V - 10 * u.mV))


class Awkward(Channel):
    """Names that NEURON has for something else."""

    ion = Ion("Rb", 1)
    g_max = 1 * MS
    E = "Nernst"
    celsius = Parameter(0.5)
    ek = Parameter(-40 * u.mV)
    i = Gate(1, steady_state=lambda V, celsius, Cl: celsius * INF(V) + 0 * (Cl / u.mM))
    t = Gate(2, steady_state=sigmoid(1.0, ek, 6 * u.mV), time_constant=TAU)


def temperature_of(cls):
    """Return the temperature at which a channel is compared with what was written of it."""
    if cls.temperature is not None:
        return cls.temperature
    if cls.reference_temperature is not None or cls.source is None:
        return cls.reference_temperature
    return cls.source.temperature

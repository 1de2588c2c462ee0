: A sodium channel of six states: three activating steps as Hodgkin & Huxley's m, inactivation
: from the last two, closed round a loop that obeys detailed balance.
:
:   C0 <-> C1 <-> C2 <-> O
:                 ||     ||
:                 IC <-> IO

NEURON {
    SUFFIX sixstate
    USEION na READ ena WRITE ina
    RANGE gbar
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER { gbar = 0.12 (S/cm2) }

ASSIGNED {
    v (mV)
    ena (mV)
    ina (mA/cm2)
}

STATE { C0 C1 C2 O IC IO }

BREAKPOINT {
    SOLVE scheme METHOD sparse
    ina = gbar * O * (v - ena)
}

INITIAL { SOLVE scheme STEADYSTATE sparse }

KINETIC scheme {
    LOCAL a, b, c, d
    a = up(v)
    b = 4 * exp(-(v + 65) / 18)
    c = 1 / (1 + exp(-(v + 35) / 10))
    d = 0.07 * exp(-(v + 65) / 20)
    ~ C0 <-> C1 (3 * a, b)
    ~ C1 <-> C2 (2 * a, 2 * b)
    ~ C2 <-> O (a, 3 * b)
    ~ IC <-> IO (a, 3 * b)
    ~ C2 <-> IC (c, d)
    ~ O <-> IO (c, d)
    CONSERVE C0 + C1 + C2 + O + IC + IO = 1
}

FUNCTION up(v (mV)) (/ms) {
    LOCAL x
    x = (v + 40) / 10
    if (fabs(x) < 1e-4) {
        up = 1 + x / 2 + x * x / 12
    } else {
        up = x / (1 - exp(-x))
    }
}

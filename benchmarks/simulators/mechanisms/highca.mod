: High-threshold calcium current of neocortical cells (L): rates of Reuveni et al. 1993, as
: Pospischil et al. 2008 (Biol Cybern 99:427) use them.

NEURON {
    SUFFIX highca
    USEION ca READ eca WRITE ica
    RANGE gbar
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER { gbar = 1e-4 (S/cm2) }

ASSIGNED {
    v (mV)
    eca (mV)
    ica (mA/cm2)
}

STATE { q r }

BREAKPOINT {
    SOLVE gates METHOD cnexp
    ica = gbar * q * q * r * (v - eca)
}

INITIAL {
    q = aq(v) / (aq(v) + bq(v))
    r = ar(v) / (ar(v) + br(v))
}

DERIVATIVE gates {
    q' = aq(v) * (1 - q) - bq(v) * q
    r' = ar(v) * (1 - r) - br(v) * r
}

FUNCTION aq(v (mV)) (/ms) {
    LOCAL x
    x = (v + 27) / 3.8
    if (fabs(x) < 1e-4) {
        aq = 0.055 * 3.8 * (1 + x / 2 + x * x / 12)
    } else {
        aq = 0.055 * 3.8 * x / (1 - exp(-x))
    }
}
FUNCTION bq(v (mV)) (/ms) { bq = 0.94 * exp(-(v + 75) / 17) }
FUNCTION ar(v (mV)) (/ms) { ar = 0.000457 * exp(-(v + 13) / 50) }
FUNCTION br(v (mV)) (/ms) { br = 0.0065 / (1 + exp(-(v + 15) / 28)) }

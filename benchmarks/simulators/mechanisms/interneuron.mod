: Sodium current with instantaneous activation, and delayed rectifier, of a fast-spiking
: interneuron: equations of Wang & Buzsaki 1996, J Neurosci 16:6402.

NEURON {
    SUFFIX interneuron
    USEION na READ ena WRITE ina
    USEION k READ ek WRITE ik
    RANGE gna, gk
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gna = 0.035 (S/cm2)
    gk = 0.009 (S/cm2)
    phi = 5
}

ASSIGNED {
    v (mV)
    ena (mV)
    ek (mV)
    ina (mA/cm2)
    ik (mA/cm2)
}

STATE { h n }

BREAKPOINT {
    LOCAL m
    SOLVE gates METHOD cnexp
    m = am(v) / (am(v) + bm(v))
    ina = gna * m^3 * h * (v - ena)
    ik = gk * n^4 * (v - ek)
}

INITIAL {
    h = ah(v) / (ah(v) + bh(v))
    n = an(v) / (an(v) + bn(v))
}

DERIVATIVE gates {
    h' = phi * (ah(v) * (1 - h) - bh(v) * h)
    n' = phi * (an(v) * (1 - n) - bn(v) * n)
}

FUNCTION am(v (mV)) (/ms) { am = linoid((v + 35) / 10) }
FUNCTION bm(v (mV)) (/ms) { bm = 4 * exp(-(v + 60) / 18) }
FUNCTION ah(v (mV)) (/ms) { ah = 0.07 * exp(-(v + 58) / 20) }
FUNCTION bh(v (mV)) (/ms) { bh = 1 / (1 + exp(-(v + 28) / 10)) }
FUNCTION an(v (mV)) (/ms) { an = 0.1 * linoid((v + 34) / 10) }
FUNCTION bn(v (mV)) (/ms) { bn = 0.125 * exp(-(v + 44) / 80) }

: x / (1 - exp(-x)), by its series near 0
FUNCTION linoid(x) {
    if (fabs(x) < 1e-4) {
        linoid = 1 + x / 2 + x * x / 12
    } else {
        linoid = x / (1 - exp(-x))
    }
}

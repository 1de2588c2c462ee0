: Slow potassium current opened by calcium, two gates: scheme of Destexhe et al. 1994,
: J Neurophysiol 72:803.

NEURON {
    SUFFIX cagatedk
    USEION ca READ cai
    USEION k READ ek WRITE ik
    RANGE gbar, opening, closing
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (mM) = (milli/liter)
    (S) = (siemens)
}

PARAMETER {
    gbar = 0.01 (S/cm2)
    opening = 48 (/ms/mM2)
    closing = 0.03 (/ms)
}

ASSIGNED {
    v (mV)
    ek (mV)
    cai (mM)
    ik (mA/cm2)
}

STATE { w }

BREAKPOINT {
    SOLVE gate METHOD cnexp
    ik = gbar * w * w * (v - ek)
}

INITIAL { w = opening * cai * cai / (opening * cai * cai + closing) }

DERIVATIVE gate { w' = opening * cai * cai * (1 - w) - closing * w }

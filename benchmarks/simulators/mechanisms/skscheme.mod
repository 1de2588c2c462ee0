: Small-conductance potassium channel with six states: three bindings of calcium, two of the bound
: states open. Rates of Hirschberg et al. 1998, J Gen Physiol 111:565, at 23 degC.
:
:   C1 <-> C2 <-> C3 <-> C4
:                 |      |
:                 O1     O2

NEURON {
    SUFFIX skscheme
    USEION ca READ cai
    USEION k READ ek WRITE ik
    RANGE gbar
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (mM) = (milli/liter)
    (S) = (siemens)
}

PARAMETER { gbar = 0.0005 (S/cm2) }

ASSIGNED {
    v (mV)
    ek (mV)
    cai (mM)
    ik (mA/cm2)
}

STATE { C1 C2 C3 C4 O1 O2 }

BREAKPOINT {
    SOLVE scheme METHOD sparse
    ik = gbar * (O1 + O2) * (v - ek)
}

: At rest each pair of neighbours is in balance.
INITIAL {
    LOCAL total
    C1 = 1
    C2 = C1 * 200 * cai / 0.08
    C3 = C2 * 160 * cai / 0.08
    C4 = C3 * 80 * cai / 0.2
    O1 = C3 * 0.16
    O2 = C4 * 12
    total = C1 + C2 + C3 + C4 + O1 + O2
    C1 = C1 / total
    C2 = C2 / total
    C3 = C3 / total
    C4 = C4 / total
    O1 = O1 / total
    O2 = O2 / total
}

KINETIC scheme {
    ~ C1 <-> C2 (200 (/ms/mM) * cai, 0.08 (/ms))
    ~ C2 <-> C3 (160 (/ms/mM) * cai, 0.08 (/ms))
    ~ C3 <-> C4 (80 (/ms/mM) * cai, 0.2 (/ms))
    ~ C3 <-> O1 (0.16 (/ms), 1 (/ms))
    ~ C4 <-> O2 (1.2 (/ms), 0.1 (/ms))
    CONSERVE C1 + C2 + C3 + C4 + O1 + O2 = 1
}

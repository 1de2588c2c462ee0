: Calcium under the membrane: raised by the calcium current, decaying to rest.

NEURON {
    SUFFIX capool
    USEION ca READ ica WRITE cai
    RANGE gain, tau, rest
}

UNITS {
    (mA) = (milliamp)
    (mM) = (milli/liter)
}

PARAMETER {
    gain = 0.05 (mM cm2/mA/ms)
    tau = 50 (ms)
    rest = 1e-4 (mM)
}

ASSIGNED { ica (mA/cm2) }

STATE { cai (mM) }

BREAKPOINT { SOLVE decay METHOD derivimplicit }

INITIAL { cai = rest }

DERIVATIVE decay { cai' = -gain * ica - (cai - rest) / tau }

: Low-threshold calcium current of thalamic relay cells with the Goldman-Hodgkin-Katz flux:
: equations of Huguenard & McCormick 1992, J Neurophysiol 68:1373.

NEURON {
    SUFFIX lowca
    USEION ca READ cai, cao WRITE ica
    RANGE permeability
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (mM) = (milli/liter)
    F = (faraday) (coulomb)
    R = (k-mole) (joule/degC)
}

PARAMETER { permeability = 1e-4 (cm/s) }

ASSIGNED {
    v (mV)
    celsius (degC)
    cai (mM)
    cao (mM)
    ica (mA/cm2)
}

STATE { m h }

BREAKPOINT {
    SOLVE gates METHOD cnexp
    ica = permeability * m * m * h * flux(v, cai, cao)
}

INITIAL {
    m = mrest(v)
    h = hrest(v)
}

DERIVATIVE gates {
    m' = (mrest(v) - m) / mtau(v)
    h' = (hrest(v) - h) / htau(v)
}

FUNCTION mrest(v (mV)) { mrest = 1 / (1 + exp(-(v + 57) / 6.2)) }
FUNCTION hrest(v (mV)) { hrest = 1 / (1 + exp((v + 81) / 4)) }

FUNCTION mtau(v (mV)) (ms) {
    mtau = 0.612 + 1 / (exp(-(v + 132) / 16.7) + exp((v + 16.8) / 18.2))
}

FUNCTION htau(v (mV)) (ms) {
    if (v < -80) {
        htau = exp((v + 467) / 66.6)
    } else {
        htau = 28 + exp(-(v + 22) / 10.5)
    }
}

: Charge that leaves through a unit of permeability; z = 2. One mM is 1e-6 mol/cm3.
FUNCTION flux(v (mV), inside (mM), outside (mM)) (mA/cm2) {
    LOCAL x
    x = 2 * F * v * 1e-3 / (R * (celsius + 273.15))
    flux = 2 * F * 1e-3 * (inside * part(-x) - outside * part(x))
}

: x / (exp(x) - 1), by its series near 0
FUNCTION part(x) {
    if (fabs(x) < 1e-4) {
        part = 1 - x / 2 + x * x / 12
    } else {
        part = x / (exp(x) - 1)
    }
}

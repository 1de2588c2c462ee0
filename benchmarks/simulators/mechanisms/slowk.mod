: Slow potassium current of neocortical cells (M): steady state and time constant of Yamada, Koch
: & Adams 1989, as Pospischil et al. 2008 (Biol Cybern 99:427) use them.

NEURON {
    SUFFIX slowk
    USEION k READ ek WRITE ik
    RANGE gbar, taumax
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gbar = 7e-5 (S/cm2)
    taumax = 608 (ms)
}

ASSIGNED {
    v (mV)
    ek (mV)
    ik (mA/cm2)
}

STATE { p }

BREAKPOINT {
    SOLVE gate METHOD cnexp
    ik = gbar * p * (v - ek)
}

INITIAL { p = rest(v) }

DERIVATIVE gate { p' = (rest(v) - p) / tau(v) }

FUNCTION rest(v (mV)) { rest = 1 / (1 + exp(-(v + 35) / 10)) }

FUNCTION tau(v (mV)) (ms) {
    tau = taumax / (3.3 * exp((v + 35) / 20) + exp(-(v + 35) / 20))
}

"""Small files in NMODL, one for each idiom."""

SODIUM = """
TITLE Sodium channel of the squid
: Rates of Hodgkin and Huxley, shifted to a rest of -65 mV.
NEURON {
    SUFFIX squidna
    USEION na READ ena WRITE ina
    RANGE gbar, g
    GLOBAL minf, mtau
}
UNITS { (mA) = (milliamp) (mV) = (millivolt) (S) = (siemens) }
PARAMETER { gbar = 0.12 (S/cm2) <0, 1e9> }
STATE { m h }
ASSIGNED { v (mV) ena (mV) ina (mA/cm2) g (S/cm2) minf mtau (ms) hinf htau (ms) }
BREAKPOINT {
    SOLVE states METHOD cnexp
    g = gbar*m*m*m*h
    ina = g*(v - ena)
}
INITIAL { rates(v) m = minf h = hinf }
DERIVATIVE states {
    rates(v)
    m' = (minf - m)/mtau
    h' = (hinf - h)/htau
}
PROCEDURE rates(v (mV)) { LOCAL alpha, beta, sum
    TABLE minf, mtau, hinf, htau FROM -100 TO 100 WITH 200
    alpha = .1 * vtrap(-(v + 40), 10)
    beta = 4 * exp(-(v + 65)/18)
    sum = alpha + beta
    mtau = 1/sum   minf = alpha/sum
    alpha = .07 * exp(-(v + 65)/20)
    beta = 1 / (exp(-(v + 35)/10) + 1)
    sum = alpha + beta
    htau = 1/sum   hinf = alpha/sum
}
FUNCTION vtrap(x, y) {
    if (fabs(x/y) < 1e-6) { vtrap = y*(1 - x/y/2) } else { vtrap = x/(exp(x/y) - 1) }
}
"""

A_TYPE = """
NEURON { SUFFIX atype USEION k READ ek WRITE ik RANGE gbar, vhalf, q10 }
PARAMETER { gbar = 5 (pS/um2)  vhalf = -45 (mV)  q10 = 3  temp = 24 (degC)  celsius (degC) }
ASSIGNED { v (mV) ek (mV) ik (mA/cm2) ninf taun (ms) linf tadj }
STATE { n l }
BREAKPOINT { SOLVE states METHOD cnexp  ik = (1e-4)*gbar*n^4*l*(v - ek) }
INITIAL { settings(v) n = ninf l = linf }
DERIVATIVE states { settings(v) n' = (ninf - n)/taun  l' = (linf - l)/(20/tadj) }
PROCEDURE settings(v (mV)) {
    tadj = q10^((celsius - temp)/10)
    ninf = 1/(1 + exp(-(v - vhalf)/8.5))
    taun = (0.4 + 2*exp(-((v + 40)/30)^2))/tadj
    linf = 1/(1 + exp((v + 70)/6))
}
"""

STEPPED = """
NEURON { SUFFIX stepped USEION k READ ek WRITE ik RANGE gbar }
PARAMETER { gbar = 0.02 (mho/cm2) dt (ms) }
ASSIGNED { v (mV) ek (mV) ik (mA/cm2) ninf nexp }
STATE { n }
BREAKPOINT { SOLVE states  ik = gbar*n*n*(v - ek) }
INITIAL { rates(v) n = ninf }
PROCEDURE states() { rates(v) n = n + nexp*(ninf - n) }
PROCEDURE rates(v) { LOCAL a, b
    a = 0.02*(v + 25)/(1 - exp(-(v + 25)/9))
    b = 0.002*exp(-(v + 40)/40)
    ninf = a/(a + b)
    nexp = 1 - exp(-dt*(a + b))
}
"""

SCHEME = """
NEURON { SUFFIX scheme USEION k READ ek WRITE ik RANGE gbar }
PARAMETER { gbar = 10 (mS/cm2) }
ASSIGNED { v (mV) ek (mV) ik (mA/cm2) a1 (/ms) b1 (/ms) }
STATE { c1 c2 o i }
BREAKPOINT { SOLVE kin METHOD sparse  ik = (0.001)*gbar*(o + 0.5*c2)*(v - ek) }
INITIAL { SOLVE kin STEADYSTATE sparse }
KINETIC kin {
    a1 = 0.4*exp(v/30)  b1 = 0.2*exp(-(v + 30)/25)
    ~ c1 <-> c2 (2*a1, b1)
    ~ c2 <-> o (a1, 2*b1)
    ~ o <-> i (0.05, 0.01*exp(-(v + 60)/20))
    CONSERVE c1 + c2 + o + i = 1
}
"""

CALCIUM = """
NEURON { SUFFIX cal USEION ca READ cai, cao WRITE ica RANGE pbar }
UNITS { FARADAY = (faraday) (coulomb)  R = (k-mole) (joule/degC) }
PARAMETER { pbar = 2e-4 (cm/s) celsius = 30 (degC) }
ASSIGNED { v (mV) cai (mM) cao (mM) ica (mA/cm2) minf }
STATE { m }
BREAKPOINT { SOLVE states METHOD cnexp  ica = pbar*m^2*ghk(v, cai, cao) }
INITIAL { m = 1/(1 + exp(-(v + 20)/6)) }
DERIVATIVE states { minf = 1/(1 + exp(-(v + 20)/6))  m' = (minf - m)/1.5 }
FUNCTION ghk(v (mV), ci (mM), co (mM)) (.001 coul/cm3) { LOCAL z, eci, eco
    z = (1e-3)*2*FARADAY*v/(R*(celsius + 273.15))
    eco = co*efun(z)
    eci = ci*efun(-z)
    ghk = (.001)*2*FARADAY*(eci - eco)
}
FUNCTION efun(z) { IF (fabs(z) < 1e-4) { efun = 1 - z/2 } ELSE { efun = z/(exp(z) - 1) } }
"""

SEVERAL = """
NEURON {
    SUFFIX several
    USEION na READ ena WRITE ina
    USEION k READ ek WRITE ik
    NONSPECIFIC_CURRENT il
    RANGE gna, gk, gl, el, il
}
PARAMETER { gna = 0.02 (S/cm2) gk = 0.01 (S/cm2) gl = 1e-4 (S/cm2) el = -60 (mV) }
ASSIGNED { v (mV) ena (mV) ek (mV) ina (mA/cm2) ik (mA/cm2) il (mA/cm2) }
STATE { n }
BREAKPOINT {
    SOLVE states METHOD cnexp
    ina = gna*(1 - n)/(1 + exp(-(v + 40)/5))*(v - ena)
    ik = gk*n*(v - ek)
    il = gl*(v - el)
}
INITIAL { n = 1/(1 + exp(-(v + 35)/9)) }
DERIVATIVE states { n' = (1/(1 + exp(-(v + 35)/9)) - n)/(1 + 4/(1 + exp((v + 20)/10))) }
"""

BY_CALCIUM = """
NEURON { SUFFIX bycalcium USEION ca READ cai USEION k READ ek WRITE ik RANGE gbar, half }
PARAMETER { gbar = 0.01 (S/cm2) half = 0.0003 (mM) }
ASSIGNED { v (mV) ek (mV) cai (mM) ik (mA/cm2) }
STATE { q }
BREAKPOINT { SOLVE states METHOD cnexp  ik = gbar*q*(v - ek) }
INITIAL { q = share(cai) }
DERIVATIVE states { q' = (share(cai) - q)/6 }
FUNCTION share(c (mM)) { share = c^4/(c^4 + half^4) }
"""

AT_ONCE = """
NEURON { SUFFIX atonce USEION na READ ena WRITE ina RANGE gbar }
PARAMETER { gbar = 0.003 (S/cm2) }
ASSIGNED { v (mV) ena (mV) ina (mA/cm2) minf hinf }
STATE { h }
BREAKPOINT { SOLVE states METHOD cnexp
    minf = 1/(1 + exp(-(v + 48)/5))
    ina = gbar*minf^3*h*(v - ena)
}
INITIAL { h = 1 }
DERIVATIVE states { hinf = 1/(1 + exp((v + 49)/10)) h' = (hinf - h)/300 }
"""

NOT_A_GATE = """
NEURON { SUFFIX adapting USEION k READ ek WRITE ik RANGE gbar, rate }
PARAMETER { gbar = 0.01 (S/cm2) rate = 0.05 (/ms) }
ASSIGNED { v (mV) ek (mV) ik (mA/cm2) drive (/ms) }
STATE { x }
BREAKPOINT { SOLVE states METHOD derivimplicit  ik = gbar*x/(1 + x)*(v - ek) }
INITIAL { x = 0.2 }
DERIVATIVE states { drive = 0.3/(1 + exp(-(v + 40)/8))  x' = drive - rate*x*x }
"""

BRANCHES = """
NEURON { SUFFIX branches USEION k READ ek WRITE ik RANGE gbar }
PARAMETER { gbar = 0.01 (S/cm2) }
ASSIGNED { v (mV) ek (mV) ik (mA/cm2) ntau (ms) ninf }
STATE { n }
BREAKPOINT { SOLVE states METHOD cnexp  ik = gbar*n*(v - ek) }
INITIAL { rates(v) n = ninf }
DERIVATIVE states { rates(v) n' = (ninf - n)/ntau }
PROCEDURE rates(v (mV)) {
    IF (v < -60) { ntau = 3 ninf = 0.1 }
    ELSE IF (v >= -60 && !(v > 0)) { ntau = 5 + (v + 60)/12 ninf = 0.1 + 0.01*(v + 60) }
    ELSE { ntau = 10/max2(v, 1) + 1 ninf = 0.7 }
}
FUNCTION max2(a, b) { IF (a > b) { max2 = a } ELSE { max2 = b } }
"""

WARM = """
NEURON { SUFFIX warm USEION k READ ek WRITE ik RANGE gbar }
PARAMETER { gbar = 0.01 (S/cm2) celsius (degC) }
LOCAL kept, factor
ASSIGNED { v (mV) ek (mV) ik (mA/cm2) }
STATE { n }
BREAKPOINT {
    if (kept != celsius) { kept = celsius  factor = 1.5^((celsius - 22)/10) }
    SOLVE states METHOD cnexp
    ik = factor*gbar*n*(v - ek)
}
INITIAL { n = 0.25 }
DERIVATIVE states { n' = 0.1*(1 - n) - 0.3*n }
"""

PUMP = """
NEURON { SUFFIX pump USEION na READ nai WRITE ina USEION k READ ko WRITE ik RANGE imax, ipump }
PARAMETER { imax = 2 (uA/cm2) }
ASSIGNED { nai (mM) ko (mM) ina (mA/cm2) ik (mA/cm2) ipump (mA/cm2) v (mV) }
BREAKPOINT {
    ipump = (0.001)*imax*(nai/(nai + 10))^3*(ko/(ko + 1.5))^2
    ina = 3*ipump
    ik = -2*ipump
}
"""

SHIFTED = """
NEURON { SUFFIX shifted USEION k READ ek WRITE ik RANGE gbar }
PARAMETER { gbar = 0.01 (S/cm2) }
ASSIGNED { v (mV) ek (mV) ik (mA/cm2) ninf ntau (ms) }
STATE { n }
BREAKPOINT { SOLVE states METHOD cnexp  ik = gbar*n*(v - ek) }
INITIAL { rates() n = ninf }
DERIVATIVE states { rates() n' = (ninf - n)/ntau }
PROCEDURE rates() {
    v = v + 12
    ninf = 1/(1 + exp(-(v + 20)/7))
    ntau = 2 + 6*exp(-(v/30)^2)
    printf("")
    v = v - 12
}
"""

# The file's shared copy of v stays shifted after its block, and its current does not see that.
LEFT_SHIFTED = SHIFTED.replace("    v = v - 12\n", "").replace("SUFFIX shifted", "SUFFIX left")

ARRAYS = """
NEURON { SUFFIX arrays USEION na READ ena WRITE ina RANGE gbar }
PARAMETER { gbar = 0.03 (S/cm2) }
ASSIGNED { v (mV) ena (mV) ina (mA/cm2) dt (ms) inf[2] fac[2] }
STATE { m h }
BREAKPOINT { SOLVE states  ina = gbar*m*m*h*(v - ena) }
INITIAL { rates() m = inf[0] h = inf[1] }
PROCEDURE states() { rates() m = m + fac[0]*(inf[0] - m) h = h + fac[1]*(inf[1] - h)
    VERBATIM
    return 0;
    ENDVERBATIM
}
PROCEDURE rates() { LOCAL slow[2]
    FROM k = 0 TO 1 {
        inf[k] = settled(v, k)
        slow[k] = slowness(k)
        fac[k] = 1 - exp(-dt/slow[k])
    }
}
FUNCTION settled(v, k) {
    if (k == 0) { settled = 1/(1 + exp(-(v + 30)/8)) } else { settled = 1/(1 + exp((v + 55)/6)) }
}
FUNCTION slowness(k) { if (k == 0) { slowness = 0.7 } else { slowness = 12 } }
"""

# A step in INITIAL is as short as dt, so that the states start from 0.1 and 0.6.
STEPPED_AT_START = ARRAYS.replace(
    "rates() m = inf[0] h = inf[1]", "m = 0.1 h = 0.6 states()"
).replace("SUFFIX arrays", "SUFFIX atstart")

OPPOSITES = """
NEURON { SUFFIX opposites USEION k READ ek WRITE ik RANGE gbar }
PARAMETER { gbar = 0.01 (S/cm2) }
ASSIGNED { v (mV) ek (mV) ik (mA/cm2) opening (/ms) closing (/ms) x }
STATE { n }
BREAKPOINT { SOLVE states METHOD cnexp  ik = gbar*n*(v - ek) }
INITIAL { rates() n = opening/(opening + closing) }
DERIVATIVE states { rates() n' = opening*(1 - n) - closing*n }
PROCEDURE rates() {
    x = (v + 33)/6
    if (x != 0) { opening = 0.2*x/(1 - exp(-x)) } else if (x == 0) { opening = 0.2 }
    if (v < -50) { closing = 0.3 } else if (v >= -50) { closing = 0.3*exp(-(v + 50)/40) }
}
"""

FOLLOWS = """
NEURON { SUFFIX follows USEION na READ ena WRITE ina RANGE gbar }
PARAMETER { gbar = 0.004 (S/cm2) }
ASSIGNED { v (mV) ena (mV) ina (mA/cm2) }
STATE { m h }
BREAKPOINT { SOLVE states METHOD cnexp  ina = gbar*m^3*h*(v - ena) }
INITIAL { m = 1/(1 + exp(-(v + 40)/6)) h = 1/(1 + exp((v + 60)/9)) }
DERIVATIVE states {
    m = 1/(1 + exp(-(v + 40)/6))
    h' = (1/(1 + exp((v + 60)/9)) - h)/40
}
"""

HELD_ION = """
NEURON { SUFFIX heldion USEION ca READ cai USEION k READ ek WRITE ik RANGE gbar }
PARAMETER { gbar = 0.01 (S/cm2) }
ASSIGNED { v (mV) ek (mV) cai (mM) ik (mA/cm2) }
STATE { q }
INITIAL { q = cai/(cai + 0.0005)
    VERBATIM
    cai = _ion_cai;
    ENDVERBATIM
}
BREAKPOINT { SOLVE states METHOD cnexp  ik = gbar*q*(v - ek) }
DERIVATIVE states { q' = (cai/(cai + 0.0005) - q)/9 }
"""

ALL = {
    "sodium": (SODIUM, "Channel"),
    "a_type": (A_TYPE, "Channel"),
    "stepped": (STEPPED, "Channel"),
    "scheme": (SCHEME, "Channel"),
    "calcium": (CALCIUM, "GHKChannel"),
    "several": (SEVERAL, "Mechanism"),
    "by_calcium": (BY_CALCIUM, "Channel"),
    "at_once": (AT_ONCE, "Channel"),
    "not_a_gate": (NOT_A_GATE, "Mechanism"),
    "branches": (BRANCHES, "Channel"),
    "warm": (WARM, "Channel"),
    "pump": (PUMP, "Mechanism"),
    "shifted": (SHIFTED, "Channel"),
    "left_shifted": (LEFT_SHIFTED, "Channel"),
    "arrays": (ARRAYS, "Channel"),
    "stepped_at_start": (STEPPED_AT_START, "Channel"),
    "opposites": (OPPOSITES, "Channel"),
    "follows": (FOLLOWS, "Channel"),
    "held_ion": (HELD_ION, "Channel"),
}

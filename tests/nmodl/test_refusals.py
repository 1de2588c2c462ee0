"""What cannot be done exactly is refused by its name and line."""

import pathlib
import pickle

import numpy as np
import pytest
import saiunit as u

import gapjunction as gj
from gapjunction.nmodl import NmodlError
from nmodl_idioms import A_TYPE, AT_ONCE, SODIUM

LEAK = """NEURON { SUFFIX leaky NONSPECIFIC_CURRENT i RANGE g }
PARAMETER { g = 1e-4 (S/cm2) }
ASSIGNED { v (mV) i (mA/cm2) }
BREAKPOINT { i = g*(v + 65) }
"""
IN_NEURON = {
    "POINT_PROCESS leaky": "POINT_PROCESS",
    "ARTIFICIAL_CELL leaky": "ARTIFICIAL_CELL",
    "SUFFIX leaky POINTER p": "POINTER",
    "SUFFIX leaky BBCOREPOINTER p": "BBCOREPOINTER",
    "SUFFIX leaky ELECTRODE_CURRENT j": "ELECTRODE_CURRENT",
    "SUFFIX leaky EXTERNAL x": "EXTERNAL",
    "SUFFIX leaky RANDOM x": "RANDOM",
    "SUFFIX leaky USEION ca READ ica": "READ ica",
    "SUFFIX leaky USEION ca WRITE cai": "WRITE cai",
    "SUFFIX leaky USEION ca READ cat": "READ cat",
    "SUFFIX leaky COLOUR red": "COLOUR",
}
BLOCKS = (
    "NET_RECEIVE(w) { }",
    "FUNCTION_TABLE tau(v)",
    "DISCRETE d { }",
    "PARTIAL p { }",
    "NONLINEAR n { }",
    "DESTRUCTOR { }",
    "BEFORE BREAKPOINT { }",
    "SENS x",
)
STATEMENTS = {
    "VERBATIM\n i = 3; ENDVERBATIM": "VERBATIM",
    "WHILE (v > 0) { i = 1 }": "WHILE",
    "LAG i BY 3": "LAG",
    "WATCH (v > 0) 2": "WATCH",
    "i = g*unknown": "unknown is not declared",
    "i = nonsense(v)": "nonsense",
    "other = 3": "other is not declared",
    "i = g[2]": r"g\[...\] is not declared",
    "celsius = 3": "celsius must not be changed",
    "i = t*g": "depends on the time",
    "i = g*dt": "time step",
    "i = g*diam": "diameter",
    "SOLVE nothing METHOD cnexp": "no such block",
    "FROM k = 0 TO 10000 { i = i + g }": "500 times",
    "FROM k = 0 TO v { i = i + g }": "from a number",
    "i = i + g": "keeps its value",
    "x' = 3": "x must be a STATE",
    "SOLVE rest STEADYSTATE sparse": "STEADYSTATE is refused",
}


@pytest.mark.parametrize("text", IN_NEURON)
def test_what_is_no_channel(text, write):
    path = write("\n" + LEAK.replace("SUFFIX leaky", text))
    with pytest.raises(NmodlError, match=IN_NEURON[text]) as caught:
        gj.nmodl.read(path)
    assert caught.value.line == 2
    assert str(caught.value).startswith("channel.mod, line 2: ")


@pytest.mark.parametrize("text", BLOCKS)
def test_blocks(text, read):
    with pytest.raises(NmodlError, match=f"line 5: {text.split('(')[0].split()[0]}"):
        read(LEAK + text)


@pytest.mark.parametrize("text", STATEMENTS)
def test_statements(text, read):
    with pytest.raises(NmodlError, match=STATEMENTS[text]):
        read(LEAK.replace("i = g*(v + 65)", f"{text} i = i + g*(v + 65)") + "DERIVATIVE rest { }")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "SUFFIX"),
        ("NEURON { SUFFIX a }", "writes no current"),
        ("NEURON { SUFFIX a", "name|known|end"),
        (LEAK + "VERBATIM\n#define g 3\nENDVERBATIM", "macros"),
        (LEAK + "VERBATIM", "ENDVERBATIM"),
        (LEAK + "COMMENT", "ENDCOMMENT"),
        (LEAK + "BREAKPOINT { }", "must not appear twice"),
        (LEAK + "UNITS { x = (faraday) (parsnip) }", "parsnip"),
        (LEAK + "UNITS { x = (faraday) (mV) }", "must be a number of"),
        (LEAK + "STATE { m[3] }", "arrays of STATE"),
        (LEAK.replace("i = g", "LOCAL a[3] a[3] = 1 i = g"), "index of a must be 0 to 2, got 3"),
        (LEAK.replace("i = g", "LOCAL a[3] a[0.5] = 1 i = g"), "index of a must be 0 to 2"),
        (LEAK.replace("i = g", "LOCAL a[3] a[v] = 1 i = g"), "index of a must be a number"),
        (LEAK.replace("i = g", "LOCAL a[3000] i = g"), "1 to 100 elements, got 3000"),
        (LEAK.replace("i = g", "printf(v"), "printf must end|is expected here"),
        (LEAK.replace("1e-4", "1e999"), "too large"),
        (LEAK.replace("v + 65", "(" * 100 + "v" + ")" * 100), "nested"),
        (LEAK.replace("i = g*(v + 65)", "IF (v > 0) {" * 40 + "}" * 40), "nested"),
        (LEAK.replace("g*(v + 65)", "f(v)") + "FUNCTION f(v) { f = f(v) }", "call itself"),
        (LEAK.replace("g*(v + 65)", "f(v)") + "FUNCTION f(v, w) { f = 1 }", "2 arguments"),
        (A_TYPE.replace("SOLVE", "IF (v > 0) { SOLVE").replace("cnexp", "cnexp }"), "within IF"),
        (A_TYPE.replace("SOLVE states METHOD cnexp", ""), "has no equation"),
        (
            AT_ONCE.replace("hinf = 1/(1 + exp((v + 49)/10))", "").replace(
                "h = 1", "hinf = 1/(1 + exp((v + 49)/10)) h = 1"
            ),
            "voltage at which INITIAL",
        ),
        (SODIUM.replace("m' = (minf - m)/mtau", "m = m*minf"), "must not set the state m"),
    ],
)
def test_faults(text, reason, read):
    with pytest.raises(NmodlError, match=reason):
        read(text)


SCHEME = LEAK.replace("g*(v + 65)", "g*o*(v + 65)").replace("i = ", "SOLVE k METHOD sparse i = ")
SCHEME += """
STATE { c o }
INITIAL { START }
LINEAR l { ~ c = o*exp(-v/10)
 ~ c + o = 1 }
KINETIC k { ~ c <-> o (exp(v/20), exp(-v/20))
 SUM }
"""
SETTLED = SCHEME.replace("START", "SOLVE k STEADYSTATE sparse")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (SETTLED.replace("SUM", "CONSERVE c + o = 2"), "CONSERVE must say that the sum"),
        (SETTLED.replace("SUM", "CONSERVE c + 2*o = 1"), "CONSERVE must say that the sum"),
        (SETTLED.replace("SUM", "CONSERVE c = 1"), "CONSERVE of c must be of all states"),
        (SETTLED.replace("SUM", "~ c = 1"), "an equation within KINETIC k"),
        (
            SCHEME.replace("START", "").replace("SUM", "CONSERVE c + o = 1"),
            "INITIAL must set them to the sum 1",
        ),
        (
            SCHEME.replace("START", "c = 1").replace("SUM", "").replace("~ c <", "~ 1.5 c <"),
            "number of c in a reaction must be a whole number",
        ),
        (LEAK + "PARAMETER { g = 3 }", "g must not be declared with two values"),
        (A_TYPE.replace("DERIVATIVE states {", "DERIVATIVE states { n' = 1 - n"), "two values"),
        (
            LEAK.replace("NONSPECIFIC_CURRENT i", "USEION ca WRITE ica VALENCE 1"),
            "VALENCE of ca must be 2, got 1",
        ),
    ],
)
def test_what_would_be_silently_wrong(text, reason, read):
    with pytest.raises(NmodlError, match=reason):
        read(text)


def test_equations_that_disagree_with_the_scheme_are_reported(read):
    text = SCHEME.replace("START", "SOLVE l").replace("SUM", "CONSERVE 1 = c + o")
    found = read(text)
    assert found.gates["scheme"].start is None
    assert "not the steady state" not in str(found.report)
    assert "solution is not the steady state" in str(read(text.replace("-v/10", "-v/11")).report)


def test_term_of_an_ontology_hides_nothing(read):
    text = LEAK.replace("NONSPECIFIC_CURRENT i", "USEION k REPRESENTS CHEBI:29103 WRITE ik")
    assert read(text.replace("i = g", "ik = g") + "ASSIGNED { ik (mA/cm2) }").ion == "K"


def test_verbatim_that_does_nothing_is_left_out(read):
    idle = LEAK.replace("i = g", "VERBATIM\n /* nothing */ return 0; ENDVERBATIM i = g")
    outside = LEAK + "VERBATIM\nextern int x;\nENDVERBATIM"
    assert float(read(idle).g_max / (u.mS / u.cm**2)) == pytest.approx(0.1)
    assert any("VERBATIM" in text for text in read(outside).report.left_out)


def test_include(write):
    path = write('INCLUDE "rest.inc"\n' + LEAK.split("PARAMETER")[0])
    write("PARAMETER" + LEAK.split("PARAMETER")[1], "rest.inc")
    assert float(gj.nmodl.read(path).g_max / (u.mS / u.cm**2)) == pytest.approx(0.1)
    # Where the fault is in the other file, it is named.
    write("PARAMETER { g = }", "rest.inc")
    with pytest.raises(NmodlError, match=r"rest\.inc, line 1"):
        gj.nmodl.read(path)
    write('INCLUDE "rest.inc"', "rest.inc")
    with pytest.raises(NmodlError, match="repeated"):
        gj.nmodl.read(path)


@pytest.mark.parametrize("name", ["../rest.inc", "/etc/passwd", "", "a\\b", "missing.inc"])
def test_include_of_elsewhere(name, read):
    with pytest.raises(NmodlError):
        read(f'INCLUDE "{name}"\n' + LEAK)


def test_link_out_of_the_folder(write, tmp_path):
    folder = tmp_path / "inner"
    folder.mkdir()
    write("PARAMETER { g = 1 }", "secret.inc")
    (folder / "rest.inc").symlink_to(tmp_path / "secret.inc")
    path = folder / "channel.mod"
    path.write_text('INCLUDE "rest.inc"\n' + LEAK)
    with pytest.raises(NmodlError, match="same folder"):
        gj.nmodl.read(path)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(NmodlError, match="cannot be read"):
        gj.nmodl.read(tmp_path / "missing.mod")
    with pytest.raises(NmodlError, match="cannot be read"):
        gj.nmodl.read(tmp_path)
    big = tmp_path / "big.mod"
    big.write_text(":" * 600_000)
    with pytest.raises(NmodlError, match="500000 bytes"):
        gj.nmodl.read(big)


def test_parameters_given_at_reading(write):
    path = write(LEAK)
    with pytest.raises(NmodlError, match="gbar must be one of its parameters: celsius, g"):
        gj.nmodl.read(path, gbar=3)
    with pytest.raises(TypeError, match="g must be a number"):
        gj.nmodl.read(path, g="3")
    with pytest.raises(ValueError, match="g must be finite"):
        gj.nmodl.read(path, g=np.inf)
    assert float(gj.nmodl.read(path, g=2).g_max / (u.siemens / u.cm**2)) == pytest.approx(2)


def test_growth_is_bounded(read):
    # Each function calls the one before twice, which would double the work 40 times.
    functions = "FUNCTION f0(x) { f0 = exp(x) }\n" + "".join(
        f"FUNCTION f{k}(x) {{ f{k} = f{k - 1}(x + {k}) + f{k - 1}(x - {k}) }}\n"
        for k in range(1, 40)
    )
    with pytest.raises(NmodlError):
        read(LEAK.replace("g*(v + 65)", "f39(v)") + functions)
    turns = LEAK.replace("i = g", "FROM a = 0 TO 400 {" * 3 + "i = i*v" + "}" * 3 + " i = g")
    with pytest.raises(NmodlError, match=r"statements|terms"):
        read(turns)


def test_error_can_be_pickled():
    error = NmodlError("no.", 3, "a.mod")
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.line, again.file) == ("a.mod, line 3: no.", 3, "a.mod")


def test_nothing_is_written(write, tmp_path):
    before = sorted(tmp_path.iterdir())
    gj.nmodl.read(write(LEAK))
    assert sorted(tmp_path.iterdir()) == [*before, pathlib.Path(tmp_path, "channel.mod")]

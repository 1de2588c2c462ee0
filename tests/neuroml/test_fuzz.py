"""Files that were damaged: read, or refused with the reader's own error."""

import os

import hypothesis
import pytest
from hypothesis import strategies as st

import gapjunction as gj
from effort import bounded_effort
from gapjunction.ion_channels import IonChannel, Pool

# FUZZ=10000 in the environment tries more of them.
MANY = int(os.environ.get("FUZZ", "1000"))
SEEDS = (
    """<neuroml id="f"><ionChannelHH id="X" species="k" conductance="10pS">
<gateHHrates id="n" instances="4">
<q10Settings type="q10ExpTemp" q10Factor="3" experimentalTemp="6.3degC"/>
<forwardRate type="own" k="2"/>
<reverseRate type="HHExpRate" rate="4per_ms" midpoint="-65mV" scale="-18mV"/>
</gateHHrates></ionChannelHH><ComponentType name="own" extends="baseVoltageDepRate">
<Parameter name="k" dimension="none"/><Constant name="MV" dimension="voltage" value="1mV"/>
<Constant name="MS" dimension="time" value="1ms"/><Dynamics>
<DerivedVariable name="V" dimension="none" value="v / MV"/>
<ConditionalDerivedVariable name="r" exposure="r" dimension="per_time">
<Case condition="V .eq. -40" value="k/MS"/><Case value="k*0.1*(V+40)/(1-exp(-(V+40)/10))/MS"/>
</ConditionalDerivedVariable></Dynamics></ComponentType><membraneProperties>
<channelDensity id="d" ionChannel="X" condDensity="36 mS_per_cm2" erev="-77mV" ion="k"/>
</membraneProperties></neuroml>""",
    """<neuroml id="f"><ionChannelKS id="X" species="na" conductance="1pS">
<gateKS id="s" instances="1">
<closedState id="C"/><openState id="O"/>
<vHalfTransition from="C" to="O" vHalf="-50mV" z="1.5" gamma="0.7" tau="3.2ms" tauMin="0.3ms"/>
</gateKS></ionChannelKS></neuroml>""",
    """<neuroml id="f"><decayingPoolConcentrationModel id="p" ion="ca" restingConc="1e-4mM"
decayConstant="80ms" shellThickness="0.2um"/></neuroml>""",
)
PIECES = (
    *("<", ">", "/", '"', "&#0;", "&lt;", "(", ")", "^", "-", "1e308", "0", "exp(", "1e-320"),
    *("gate", "n", "mV", "ms", "degC", "nan", "inf", ".eq.", "v", "r", "own", "\0", "\ud7ff", "𝔛"),
    *("<gateKS id='a'>", "id='__class__'", "extends='own'", "9" * 400, "(" * 200, "-" * 3000),
)


@st.composite
def damaged(draw):
    text = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        length = draw(st.sampled_from([0, 1, 2, 5, 20]))
        piece = draw(st.one_of(st.just(""), st.sampled_from(PIECES), st.text(max_size=3)))
        text = text[:at] + piece + text[at + length :]
    return text


def check(path, text):
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    with bounded_effort():
        try:
            found = gj.neuroml.read(path)
        except gj.neuroml.NeuromlError:
            return
        assert issubclass(found, (IonChannel, Pool))
        str(gj.neuroml.report(path))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


@hypothesis.settings(max_examples=60)
@hypothesis.given(text=damaged())
def test_damaged_files_are_read_or_refused(folder, text):
    check(folder / "f.nml", text)


@pytest.mark.slow
@hypothesis.settings(max_examples=MANY)
@hypothesis.given(text=damaged())
def test_many_damaged_files(folder, text):
    check(folder / "f.nml", text)


@pytest.mark.parametrize("text", SEEDS)
def test_the_files_themselves_are_read(folder, text):
    (folder / "f.nml").write_text(text)
    assert gj.neuroml.read(folder / "f.nml")

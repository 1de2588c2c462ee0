"""What is not known is refused, by name; and files that could harm are not read."""

import pytest

import gapjunction as gj
from gapjunction.neuroml._xml import parse_text

RATES = """
<forwardRate type="HHExpRate" rate="1per_ms" midpoint="-40mV" scale="10mV"/>
<reverseRate type="HHExpRate" rate="4per_ms" midpoint="-65mV" scale="-18mV"/>
"""
GATE = f'<gateHHrates id="m" instances="1">{RATES}</gateHHrates>'
X = '<ionChannelHH id="X" species="k" conductance="1pS">{}</ionChannelHH>'
DENSITY = "<membraneProperties>{}</membraneProperties>"
KS = '<gateKS id="s" instances="1"><closedState id="C"/><openState id="O"/>{}</gateKS>'


OWN = (
    '<ComponentType name="{}" extends="baseVoltageDepRate"><Dynamics><DerivedVariable name="r" '
    'exposure="r" dimension="per_time" value="1"/></Dynamics></ComponentType>'
)
TWO = '<channelDensity id="d" ionChannel="X" condDensity="{}S_per_m2" erev="0mV" ion="k"/>'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (OWN.format("HHExpRate") + X.format(GATE), "'HHExpRate' must be defined once"),
        (
            2 * OWN.format("own") + X.format(GATE.replace("HHExpRate", "own")),
            "'own' must be defined once",
        ),
        (X.format(GATE) + TWO.format("-1"), "g_max of channelDensity 'd' must not be negative"),
        (
            X.format(GATE.replace('rate="1per', 'rate="-1per')),
            "alpha of gate 'm' is not finite and 0 or more at any voltage",
        ),
        (X.format(GATE.replace("gateHHrates", "gateHHstrange")), "gate 'm' must be of a type"),
        (X.format(GATE.replace('instances="1"', 'instances="0"')), "instances of gate 'm'"),
        (X.format(GATE.replace('instances="1"', 'instances="1.5"')), "instances of gate 'm'"),
        (X.format(GATE.replace(' id="m"', "")), "must have the attribute 'id'"),
        (X.format(GATE + GATE), "gate 'm' of channel 'X' must not appear twice"),
        (X.format(GATE.replace("-40mV", "-40")), "midpoint of m_forwardRate .* must be a voltage"),
        (X.format(GATE.replace("-40mV", "-40parsec")), "a unit that NeuroML knows"),
        (X.format(GATE.replace("-40mV", "forty")), "must be a number with a unit"),
        (X.format(GATE.replace("-40mV", "1e999mV")), "must be a number|finite"),
        (X.format(GATE.replace('midpoint="-40mV"', "")), "must have the attribute 'midpoint'"),
        (
            X.format(GATE.replace('midpoint="-40mV"', 'mid="1" midpoint="-40mV"')),
            "mid of m_forward",
        ),
        (
            X.format(GATE.replace('"HHExpRate" rate="1', '"HHExpRat" rate="1')),
            "Did you mean 'HHExpRate'",
        ),
        (
            X.format(GATE.replace("<reverseRate", "<timeCourse")),
            "timeCourse of gate 'm' is not expected",
        ),
        (
            X.format(GATE.replace("</gateHHrates>", "<q10Settings type='q10Odd'/></gateHHrates>")),
            "Q10 of gate 'm'",
        ),
        (X.format("<kinetics/>"), "kinetics of channel 'X' is not supported"),
        (X.format("<gateFractional id='f' instances='1'/>"), "gate 'f' must have a subGate"),
        (
            X.format(KS.format("<strangeTransition from='C' to='O'/>")),
            "strangeTransition of gate 's'",
        ),
        (
            X.format(KS.format("<vHalfTransition from='C' to='P'/>")),
            "must join its states, got 'P'",
        ),
        (X.format(KS.format("<forwardTransition from='C' to='O'/>")), "must have one rate, got 0"),
        (X.format(KS.format("")), "channel 'X' cannot be declared: .*must connect all states"),
        (
            X.format(GATE) + DENSITY.format('<channelDensityGHK2 id="d" ionChannel="X"/>'),
            "channelDensityGHK2 'd'",
        ),
        (
            X.format(GATE) + DENSITY.format('<channelDensityNonUniform id="d" ionChannel="X"/>'),
            "'d' is not supp",
        ),
        (
            X.format(GATE) + DENSITY.format('<channelDensity id="d" ionChannel="X"/>'),
            "attribute 'condDensity'",
        ),
        (
            X.format(GATE)
            + DENSITY.format(
                '<channelDensityNernst id="d" ionChannel="X" condDensity="1S_per_m2" ion="xy"/>'
            ),
            "ion must be one of na, k",
        ),
        (X.format(GATE) * 2, "name must say which is meant"),
        ("<cell id='c'/>", "with a channel or a concentration model"),
        (
            '<concentrationModel id="p" type="odd"/>',
            "concentrationModel 'p' is not",
        ),
        ('<ionChannelHH species="k"/>', "must have the attribute 'id'"),
        (
            X.format(GATE).replace("<ionChannelHH", '<ionChannelHH type="odd"'),
            "type of channel 'X'",
        ),
    ],
)
def test_what_is_not_known_is_refused_by_name(file, content, message):
    with pytest.raises(gj.neuroml.NeuromlError, match=message):
        gj.neuroml.read(file(content))


TYPE = '<ComponentType name="own" extends="{}">{}</ComponentType>'
OWN = X.format(
    GATE.replace('type="HHExpRate" rate="1per_ms" midpoint="-40mV" scale="10mV"', 'type="own"')
)
R = '<DerivedVariable name="r" exposure="r" dimension="per_time" value="1/ms"/>'
R = f"<Dynamics>{R}</Dynamics>"
BASE = "baseVoltageDepRate"
MGCONC = '<Requirement name="mgConc" dimension="concentration"/>'
V_NONE = '<Requirement name="v" dimension="none"/>'
ALPHA = '<Requirement name="alpha" dimension="per_time"/>'
MS = '<Constant name="ms" dimension="time" value="1ms"/>'
ODD = MS.replace('"time"', '"odd"').replace("Constant", "Parameter").replace(' value="1ms"', "")


@pytest.mark.parametrize(
    ("base", "content", "message"),
    [
        (BASE, R, "names that are declared .* got 'ms'"),
        ("strange", R, "type of ComponentType 'own' must be one of"),
        ("own", R, "must not extend itself"),
        (BASE, MGCONC + R, "got 'mgConc'"),
        (BASE, V_NONE + R, "each of its own dimension"),
        (BASE, ALPHA + R.replace("1/ms", "alpha"), "requires alpha, which its gate"),
        (BASE, MS + R.replace("1/ms", "ms"), "must be a per_time"),
        (BASE, ODD + R, "must be a known one, got 'odd'"),
        (BASE, "<Structure/>" + R, "Structure '' of ComponentType 'own' is not supported"),
    ],
)
def test_types_that_are_not_understood_are_refused(file, base, content, message):
    with pytest.raises(gj.neuroml.NeuromlError, match=message):
        gj.neuroml.read(file(TYPE.format(base, content), OWN))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "must not declare a document type"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'.encode("utf-16"), "UTF-8"),
        (b"<a>" * 100 + b"</a>" * 100, "nested at most 60"),
        (b"<a><b></a>", "well-formed"),
        (b"", "well-formed"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"<a>&undefined;</a>", "well-formed"),
        (b"<a>\x00</a>", "well-formed"),
    ],
)
def test_harmful_and_broken_text_is_refused(content, message):
    with pytest.raises(gj.neuroml.NeuromlError, match=message):
        parse_text(content)


def test_text_in_another_encoding_hides_nothing():
    # In this encoding, which the text declares, +ADw- would stand for '<'.
    text = b'<?xml version="1.0" encoding="utf-7"?><a>+ADwAIQ-DOCTYPE</a>'
    assert parse_text(text).text == "+ADwAIQ-DOCTYPE"


def test_sizes_are_bounded(monkeypatch):
    monkeypatch.setattr("gapjunction.neuroml._xml.MAX_ELEMENTS", 10)
    monkeypatch.setattr("gapjunction.neuroml._xml.MAX_BYTES", 100)
    with pytest.raises(gj.neuroml.NeuromlError, match="at most 10 elements"):
        parse_text(b"<a>" + b"<b/>" * 10 + b"</a>")
    with pytest.raises(gj.neuroml.NeuromlError, match="at most 100 bytes"):
        parse_text(b"<a>" + b" " * 100 + b"</a>")


def test_other_files_are_not_opened(file, tmp_path):
    (tmp_path / "other.nml").write_text(f'<neuroml id="o">{X.format(GATE)}</neuroml>')
    with pytest.raises(gj.neuroml.NeuromlError, match="with a channel"):
        gj.neuroml.read(file('<include href="other.nml"/>'))


@pytest.mark.parametrize("path", ["no/such/file.nml", ".", "a\0b", 3.5])
def test_a_file_that_cannot_be_read_is_named(path):
    with pytest.raises(gj.neuroml.NeuromlError, match="path must be a file"):
        gj.neuroml.read(path)


def test_names_are_suggested(file):
    with pytest.raises(gj.neuroml.NeuromlError, match="Did you mean 'X'"):
        gj.neuroml.read(file(X.format(GATE)), "x")

"""Small files, written for one test each."""

import pytest

import gapjunction as gj

RATES = """
<forwardRate type="HHExpLinearRate" rate="1per_ms" midpoint="-40mV" scale="10mV"/>
<reverseRate type="HHExpRate" rate="4per_ms" midpoint="-65mV" scale="-18mV"/>
"""


@pytest.fixture
def file(tmp_path):
    """Return a function that writes a file with these elements and returns its path."""

    def make(*elements):
        path = tmp_path / "channel.nml"
        text = "\n".join(elements)
        path.write_text(
            f'<neuroml xmlns="http://www.neuroml.org/schema/neuroml2" id="file">{text}</neuroml>'
        )
        return path

    return make


@pytest.fixture
def gate(file):
    """Return a function that reads a channel with these gates."""

    def read(gates, *others, species="k", **parameters):
        channel = f'<ionChannelHH id="X" conductance="10pS" species="{species}">{gates}'
        return gj.neuroml.read(file(f"{channel}</ionChannelHH>", *others), **parameters)

    return read


@pytest.fixture
def rate(gate):
    """Return a function that reads a steady state which is an expression of LEMS."""

    def read(dynamics, declared="", attributes=""):
        kind = (
            '<ComponentType name="own" extends="baseVoltageConcDepVariable">'
            f"{declared}<Dynamics>{dynamics}</Dynamics></ComponentType>"
        )
        gates = (
            '<gateHHInstantaneous id="m" instances="1">'
            f'<steadyState type="own" {attributes}/></gateHHInstantaneous>'
        )
        return gate(gates, kind).m.steady_state

    return read

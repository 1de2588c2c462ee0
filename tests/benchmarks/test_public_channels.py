"""Public channel files: how they are told apart and fetched, and how expressions are evaluated."""

import hashlib
import json
import math
import signal
import subprocess
from xml.etree import ElementTree

import pytest

from public_channels import draw, lems_numbers
from public_channels.outcome import Outcome, each
from public_channels.places import Address, Source

CHANNEL = "NEURON { SUFFIX a USEION k READ ek WRITE ik }"


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        (CHANNEL, True),
        ("NEURON { SUFFIX a NONSPECIFIC_CURRENT i }", True),
        ("NEURON { SUFFIX a USEION ca READ ica WRITE cai }", False),
        ("NEURON { POINT_PROCESS a NONSPECIFIC_CURRENT i }", False),
        (": SUFFIX a\nNEURON { POINT_PROCESS b NONSPECIFIC_CURRENT i }", False),
        ("NEURON { SUFFIX a USEION ca READ cai, eca WRITE ica, cai VALENCE 2 }", True),
    ],
)
def test_files_with_a_density_current(text, counts):
    assert (draw.mechanism(text) is not None) == counts


def test_comments_and_white_space_make_no_difference():
    other = "TITLE x\n: a comment\nCOMMENT more ENDCOMMENT\n" + CHANNEL.replace(" ", "\n")
    assert draw.mechanism(other) == draw.mechanism(CHANNEL)
    assert draw.mechanism(CHANNEL.replace("ik", "ina")) is None


def test_lists_are_addresses_of_repositories_that_are_named():
    known = dict(line.split() for line in (draw.HERE / "repositories.txt").read_text().splitlines())
    for kind, (ending, number) in draw.KINDS.items():
        lines = (draw.HERE / f"{kind}.txt").read_text().splitlines()
        found = [Address.parse(line) for line in lines]
        assert len(set(found)) == number
        for address in found:
            assert known[address.repository] == address.commit
            assert address.path.lower().endswith(ending)
            assert len(address.digest) == 64
        assert [address.line for address in found] == lines


def test_file_of_a_clone(tmp_path):
    def git(*arguments):
        command = ["git", "-C", str(clone), "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    clone = tmp_path / "clones" / "owner+name"
    clone.mkdir(parents=True)
    git("init", "-q")
    (clone / "a.mod").write_text(CHANNEL)
    (clone / "b.inc").write_text("x")
    git("add", "-A")
    git("commit", "-qm", "x")
    commit = git("rev-parse", "HEAD")
    source = Source(tmp_path / "clones", tmp_path / "cache")
    ((path, content),) = source.files("owner/name", commit, ".mod")
    address = Address("owner/name", commit, path, hashlib.sha256(content).hexdigest())
    assert source.fetched(address).read_text() == CHANNEL
    assert source.beside(address, "b.inc").read_text() == "x"
    with pytest.raises(ValueError, match="another file"):
        source.fetched(Address("owner/name", commit, path, "0" * 64))


def test_expressions_are_numbers():
    known = {"v": -0.04, "x": 2.0}
    assert lems_numbers.evaluate("x^2 * 3 - exp(0)", known) == 11
    assert lems_numbers.evaluate("(v .lt. 0) .and. (x .geq. 2)", known) == 1
    with pytest.raises(ValueError, match="not known"):
        lems_numbers.evaluate("x.real", known)
    with pytest.raises(KeyError):
        lems_numbers.evaluate("__import__(x)", known)
    assert lems_numbers.quantity("-3.5e-1 per_ms") == pytest.approx(-350)
    assert lems_numbers.quantity("20 degC") == pytest.approx(293.15)


def test_component_with_expressions():
    text = """<root><rate type="own" half="-40mV"/>
      <ComponentType name="own">
        <Constant name="MV" value="1mV"/>
        <Dynamics>
          <DerivedVariable name="r" exposure="r" value="1000 * (1 - y)"/>
          <ConditionalDerivedVariable name="y">
            <Case condition="v .gt. half" value="exp((half - v) / MV)"/>
            <Case value="1"/>
          </ConditionalDerivedVariable>
        </Dynamics>
      </ComponentType></root>"""
    root = ElementTree.fromstring(text)
    component = lems_numbers.Component(root, root[0])
    assert component.value({"v": -0.05}) == 0
    assert component.value({"v": -0.039}) == pytest.approx(1000 * (1 - math.exp(-1)))
    for kind, expected in (("HHExpRate", math.e), ("HHExpLinearRate", 1 / (1 - 1 / math.e))):
        xml = f'<r type="{kind}" rate="1 per_s" midpoint="0 mV" scale="10 mV"/>'
        standard = lems_numbers.Component(root, ElementTree.fromstring(xml))
        assert standard.value({"v": 0.01}) == pytest.approx(expected)


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="no alarm on this system")
def test_what_fails_or_takes_long_is_given_up():
    def work(kind):
        if kind == "loop":
            while True:
                pass
        raise ValueError(kind)

    found = each(work, ["loop", "no"], 0, 1, lambda reason: Outcome("failed", reason))
    assert found == [
        Outcome("failed", "it takes more than 1 s"),
        Outcome("failed", "ValueError: no"),
    ]


@pytest.mark.parametrize("kind", ["nmodl", "neuroml"])
def test_guides_have_the_numbers_of_the_results(kind):
    docs = draw.HERE.parents[1] / "docs"
    report = json.loads((docs / "validation" / "public_files.json").read_text())
    (row,) = (x for x in report["tables"][0]["rows"] if x["files"] == kind)
    text = " ".join((docs / "guide" / f"reading_{kind}.md").read_text().split())
    assert f"{row['read']} of {row['drawn']} are read" in text
    assert f"{row['agrees']} of {row['agrees'] + row['differs']} " in text

"""Files with faults: each is read, or refused by the reader's own error."""

import contextlib
import os
import random
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gapjunction as gj
from effort import bounded_effort
from gapjunction.nmodl import NmodlError
from nmodl_idioms import ALL

TEXTS = [text for text, _ in ALL.values()]
WORDS = sorted({word for text in TEXTS for word in re.findall(r"\w+|[^\w\s]", text)})
# FUZZ=10000 in the environment tries more of them.
MANY = int(os.environ.get("FUZZ", "1000"))


def mutated(text, seed):
    """Return a text with some words removed, doubled, exchanged or replaced."""
    chance = random.Random(seed)
    words = re.findall(r"\w+|\s+|[^\w\s]", text)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(words))
        kind = chance.randrange(6)
        if kind == 0:
            del words[at]
        elif kind == 1:
            words.insert(at, chance.choice(WORDS))
        elif kind == 2:
            words[at] = chance.choice(WORDS)
        elif kind == 3:
            other = chance.randrange(len(words))
            words[at], words[other] = words[other], words[at]
        elif kind == 4:
            end = min(len(words), at + chance.randint(1, 40))
            words[at:at] = words[at:end] * chance.randint(1, 5)
        else:
            words[at] = chance.choice(["1e999", "0", "-", "(" * 70, "{" * 50, "\x00", "é", "^" * 9])
        if not words:
            break
    return "".join(words)


def is_read_or_refused(path, text):
    path.write_text(text, encoding="utf-8")
    with bounded_effort(), contextlib.suppress(NmodlError):
        gj.nmodl.read(path)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(which=st.integers(0, len(TEXTS) - 1), seed=st.integers(0, 2**32))
def test_mutated_files(which, seed, tmp_path):
    is_read_or_refused(tmp_path / "a.mod", mutated(TEXTS[which], seed))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=200))
def test_any_text(text, tmp_path):
    is_read_or_refused(tmp_path / "a.mod", text.encode("utf-8", "replace").decode())


@pytest.mark.slow
def test_many_mutated_files(tmp_path):
    for seed in range(MANY):
        is_read_or_refused(tmp_path / "a.mod", mutated(TEXTS[seed % len(TEXTS)], seed))

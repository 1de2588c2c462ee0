"""Files of the tests: each has one idiom, and is written by the test itself."""

import pytest

import gapjunction as gj


@pytest.fixture
def write(tmp_path):
    """A function that writes a file and returns its path."""

    def written(text, name="channel.mod"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return written


@pytest.fixture
def read(write):
    """A function that returns the class of a text."""
    return lambda text, **parameters: gj.nmodl.read(write(text), **parameters)

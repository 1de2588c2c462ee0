"""Other simulators, where they are installed."""

import pytest

from simulators import arbor_peer, nest_peer, neuron_peer


@pytest.fixture(scope="session")
def need_neuron():
    """Skip the test where NEURON cannot run jobs, saying why."""

    def check(*jobs):
        if why := neuron_peer.missing(*jobs):
            pytest.skip(why)

    return check


@pytest.fixture(scope="session")
def need_nest():
    """Skip the test where NEST cannot be used, saying why."""
    if why := nest_peer.missing():
        pytest.skip(why)


@pytest.fixture(scope="session")
def need_arbor():
    """Skip the test where Arbor cannot be used, saying why."""
    if why := arbor_peer.missing():
        pytest.skip(why)

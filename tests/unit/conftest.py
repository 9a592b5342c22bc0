"""A project, a chain and contracts for the tests of the Python side. Compiled once, isolated for each test."""

from contextvars import ContextVar
from pathlib import Path

import pytest

import ingot
from ingot.networks import active

SAMPLE = Path(__file__).parent / "sample"


@pytest.fixture(autouse=True)
def _nothing_is_active(monkeypatch):
    """The chain of this repository's own project, active in a whole run, is not these tests'."""
    for name in ("_active_chain", "_active_project"):
        monkeypatch.setattr(active, name, ContextVar(f"{name}_of_the_test", default=None))


@pytest.fixture(scope="session")
def sample():
    return ingot.load(SAMPLE)


@pytest.fixture(scope="session")
def shared_chain():
    return ingot.Chain()


@pytest.fixture
def local(shared_chain):
    """A chain that is as new when the test begins."""
    with shared_chain.isolate():
        yield shared_chain


@pytest.fixture
def alice(local):
    return local.accounts[0]


@pytest.fixture
def bob(local):
    return local.accounts[1]


@pytest.fixture
def ledger(sample, alice):
    return sample.Ledger.deploy("units", 1000, sender=alice)


@pytest.fixture
def failing(sample, alice):
    return sample.Failing.deploy(sender=alice)

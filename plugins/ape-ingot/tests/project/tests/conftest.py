"""What all tests share. `record` writes values down; the runs with two providers must have written the same."""

import json
import os
from pathlib import Path

import pytest

WRITTEN = {}


@pytest.fixture(scope="session")
def owner(accounts):
    return accounts[0]


@pytest.fixture(scope="session")
def alice(accounts):
    return accounts[1]


@pytest.fixture
def probe(project, owner):
    return project.Probe.deploy(7, sender=owner)


@pytest.fixture
def caller(project, owner, probe):
    return project.Caller.deploy(probe, sender=owner)


@pytest.fixture
def is_ingot(chain):
    return chain.provider.name == "ingot"


@pytest.fixture(autouse=True)
def _skip_what_ape_lacks(request, chain):
    if request.node.get_closest_marker("only_ingot") and chain.provider.name != "ingot":
        pytest.skip("ape's own provider cannot")


@pytest.fixture
def record(request):
    """`record(name=value)`: to be the same with both providers."""

    def write(**values):
        kept = WRITTEN.setdefault(request.node.nodeid, {})
        for name, value in values.items():
            kept[name] = value if isinstance(value, (int, str, bool, type(None))) else repr(value)

    return write


@pytest.fixture
def needs():
    """`needs(thing, "name")`: skip where this version of ape has no such thing."""

    def check(thing, name):
        if not hasattr(thing, name):
            pytest.skip(f"this version of ape has no {name}")

    return check


def pytest_configure(config):
    config.addinivalue_line("markers", "only_ingot: what ape's own provider cannot do")


def pytest_sessionfinish():
    if path := os.environ.get("PARITY_RECORD"):
        Path(path).write_text(json.dumps(WRITTEN, indent=1, sort_keys=True))

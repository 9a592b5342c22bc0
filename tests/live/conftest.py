"""Nodes for tests of live networks: anvil as a stand-in for Sepolia, alone or behind a proxy that fails on request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from anvil import Anvil, require_anvil
from faulty_proxy import FaultyProxy
from lab import compiled_project
from stand_in import StartAnvil, StartProxy, start_anvil


@pytest.fixture
def anvil() -> Iterator[StartAnvil]:
    """Starts nodes as `start_anvil` does; all end with the test."""
    require_anvil()
    with ExitStack() as stack:
        yield lambda *options, **settings: stack.enter_context(start_anvil(*options, **settings))


@pytest.fixture
def proxy() -> Iterator[StartProxy]:
    """Puts a faulty proxy before a node; a failure of the proxy itself fails the test."""
    started: list[FaultyProxy] = []
    with ExitStack() as stack:

        def start(node: Anvil) -> FaultyProxy:
            started.append(stack.enter_context(FaultyProxy(node.port)))
            return started[-1]

        yield start
    assert not [error for one in started for error in one.errors]


@pytest.fixture(scope="session")
def voyage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project that is deployed, compiled once."""
    require_anvil()
    return compiled_project(tmp_path_factory.mktemp("compiled"))


LOG: pytest.StashKey[list[str]] = pytest.StashKey()


@pytest.fixture
def live_log(request: pytest.FixtureRequest) -> list[str]:
    """Lines for the end of the run."""
    return request.config.stash.setdefault(LOG, [])


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    lines = config.stash.get(LOG, [])
    if lines:
        terminalreporter.section("live networks")
        for line in lines:
            terminalreporter.write_line(line)

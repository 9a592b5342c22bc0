"""What the conformance tests have to tell is printed under the results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from execution_apis import read_archive

LOG: pytest.StashKey[list[str]] = pytest.StashKey()


@pytest.fixture(scope="session")
def files() -> Mapping[str, bytes]:
    """The archive of ethereum/execution-apis."""
    return read_archive()


@pytest.fixture
def differential_log(request: pytest.FixtureRequest) -> list[str]:
    """Lines for the end of the run."""
    return request.config.stash.setdefault(LOG, [])


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    lines = config.stash.get(LOG, [])
    if lines:
        terminalreporter.section("differential tests")
        for line in lines:
            terminalreporter.write_line(line)

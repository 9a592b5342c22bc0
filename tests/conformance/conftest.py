"""What the conformance tests have to tell is printed under the results."""

from __future__ import annotations

from typing import Any

import pytest

LOG: pytest.StashKey[list[str]] = pytest.StashKey()


@pytest.fixture
def differential_log(request: pytest.FixtureRequest) -> list[str]:
    """Lines for the end of the run."""
    return request.config.stash.setdefault(LOG, [])


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    lines = config.stash.get(LOG, [])
    if lines:
        terminalreporter.section("differential test against anvil")
        for line in lines:
            terminalreporter.write_line(line)

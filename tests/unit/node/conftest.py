"""web3.py imports what websockets has deprecated, and warnings are errors here: our module imports it first, quietly."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from running_node import Node

import ingot.web3_provider  # noqa: F401


@pytest.fixture
def node() -> Iterator[Callable[..., Node]]:
    started: list[Node] = []

    def start(*options: str) -> Node:
        started.append(Node(*options))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.communicate()

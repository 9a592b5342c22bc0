"""The fixtures of a project's tests: `project`, `chain`, `accounts`, `networks`, `Contract`. ape's names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from ingot.testing.session import Session, session_of

if TYPE_CHECKING:
    from ingot.accounts import TestAccounts
    from ingot.chain import Chain
    from ingot.project import Project

__all__: list[str] = []


@pytest.fixture(scope="session")
def project(request: pytest.FixtureRequest) -> Project:
    """The project, compiled: `project.Token.deploy(...)`."""
    return session_of(request.config).project


@pytest.fixture(scope="session")
def chain(request: pytest.FixtureRequest) -> Chain:
    """The chain in process: time, blocks, balances, `chain.isolate()`."""
    return session_of(request.config).chain


@pytest.fixture(scope="session")
def accounts(request: pytest.FixtureRequest) -> TestAccounts:
    """The chain's funded accounts: `accounts[0]`."""
    return session_of(request.config).chain.accounts


@pytest.fixture(scope="session")
def networks(request: pytest.FixtureRequest) -> Any:
    """The networks that the project knows."""
    return session_of(request.config).networks


@pytest.fixture(name="Contract", scope="session")
def contract_class(request: pytest.FixtureRequest) -> Any:
    """A contract at an address: `Contract(address, abi=...)`."""
    return session_of(request.config).contract_class


@pytest.fixture(autouse=True)
def _ingot_isolation(request: pytest.FixtureRequest) -> Iterator[None]:
    """Opens the layer of the test: the first of its fixtures to be set up, the last to end."""
    session: Session = session_of(request.config)
    with session.test_layer(request.node):
        yield

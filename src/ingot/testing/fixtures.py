"""The fixtures of a project's tests: `project`, `chain`, `accounts`, `networks`, `Contract`. ape's names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from ingot.testing.session import Session, session_of

if TYPE_CHECKING:
    from ingot.accounts import TestAccounts
    from ingot.chain import Chain
    from ingot.contract import Contract
    from ingot.networks import Networks
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
def networks(project: Project) -> Networks:
    """The networks that the project knows, and the active one."""
    return project.networks


@pytest.fixture(name="Contract", scope="session")
def contract_class(request: pytest.FixtureRequest) -> type[Contract]:
    """A contract at an address: `Contract(address, abi=...)`."""
    from ingot.contract import Contract

    # Without `abi=` the active project explains the address.
    request.getfixturevalue("project")
    return Contract


@pytest.fixture(autouse=True)
def _ingot_isolation(request: pytest.FixtureRequest) -> Iterator[None]:
    """Opens the layer of the test: the first of its fixtures to be set up, the last to end."""
    session: Session = session_of(request.config)
    with session.test_layer(request.node):
        yield

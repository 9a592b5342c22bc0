"""The accounts and contracts that all tests of the samples share.

`project`, `accounts` and `chain` come from the tool that runs the tests. The contracts are deployed once per module, and
every test, every Hypothesis example too, starts from the state that the deployment left.
"""

import pytest

SUPPLY = 10**24


@pytest.fixture(scope="session")
def owner(accounts):
    return accounts[0]


@pytest.fixture(scope="session")
def alice(accounts):
    return accounts[1]


@pytest.fixture(scope="session")
def bob(accounts):
    return accounts[2]


@pytest.fixture(scope="module")
def storage(project, owner):
    return project.SimpleStorage.deploy(sender=owner)


@pytest.fixture(scope="module")
def token(project, owner):
    return project.Token.deploy(SUPPLY, sender=owner)

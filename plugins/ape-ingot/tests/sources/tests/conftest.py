import pytest


@pytest.fixture(scope="session")
def owner(accounts):
    return accounts[0]


@pytest.fixture
def store(project, owner):
    return project.Store.deploy(100, sender=owner)


@pytest.fixture
def shop(project, owner, store):
    return project.Shop.deploy(store, sender=owner)


@pytest.fixture
def way():
    """(function, first line of each statement) of each control flow, and how deep it is."""

    def of(traceback):
        return [
            (flow.depth, flow.closure.name, [statement.begin_lineno for statement in flow.source_statements])
            for flow in traceback
        ]

    return of

"""Five transactions, five calls and three deployments: what they cover can be counted by hand."""

import ape
import pytest


@pytest.fixture(scope="module")
def store(project, accounts):
    return project.Store.deploy(100, sender=accounts[0])


def test_sends(store, accounts):
    store.add(4, sender=accounts[0])
    store.add(8, sender=accounts[0])
    with ape.reverts("odd"):
        store.add(3, sender=accounts[0])


def test_calls(store):
    assert store.sum(3) == 3
    assert store.sum(5) == 7
    assert store.low(1) == 0
    with ape.reverts():
        store.bare()
    assert store.total() == 1


@pytest.mark.parametrize("limit", [1, 2])
def test_sends_what_has_the_same_hash_and_goes_another_way(project, accounts, limit):
    forced = project.Store.deploy(limit, sender=accounts[1])
    if limit == 1:
        with ape.reverts("too much"):
            forced.add(1, sender=accounts[1])
    else:
        with ape.reverts("odd"):
            forced.add(1, sender=accounts[1])

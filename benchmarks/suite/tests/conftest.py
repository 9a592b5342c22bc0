"""What all tests share: coins, a pool and traders with coins for a module, liquidity for a test."""

import ape
import pytest

ETHER = 10**18
FOREVER = 2**256 - 1


@ape.fixture(scope="session", chain_isolation=False)
def owner(accounts):
    return accounts[0]


@ape.fixture(scope="session", chain_isolation=False)
def alice(accounts):
    return accounts[1]


@ape.fixture(scope="session", chain_isolation=False)
def bob(accounts):
    return accounts[2]


@pytest.fixture(scope="module")
def gold(project, owner):
    return project.Coin.deploy("GLD", sender=owner)


@pytest.fixture(scope="module")
def silver(project, owner):
    return project.Coin.deploy("SLV", sender=owner)


@pytest.fixture(scope="module")
def pool(project, owner, gold, silver):
    return project.Pool.deploy(gold, silver, sender=owner)


@pytest.fixture(scope="module")
def funded(pool, gold, silver, owner, alice, bob):
    """The pool; everybody has coins, and lets it take them."""
    for coin in (gold, silver):
        for account in (owner, alice, bob):
            coin.mint(account, 1_000 * ETHER, sender=owner)
            coin.approve(pool, FOREVER, sender=account)
    return pool


@pytest.fixture
def filled(funded, gold, silver, owner, alice, bob):
    """The pool with 100 gold and 400 silver of the owner's. Whatever the test does, the books are right afterwards."""
    funded.add(100 * ETHER, 400 * ETHER, 0, FOREVER, sender=owner)
    yield funded
    assert funded.reserves() == (gold.balanceOf(funded), silver.balanceOf(funded))
    shares = sum(funded.sharesOf(account) for account in (owner, alice, bob))
    assert shares + funded.LOCKED() == funded.totalShares()


@pytest.fixture
def soon(chain):
    """A deadline."""
    return chain.pending_timestamp + 600

"""The vault's rounding is in its own favour, always: a holder never gets out more than they put in."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import ingot

MILLION = 10**24
ASSETS = st.integers(min_value=0, max_value=MILLION // 4)


@pytest.fixture(scope="module")
def vault(project, token, owner):
    return project.Vault.deploy(token, sender=owner)


@pytest.fixture(scope="module")
def funded(token, vault, owner, alice, bob):
    """The vault, with two depositors who have assets and have approved it."""
    for holder in (alice, bob):
        token.transfer(holder, MILLION // 4, sender=owner)
        token.approve(vault, 2**256 - 1, sender=holder)
    return vault


def test_the_vault_holds_the_token(token, vault):
    assert vault.asset() == token.address
    assert vault.decimals() == token.decimals() + 3
    assert vault.totalAssets() == 0


def test_deposit_gives_shares_and_redeem_gives_assets_back(token, funded, alice):
    funded.deposit(10**18, alice, sender=alice)
    assert funded.balanceOf(alice) == 10**21
    assert funded.totalAssets() == 10**18

    funded.redeem(10**21, alice, alice, sender=alice)
    assert funded.balanceOf(alice) == 0
    assert token.balanceOf(alice) == MILLION // 4


def test_deposit_logs_assets_and_shares(funded, alice, bob):
    receipt = funded.deposit(5, bob, sender=alice)

    (log,) = receipt.events.filter(funded.Deposit)
    assert (log.sender, log.owner) == (alice.address, bob.address)
    assert (log.assets, log.shares) == (5, 5_000)


def test_deposit_without_allowance_reverts(vault, token, owner):
    with ingot.reverts(token.InsufficientAllowance, spender=vault.address, available=0, needed=5):
        vault.deposit(5, owner, sender=owner)


def test_a_deposit_that_would_give_no_share_reverts(token, funded, owner, alice):
    token.transfer(funded, 10_000, sender=owner)

    with ingot.reverts(funded.DepositTooSmall, assets=1):
        funded.deposit(1, alice, sender=alice)


def test_nobody_redeems_the_shares_of_another(funded, alice, bob):
    funded.deposit(5, alice, sender=alice)

    with ingot.reverts(funded.ERC20InsufficientAllowance, spender=bob.address, allowance=0):
        funded.redeem(1, bob, alice, sender=bob)


@given(first=ASSETS, donation=ASSETS, assets=ASSETS)
def test_in_and_out_again_gains_nothing(token, funded, owner, alice, bob, first, donation, assets):
    funded.deposit(first, alice, sender=alice)
    token.transfer(funded, donation, sender=owner)
    assume(assets == 0 or funded.previewDeposit(assets) > 0)
    before = token.balanceOf(bob)

    funded.deposit(assets, bob, sender=bob)
    funded.redeem(funded.balanceOf(bob), bob, bob, sender=bob)

    assert token.balanceOf(bob) <= before


@given(first=ASSETS, donation=ASSETS, assets=ASSETS)
def test_nobody_takes_from_the_other_holders(token, funded, owner, alice, bob, first, donation, assets):
    funded.deposit(first, alice, sender=alice)
    token.transfer(funded, donation, sender=owner)
    assume(assets == 0 or funded.previewDeposit(assets) > 0)
    worth = funded.convertToAssets(funded.balanceOf(alice))

    funded.deposit(assets, bob, sender=bob)
    assert funded.convertToAssets(funded.balanceOf(alice)) >= worth

    funded.withdraw(funded.maxWithdraw(bob), bob, bob, sender=bob)
    assert funded.convertToAssets(funded.balanceOf(alice)) >= worth


@given(donation=ASSETS, shares=st.integers(min_value=0, max_value=10**27), assets=ASSETS)
def test_every_rounding_favours_the_vault(token, funded, owner, alice, donation, shares, assets):
    funded.deposit(10**18, alice, sender=alice)
    token.transfer(funded, donation, sender=owner)

    # What goes in is rounded up, what comes out is rounded down.
    assert funded.previewMint(shares) >= funded.previewRedeem(shares)
    assert funded.previewWithdraw(assets) >= funded.previewDeposit(assets)
    # There and back again never gains.
    assert funded.convertToAssets(funded.convertToShares(assets)) <= assets
    assert funded.convertToShares(funded.convertToAssets(shares)) <= shares

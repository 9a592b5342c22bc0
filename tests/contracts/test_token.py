import pytest

import ingot

ZERO = "0x0000000000000000000000000000000000000000"
SUPPLY = 10**24


def test_the_deployer_owns_the_supply(token, owner):
    assert token.owner() == owner.address
    assert token.totalSupply() == SUPPLY
    assert token.balanceOf(owner) == SUPPLY
    assert token.isMinter(owner)


def test_transfer_moves_units(token, owner, alice):
    token.transfer(alice, 5, sender=owner)

    assert token.balanceOf(alice) == 5
    assert token.balanceOf(owner) == SUPPLY - 5


def test_transfer_logs_the_move(token, owner, alice):
    receipt = token.transfer(alice, 5, sender=owner)

    assert receipt.events == [token.Transfer(owner, alice, 5)]


def test_transfer_to_oneself_changes_nothing(token, owner):
    token.transfer(owner, SUPPLY, sender=owner)

    assert token.balanceOf(owner) == SUPPLY


def test_transfer_beyond_the_balance_reverts(token, alice, bob):
    with ingot.reverts(token.InsufficientBalance, account=alice.address, available=0, needed=1):
        token.transfer(bob, 1, sender=alice)


def test_transfer_to_the_zero_address_reverts(token, owner):
    with ingot.reverts(token.InvalidRecipient, recipient=ZERO):
        token.transfer(ZERO, 1, sender=owner)


def test_transfer_from_uses_the_allowance_up(token, owner, alice, bob):
    token.approve(alice, 7, sender=owner)
    token.transferFrom(owner, bob, 5, sender=alice)

    assert token.balanceOf(bob) == 5
    assert token.allowance(owner, alice) == 2
    with ingot.reverts(token.InsufficientAllowance, spender=alice.address, available=2, needed=3):
        token.transferFrom(owner, bob, 3, sender=alice)


def test_the_largest_allowance_is_never_used_up(token, owner, alice, bob):
    token.approve(alice, 2**256 - 1, sender=owner)
    token.transferFrom(owner, bob, SUPPLY, sender=alice)

    assert token.allowance(owner, alice) == 2**256 - 1


def test_a_granted_minter_mints_until_it_is_revoked(token, owner, alice, bob):
    token.grantMinter(alice, sender=owner)
    token.mint(bob, 3, sender=alice)
    assert token.balanceOf(bob) == 3
    assert token.totalSupply() == SUPPLY + 3

    token.revokeMinter(alice, sender=owner)
    with ingot.reverts(token.NotMinter, account=alice.address):
        token.mint(bob, 3, sender=alice)


def test_minting_beyond_the_largest_supply_panics(token, owner, alice):
    with ingot.reverts(ingot.Panic.OVERFLOW):
        token.mint(alice, 2**256 - SUPPLY, sender=owner)

    token.mint(alice, 2**256 - SUPPLY - 1, sender=owner)
    assert token.totalSupply() == 2**256 - 1


def test_burn_destroys_units(token, owner, alice):
    token.burn(SUPPLY - 1, sender=owner)

    assert token.totalSupply() == token.balanceOf(owner) == 1
    with ingot.reverts(token.InsufficientBalance, available=0):
        token.burn(1, sender=alice)


def test_nothing_moves_while_paused(token, owner, alice):
    token.pause(sender=owner)
    for move in (
        lambda: token.transfer(alice, 1, sender=owner),
        lambda: token.mint(alice, 1, sender=owner),
        lambda: token.burn(1, sender=owner),
    ):
        with ingot.reverts(token.IsPaused):
            move()

    token.unpause(sender=owner)
    token.transfer(alice, 1, sender=owner)
    assert token.balanceOf(alice) == 1


def test_unpausing_what_runs_reverts(token, owner):
    with ingot.reverts(token.IsNotPaused):
        token.unpause(sender=owner)


@pytest.mark.parametrize("method", ["pause", "unpause", "grantMinter", "revokeMinter"])
def test_only_the_owner_rules(token, alice, method):
    arguments = [alice] if method.endswith("Minter") else []

    with ingot.reverts(token.NotOwner, account=alice.address):
        getattr(token, method)(*arguments, sender=alice)

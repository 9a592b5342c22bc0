"""What must hold for every amount and in every order of calls."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

import ingot

SUPPLY = 10**24
ACTORS = st.integers(min_value=0, max_value=3)
AMOUNTS = st.integers(min_value=0, max_value=2 * SUPPLY)
UINT256 = st.integers(min_value=0, max_value=2**256 - 1)


@given(moves=st.lists(st.tuples(ACTORS, ACTORS, AMOUNTS), max_size=10))
def test_transfers_conserve_the_supply(token, accounts, moves):
    for giver, receiver, value in moves:
        available = token.balanceOf(accounts[giver])
        if value > available:
            with ingot.reverts(token.InsufficientBalance, available=available, needed=value):
                token.transfer(accounts[receiver], value, sender=accounts[giver])
        else:
            token.transfer(accounts[receiver], value, sender=accounts[giver])

    assert sum(token.balanceOf(accounts[actor]) for actor in range(4)) == token.totalSupply() == SUPPLY


@given(available=st.integers(min_value=0, max_value=SUPPLY), needed=UINT256)
def test_no_holder_can_spend_what_they_lack(token, owner, alice, bob, available, needed):
    assume(needed > available)
    token.transfer(alice, available, sender=owner)

    with ingot.reverts(token.InsufficientBalance, account=alice.address, available=available, needed=needed):
        token.transfer(bob, needed, sender=alice)
    assert token.balanceOf(alice) == available


@given(allowed=UINT256, value=AMOUNTS)
def test_no_spender_moves_more_than_allowed(token, owner, alice, bob, allowed, value):
    assume(value > allowed)
    token.approve(alice, allowed, sender=owner)

    with ingot.reverts(token.InsufficientAllowance, available=allowed, needed=value):
        token.transferFrom(owner, bob, value, sender=alice)


class TokenMachine(RuleBasedStateMachine):
    """Calls in any order, beside a model of plain integers that has to agree after each of them."""

    def __init__(self, project, accounts):
        super().__init__()
        self.accounts = accounts
        self.token = project.Token.deploy(SUPPLY, sender=accounts[0])
        self.balances = {0: SUPPLY, 1: 0, 2: 0, 3: 0}
        self.paused = False

    @rule(giver=ACTORS, receiver=ACTORS, value=AMOUNTS)
    def transfer(self, giver, receiver, value):
        available = self.balances[giver]
        if self.paused:
            expected = ingot.reverts(self.token.IsPaused)
        elif value > available:
            expected = ingot.reverts(self.token.InsufficientBalance, available=available, needed=value)
        else:
            self.token.transfer(self.accounts[receiver], value, sender=self.accounts[giver])
            self.balances[giver] -= value
            self.balances[receiver] += value
            return
        with expected:
            self.token.transfer(self.accounts[receiver], value, sender=self.accounts[giver])

    @precondition(lambda self: not self.paused)
    @rule(receiver=ACTORS, value=AMOUNTS)
    def mint(self, receiver, value):
        self.token.mint(self.accounts[receiver], value, sender=self.accounts[0])
        self.balances[receiver] += value

    @precondition(lambda self: not self.paused)
    @rule(holder=ACTORS, data=st.data())
    def burn(self, holder, data):
        value = data.draw(st.integers(min_value=0, max_value=self.balances[holder]), label="value")
        self.token.burn(value, sender=self.accounts[holder])
        self.balances[holder] -= value

    @rule()
    def switch(self):
        (self.token.unpause if self.paused else self.token.pause)(sender=self.accounts[0])
        self.paused = not self.paused

    @invariant()
    def the_token_agrees_with_the_model(self):
        for actor, balance in self.balances.items():
            assert self.token.balanceOf(self.accounts[actor]) == balance
        assert self.token.totalSupply() == sum(self.balances.values())


def test_calls_in_any_order_keep_the_books(project, accounts):
    run_state_machine_as_test(
        lambda: TokenMachine(project, accounts),
        settings=settings(max_examples=20, stateful_step_count=20, deadline=None),
    )

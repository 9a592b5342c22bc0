"""Who is behind an address."""

from ingot.receipt.wording import interface_at
from ingot.types import Address

ALICE, BOB = (
    Address("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"),
    Address("0x70997970C51812dc3A010C7d01b50e0d17dc79C8"),
)


def delegation_to(address):
    return bytes.fromhex("ef0100") + bytes(Address(getattr(address, "address", address)))


def test_an_account_that_delegates_is_known_by_the_code_it_runs(local, ledger):
    local.set_code(ALICE, delegation_to(ledger))
    assert interface_at(ALICE, local) is ledger.interface
    assert ALICE not in local.interfaces  # it may delegate to another one tomorrow


def test_delegations_in_a_circle_lead_nowhere(local, ledger):
    assert ledger.interface.scope is not None
    local.set_code(ALICE, delegation_to(BOB))
    local.set_code(BOB, delegation_to(ALICE))
    assert interface_at(ALICE, local) is None

"""Going back by one way while another one is open: what is told stays true, and a reset always leads somewhere."""

from __future__ import annotations

import gc
from pathlib import Path
from weakref import ref

import pytest

import ingot
from ingot.chain import Chain
from ingot.contract.contract import bound, interface_of
from ingot.conversion import to_address
from ingot.errors import ProviderError
from ingot.rpc import Rpc

BOB = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
RICH = 10_000 * 10**18
CODE = bytes.fromhex("6001600c60003960016000f300")


@pytest.fixture
def chain() -> Chain:
    return Chain(timestamp=1_700_000_000)


def deployed(chain: Chain, name: str) -> str:
    """The address of a contract with one function."""
    address = chain.send(sender=chain.accounts[0].address, data=CODE).outcome.contract_address
    assert address is not None
    abi = [{"type": "function", "name": name, "inputs": [], "outputs": [], "stateMutability": "view"}]
    bound(address, interface_of(abi), chain)
    return address


def names(chain: Chain) -> list[str]:
    """Of the functions of the contracts that are known."""
    return [function.name for known in chain.interfaces.values() for function in known.all_functions()]


@pytest.mark.parametrize("limit", [None, 64])
def test_a_reset_after_the_program_went_further_back_leads_there(chain: Chain, limit: int | None) -> None:
    chain.history_limit = limit
    chain.mine(2)
    below = chain.snapshot()
    chain.mine(3)
    rpc = Rpc(chain)
    chain.mine()
    rpc.request("evm_increaseTime", [500])
    chain.restore(below)
    assert rpc.clock.offset == 0
    chain.mine(7)
    rpc.request("evm_increaseTime", [500])
    for _ in range(2):
        rpc.request("anvil_reset")
        assert (chain.block_number, rpc.clock.offset) == (2, 0)
        chain.mine()


@pytest.mark.parametrize("limit", [None, 64])
def test_a_reset_after_a_rollback_below_the_beginning_leads_there(chain: Chain, limit: int | None) -> None:
    chain.history_limit = limit
    chain.mine(5)
    rpc = Rpc(chain)
    chain.mine()
    rpc.request("anvil_rollback", [3])
    chain.mine(9)
    rpc.request("anvil_reset")
    assert chain.block_number == 3


@pytest.mark.parametrize(
    ("method", "parameters"),
    [("anvil_reset", []), ("anvil_rollback", [3]), ("debug_setHead", ["0x0"]), ("anvil_reorg", [3])],
)
def test_what_a_client_undoes_is_forgotten_here(chain: Chain, method: str, parameters: list[object]) -> None:
    rpc = Rpc(chain)
    kept = chain.snapshot() if method != "anvil_reset" else None
    chain.mine(2)
    lost = chain.snapshot()
    deployed(chain, "first")
    assert chain.accounts[12].balance == RICH
    rpc.request(method, parameters)
    assert names(chain) == []
    # It is funded again, where an account that was not undone would not be.
    assert chain.get_balance(chain.accounts._derived(12).address) == 0
    assert chain.accounts[12].balance == RICH
    with pytest.raises(ProviderError, match="no snapshot"):
        chain.restore(lost)
    if kept is not None:
        chain.restore()
        assert chain.block_number == 0


def test_what_a_rollback_leaves_is_not_forgotten(chain: Chain) -> None:
    rpc = Rpc(chain)
    deployed(chain, "first")
    account = chain.accounts[12]
    chain.mine()
    account.transfer(BOB, 5)
    rpc.request("anvil_rollback", [1])
    assert names(chain) == ["first"]
    account.transfer(BOB, 5)
    spent = chain.get_balance(account.address)
    assert spent < RICH
    assert chain.accounts[12].balance == spent


def test_a_contract_is_known_again_as_it_was(chain: Chain) -> None:
    address = deployed(chain, "first")
    with chain.isolate():
        abi = '[{"type":"function","name":"other","inputs":[],"outputs":[],"stateMutability":"view"}]'
        bound(to_address(address), interface_of(abi), chain)
        assert names(chain) == ["other"]
        chain.interfaces.clear()
        chain.interfaces.update({})
    assert names(chain) == ["first"]


def test_a_client_that_resets_inside_an_isolation_does_not_reach_its_end(chain: Chain) -> None:
    chain.mine(2)
    with chain.isolate():
        rpc = Rpc(chain)
        chain.mine(3)
        with pytest.raises(ProviderError, match="no snapshot"), chain.isolate():
            rpc.request("anvil_reset")
        assert chain.block_number == 2
        chain.mine()
    assert chain.block_number == 2


def test_each_party_has_its_own_latest_snapshot(chain: Chain) -> None:
    taken = chain.snapshot()
    chain.mine()
    rpc = Rpc(chain)
    chain.mine()
    other = rpc.request("evm_snapshot")
    chain.mine()
    assert rpc.request("evm_revert", [hex(taken)]) is False
    assert chain.block_number == 3
    chain.restore()
    assert chain.block_number == 0
    assert rpc.request("evm_revert", [other]) is False


def test_two_clients_begin_where_they_began(chain: Chain) -> None:
    first = Rpc(chain)
    chain.mine()
    second = Rpc(chain)
    chain.mine()
    second.request("anvil_reset")
    assert chain.block_number == 1
    first.request("anvil_reset")
    assert chain.block_number == 0
    chain.mine(5)
    second.request("anvil_reset")
    assert chain.block_number == 0


def test_a_reset_leads_to_what_the_program_loaded_until_that_is_undone(chain: Chain, tmp_path: Path) -> None:
    other = ingot.Chain()
    other.mine(4)
    path = other.dump(tmp_path / "other")
    rpc = Rpc(chain)
    taken = rpc.request("evm_snapshot")
    chain.load(path)
    chain.mine(3)
    rpc.request("anvil_reset")
    assert chain.block_number == 4
    assert rpc.request("evm_revert", [taken]) is True
    assert chain.block_number == 0
    chain.mine()
    rpc.request("anvil_reset")
    assert chain.block_number == 0


def test_a_client_that_nobody_holds_is_not_held_by_snapshots(chain: Chain) -> None:
    rpc = Rpc(chain)
    number, gone = chain.snapshot(), ref(rpc)
    del rpc
    gc.collect()
    assert gone() is None
    chain.mine()
    chain.restore(number)
    assert chain.block_number == 0

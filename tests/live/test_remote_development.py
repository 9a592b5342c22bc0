"""Surgery on a development node does what it does in process, and is refused elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from anvil import require_anvil
from scripted_node import ScriptedTransport
from stand_in import start_anvil

import ingot
from ingot.errors import InvalidTransaction, ProviderError, UsageError
from ingot.remote import RemoteChain, open_transport
from ingot.remote.network import TABLE

SAMPLE = Path(__file__).parents[1] / "unit" / "sample"
SOMEBODY = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"
DAY = 86_400
TIME = bytes.fromhex("425f5260205ff3")
"""Runtime code that returns the time."""


@pytest.fixture(scope="module")
def sample() -> Any:
    return ingot.load(SAMPLE)


@pytest.fixture(scope="module")
def node_chain() -> Iterator[RemoteChain]:
    require_anvil()
    with start_anvil(chain_id=31337) as node:
        chain = RemoteChain(open_transport([node.url]))
        yield chain
        chain.close()


@pytest.fixture(params=["in process", "behind a node"])
def chain(request: pytest.FixtureRequest, node_chain: RemoteChain) -> Iterator[Any]:
    chosen = ingot.Chain() if request.param == "in process" else node_chain
    with chosen.isolate():
        yield chosen


def test_isolation_undoes_state_blocks_and_what_is_known(chain: Any, sample: Any) -> None:
    alice, bob = chain.accounts[:2]
    height, balance, nonce = chain.block_number, bob.balance, alice.nonce
    with chain.isolate():
        ledger = sample.Ledger.deploy("units", 1, sender=alice, chain=chain)
        with chain.isolate():
            alice.transfer(bob, 7)
            assert bob.balance == balance + 7
        assert bob.balance == balance
        assert chain.interfaces[ledger.address] is ledger.interface
    assert (chain.block_number, bob.balance, alice.nonce) == (height, balance, nonce)
    assert ledger.address not in chain.interfaces
    with pytest.raises(ProviderError, match="no code"):
        ledger.balanceOf(alice)
    assert alice.transfer(bob, 1).nonce == nonce


def test_isolation_passes_exceptions_and_survives_an_older_restore(chain: Any) -> None:
    first = chain.snapshot()

    def fail() -> None:
        with chain.isolate():
            chain.restore(first)
            raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        fail()
    with pytest.raises(ProviderError):
        chain.restore(first)


def test_balance_code_storage_and_nonce_are_set(chain: Any) -> None:
    chain.set_balance(SOMEBODY, "5 ether")
    chain.set_code(SOMEBODY, TIME)
    chain.set_storage(SOMEBODY, 2**200, 77)
    assert chain.get_balance(SOMEBODY) == 5 * 10**18
    assert chain.get_code(SOMEBODY) == TIME
    assert chain.get_storage(SOMEBODY, 2**200) == 77
    alice = chain.accounts[0]
    chain.set_nonce(alice, alice.nonce + 5)
    assert alice.transfer(SOMEBODY, 0).nonce == alice.nonce - 1


def test_time_goes_where_it_is_sent(chain: Any) -> None:
    chain.set_code(SOMEBODY, TIME)
    chain.pending_timestamp += DAY
    expected = chain.pending_timestamp
    seen = int.from_bytes(chain.call(to=SOMEBODY).output, "big")
    assert abs(seen - expected) <= 1
    assert chain.accounts[0].transfer(chain.accounts[1], 1).timestamp == expected
    chain.mine(deltatime=DAY)
    assert chain.blocks.head.timestamp == expected + DAY
    chain.mine(3, timestamp=expected + 3 * DAY)
    assert chain.blocks[-3].timestamp == expected + 3 * DAY
    with pytest.raises(UsageError, match="not both"):
        chain.mine(timestamp=1, deltatime=1)


def test_the_next_blocks_header_is_set(chain: Any) -> None:
    alice, bob = chain.accounts[:2]
    chain.base_fee = "7 gwei"
    chain.gas_limit = 9_000_000
    chain.coinbase = SOMEBODY
    before = chain.get_balance(SOMEBODY)
    receipt = alice.transfer(bob, 1, max_fee="20 gwei", max_priority_fee="2 gwei")
    assert (receipt.block.base_fee, receipt.gas_price) == (7 * 10**9, 9 * 10**9)
    assert receipt.block.gas_limit == chain.gas_limit == 9_000_000
    assert receipt.block.coinbase == chain.coinbase == SOMEBODY
    assert chain.get_balance(SOMEBODY) == before + 21_000 * 2 * 10**9


def test_what_only_the_chain_in_process_has_is_said_to_be_there(node_chain: RemoteChain) -> None:
    for name in ("record", "dump", "hardfork", "engine"):
        assert not hasattr(node_chain, name)
        with pytest.raises(AttributeError, match="only the chain in this process"):
            getattr(node_chain, name)
    with pytest.raises(AttributeError, match="has no 'mime'"):
        _ = node_chain.mime  # type: ignore[attr-defined]


def test_transactions_wait_while_automine_is_off(chain: Any) -> None:
    alice, bob = chain.accounts[:2]
    chain.automine = False
    first, second = alice.transfer(bob, 1), alice.transfer(bob, 2)
    assert (first.is_mined, second.is_mined) == (False, False)
    assert second.nonce == first.nonce + 1
    with pytest.raises(ProviderError, match=r"mined: wait|is not mined yet"):
        first.raise_for_status()
    chain.mine()
    assert first.block_number == second.block_number
    assert (first.status, second.status) == (1, 1)
    chain.automine = True
    assert alice.transfer(bob, 3).is_mined


def test_anybody_can_send_without_a_key(chain: Any, sample: Any) -> None:
    alice = chain.accounts[0]
    ledger = sample.Ledger.deploy("units", 10, sender=alice, chain=chain)
    ledger.transfer(SOMEBODY, 4, sender=alice)
    chain.set_balance(SOMEBODY, "1 ether")
    receipt = ledger.transfer(alice, 3, sender=SOMEBODY)
    assert receipt.sender == SOMEBODY
    with chain.prank(SOMEBODY) as who:
        assert who.address == SOMEBODY
        assert ledger.transfer(alice, 1).sender == SOMEBODY
    assert ledger.balanceOf(SOMEBODY) == 0
    with pytest.raises(UsageError, match="say who sends it"):
        ledger.transfer(alice, 1)


def test_a_sender_without_means_is_refused_with_what_is_missing(node_chain: RemoteChain) -> None:
    with node_chain.isolate():
        poor = node_chain.accounts.new("poor", funded=False)
        node_chain.set_balance(poor, "0.5 ether")
        with pytest.raises(
            InvalidTransaction, match=r"0\.5 ether and may need 2 ether: 1\.5 ether are missing"
        ) as caught:
            poor.transfer(SOMEBODY, "2 ether")
        assert caught.value.reason == "insufficient funds for gas * price + value"
        with pytest.raises(InvalidTransaction, match="are missing"):
            poor.transfer(SOMEBODY, "0.5 ether")


@pytest.mark.parametrize(
    "operate",
    [
        lambda chain: chain.mine(),
        lambda chain: chain.snapshot(),
        lambda chain: chain.restore(1),
        lambda chain: chain.isolate().__enter__(),
        lambda chain: chain.set_balance(SOMEBODY, 1),
        lambda chain: chain.set_code(SOMEBODY, b"\xfe"),
        lambda chain: chain.set_storage(SOMEBODY, 0, 1),
        lambda chain: chain.set_nonce(SOMEBODY, 1),
        lambda chain: chain.set_timestamp(1),
        lambda chain: setattr(chain, "automine", False),
        lambda chain: chain.accounts[0],
    ],
)
def test_a_chain_that_others_use_has_no_surgery(operate: Any) -> None:
    block = {
        "number": "0x1",
        "hash": "0x" + "01" * 32,
        "gasLimit": "0x1c9c380",
        "baseFeePerGas": "0x1",
        "transactions": [],
    }
    transport = ScriptedTransport(
        {"eth_chainId": "0xaa36a7", "web3_clientVersion": "Geth/v1.16.4", "eth_getBlockByNumber": block}
    )
    sepolia = next(network for network in TABLE if network.chain_id == 0xAA36A7)
    chain = RemoteChain(transport, network=sepolia)
    with pytest.raises(UsageError, match=r"anvil|development nodes"):
        operate(chain)
    assert {method for method, _ in transport.requests} <= {
        "eth_chainId",
        "web3_clientVersion",
        "eth_getBlockByNumber",
    }

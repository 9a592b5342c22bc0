"""web3.py as a second truth: what it reads of our transactions, receipts, logs, blocks and fees is what we read."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from anvil import require_anvil
from stand_in import start_anvil

import ingot
from ingot.remote import RemoteChain, open_transport

SAMPLE = Path(__file__).parents[1] / "unit" / "sample"


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[RemoteChain, Any]]:
    """Our chain, and web3.py's view of the same node."""
    require_anvil()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # web3.py imports what websockets has deprecated
        from web3 import HTTPProvider, Web3
    with start_anvil(chain_id=31337) as node:
        chain = RemoteChain(open_transport([node.url]))
        provider = HTTPProvider(node.url)
        yield chain, Web3(provider)
        chain.close()
        provider._request_session_manager.session_cache.clear()


@pytest.fixture(scope="module")
def receipts(both: tuple[RemoteChain, Any]) -> list[Any]:
    """One of each kind."""
    chain, _ = both
    alice, bob = chain.accounts[:2]
    sample = ingot.load(SAMPLE)
    ledger = sample.Ledger.deploy("units", 100, sender=alice, chain=chain)
    return [
        ledger.receipt,
        ledger.transfer(bob, 5, sender=alice),
        ledger.transfer(bob, 6, sender=alice, type=0),
        ledger.transfer(
            bob, 7, sender=alice, gas_price="9 gwei", access_list=[(ledger.address, [b"\1" * 32, bytes(32)])]
        ),
        bob.transfer(alice, "2 ether", max_fee="7 gwei", max_priority_fee="3 gwei"),
        bob.transfer(
            bob,
            1,
            authorizations=[bob.sign_authorization(ledger, nonce=bob.nonce + 1)],
            raise_on_revert=False,
        ),
        ledger.transfer(bob, 10**6, sender=alice, raise_on_revert=False),
    ]


def test_transactions_are_what_web3_reads(both: tuple[RemoteChain, Any], receipts: list[Any]) -> None:
    chain, web3 = both
    for receipt in receipts:
        theirs = web3.eth.get_transaction(receipt.txn_hash)
        for ours in (receipt.transaction.fields, chain.get_receipt(receipt.txn_hash).transaction.fields):
            assert ours.sender == theirs["from"]
            assert ours.to == theirs.get("to")
            assert (ours.nonce, ours.value, ours.gas_limit) == (
                theirs["nonce"],
                theirs["value"],
                theirs["gas"],
            )
            assert (ours.type, ours.chain_id) == (theirs["type"], theirs["chainId"])
            assert ours.data == bytes(theirs["input"])
            assert ours.max_fee == theirs.get("maxFeePerGas")
            assert ours.max_priority_fee == theirs.get("maxPriorityFeePerGas")
            if ours.type < 2:
                assert ours.gas_price == theirs["gasPrice"]
            assert [(address, list(keys)) for address, keys in ours.access_list] == [
                (entry["address"], [web3.to_bytes(hexstr=key) for key in entry["storageKeys"]])
                for entry in theirs.get("accessList") or ()
            ]
            assert [entry["address"] for entry in ours.authorizations] == [
                entry["address"] for entry in theirs.get("authorizationList") or ()
            ]


def test_receipts_and_logs_are_what_web3_reads(both: tuple[RemoteChain, Any], receipts: list[Any]) -> None:
    _, web3 = both
    for receipt in receipts:
        theirs = web3.eth.get_transaction_receipt(receipt.txn_hash)
        ours = receipt.transaction.receipt
        assert ours.succeeded == bool(theirs["status"])
        assert (ours.gas_used, ours.cumulative_gas_used) == (theirs["gasUsed"], theirs["cumulativeGasUsed"])
        assert ours.effective_gas_price == theirs["effectiveGasPrice"]
        assert (ours.block_number, ours.block_hash) == (theirs["blockNumber"], bytes(theirs["blockHash"]))
        assert ours.index == theirs["transactionIndex"]
        assert ours.contract_address == theirs["contractAddress"]
        assert [(log.address, log.topics, log.data, log.log_index) for log in ours.logs] == [
            (
                log["address"],
                [bytes(topic) for topic in log["topics"]],
                bytes(log["data"]),
                log["logIndex"],
            )
            for log in theirs["logs"]
        ]


def test_blocks_state_and_fees_are_what_web3_reads(
    both: tuple[RemoteChain, Any], receipts: list[Any]
) -> None:
    chain, web3 = both
    ledger = receipts[0].contract_address
    for ours in chain.blocks:
        theirs = web3.eth.get_block(ours.number)
        assert (ours.hash, ours.parent_hash) == (bytes(theirs["hash"]), bytes(theirs["parentHash"]))
        assert (ours.timestamp, ours.gas_used, ours.gas_limit) == (
            theirs["timestamp"], theirs["gasUsed"], theirs["gasLimit"],
        )  # fmt: skip
        assert (ours.base_fee, ours.coinbase) == (theirs["baseFeePerGas"], theirs["miner"])
        assert (ours.state_root, ours.prev_randao) == (bytes(theirs["stateRoot"]), bytes(theirs["mixHash"]))
    for account in (*chain.accounts[:2], ledger):
        address = str(account)
        assert chain.get_balance(address) == web3.eth.get_balance(address)
        assert chain.get_nonce(address) == web3.eth.get_transaction_count(address)
        assert chain.get_code(address) == bytes(web3.eth.get_code(address))
    assert chain.get_storage(ledger, 2) == int.from_bytes(web3.eth.get_storage_at(ledger, 2), "big") == 7
    history = web3.eth.fee_history(10, "latest", [50])
    assert chain.fees().base_fee == history["baseFeePerGas"][-1]
    assert chain.fees().max_priority_fee in {tip for (tip,) in history["reward"]}
    assert (chain.chain_id, chain.client) == (web3.eth.chain_id, web3.client_version)
    assert chain.gas_price == web3.eth.gas_price

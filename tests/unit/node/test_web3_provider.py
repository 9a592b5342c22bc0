"""web3.py over a chain of this process: its own types, its own errors."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from web3 import Web3
from web3.exceptions import (
    ContractLogicError,
    TransactionNotFound,
    Web3RPCError,
)

import ingot
from ingot.errors import RpcError, UsageError

SAMPLE = "tests/unit/sample"


@pytest.fixture(scope="module")
def sample(request: pytest.FixtureRequest) -> Any:
    return ingot.load(request.config.rootpath / SAMPLE)


@pytest.fixture
def w3() -> Web3:
    return ingot.web3(ingot.Chain())


def deployed(w3: Web3, artifact: Any, *args: object) -> Any:
    """A contract of web3.py."""
    factory = w3.eth.contract(abi=artifact.artifact.abi, bytecode=artifact.artifact.initcode)
    sent = factory.constructor(*args).transact({"from": w3.eth.accounts[0]})
    return w3.eth.contract(
        address=w3.eth.wait_for_transaction_receipt(sent)["contractAddress"], abi=artifact.artifact.abi
    )


def test_a_transfer_and_its_receipt(w3: Web3) -> None:
    alice, bob = w3.eth.accounts[:2]
    sent = w3.eth.send_transaction({"from": alice, "to": bob, "value": Web3.to_wei(1, "ether")})
    receipt = w3.eth.wait_for_transaction_receipt(sent)
    assert (receipt["status"], receipt["blockNumber"]) == (1, 1)
    assert w3.eth.get_balance(bob) == Web3.to_wei(10_001, "ether")
    assert w3.eth.get_transaction(sent)["from"] == alice


def test_a_signed_transaction_is_taken(w3: Web3) -> None:
    account = w3.eth.account.create()
    w3.eth.send_transaction({"from": w3.eth.accounts[0], "to": account.address, "value": 10**18})
    signed = account.sign_transaction(
        {
            "to": account.address,
            "value": 1,
            "gas": 21_000,
            "nonce": 0,
            "chainId": w3.eth.chain_id,
            "maxFeePerGas": 10**10,
            "maxPriorityFeePerGas": 1,
        }
    )
    assert w3.eth.send_raw_transaction(signed.raw_transaction) == signed.hash
    assert w3.eth.get_transaction_count(account.address) == 1


def test_what_is_not_there_is_web3s_own_error(w3: Web3) -> None:
    with pytest.raises(TransactionNotFound):
        w3.eth.get_transaction("0x" + "12" * 32)


def test_a_refused_transaction_is_an_rpc_error(w3: Web3) -> None:
    with pytest.raises(Web3RPCError, match="insufficient funds"):
        w3.eth.send_transaction(
            {"from": w3.eth.accounts[0], "to": w3.eth.accounts[1], "value": 10**30, "gas": 21_000}
        )


def test_contracts_are_deployed_called_and_their_events_read(w3: Web3, sample: Any) -> None:
    ledger = deployed(w3, sample.Ledger, "units", 1000)
    alice, bob = w3.eth.accounts[:2]
    sent = ledger.functions.transfer(bob, 5).transact({"from": alice})
    events = ledger.events.Moved().process_receipt(w3.eth.wait_for_transaction_receipt(sent))
    assert len(events) == 1
    assert ledger.functions.balanceOf(bob).call() == 5
    found = ledger.events.Moved().get_logs(from_block=0)
    assert events[0] in found


def test_filters_tell_what_is_new_once(w3: Web3, sample: Any) -> None:
    ledger = deployed(w3, sample.Ledger, "units", 1000)
    watched = ledger.events.Moved().create_filter(from_block="latest")
    blocks = w3.eth.filter("latest")
    ledger.functions.transfer(w3.eth.accounts[1], 5).transact({"from": w3.eth.accounts[0]})
    assert len(watched.get_new_entries()) == 1
    assert watched.get_new_entries() == []
    assert blocks.get_new_entries() == [w3.eth.get_block("latest")["hash"]]


def test_reverts_are_web3s_own_exceptions_with_the_data(w3: Web3, sample: Any) -> None:
    ledger = deployed(w3, sample.Ledger, "units", 1000)
    with pytest.raises(ContractLogicError) as caught:
        ledger.functions.transfer(w3.eth.accounts[0], 10**9).call({"from": w3.eth.accounts[1]})
    assert caught.value.data


def test_many_requests_are_one_batch(w3: Web3) -> None:
    alice = w3.eth.accounts[0]
    with w3.batch_requests() as batch:
        batch.add(w3.eth.get_block(0))
        batch.add(w3.eth.get_balance(alice))
        block, balance = batch.execute()
    assert block["number"] == 0
    assert balance == 10_000 * 10**18


def test_snapshots_are_returned_to_as_often_as_eth_tester_does(w3: Web3) -> None:
    tester = w3.provider.ethereum_tester  # type: ignore[attr-defined]
    first = tester.take_snapshot()
    later = tester.take_snapshot()
    for _ in range(3):
        tester.mine_blocks(3)
        assert w3.eth.block_number == 3
        tester.revert_to_snapshot(first)
        assert w3.eth.block_number == 0
    with pytest.raises(UsageError, match="no snapshot"):
        tester.revert_to_snapshot(later)
    tester.mine_blocks(2)
    w3.testing.revert(first)
    assert w3.eth.block_number == 0
    assert w3.provider.make_request("evm_revert", [later])["result"] is False  # type: ignore[arg-type]
    tester.mine_block()
    tester.reset_to_genesis()
    assert w3.eth.block_number == 0


def test_mining_as_eth_tester_has_it(w3: Web3) -> None:
    tester = w3.provider.ethereum_tester  # type: ignore[attr-defined]
    hashes = tester.mine_blocks(2, coinbase=w3.eth.accounts[5])
    assert [bytes.fromhex(each[2:]) for each in hashes] == [w3.eth.get_block(each)["hash"] for each in (1, 2)]
    assert w3.eth.get_block(2)["miner"] == w3.eth.accounts[5]
    mined = w3.provider.make_request("evm_mine", [2])["result"]  # type: ignore[arg-type]
    assert [w3.eth.get_block(each)["number"] for each in mined] == [3, 4]
    assert w3.eth.get_block(tester.mine_block())["miner"] == "0x" + "0" * 40
    later = w3.eth.get_block("latest")["timestamp"] + 1000
    tester.time_travel(later)
    assert w3.eth.get_block("latest")["timestamp"] == later
    with pytest.raises(RpcError, match="timestamp"):
        tester.time_travel(later)


def test_accounts_are_added_as_in_eth_tester(w3: Web3) -> None:
    tester = w3.provider.ethereum_tester  # type: ignore[attr-defined]
    assert tester.get_accounts() == w3.eth.accounts
    known = w3.eth.account.create()
    address = tester.add_account(known.key)
    assert address == known.address
    assert w3.eth.accounts[-1] == address
    assert (tester.get_balance(address), tester.get_code(address)) == (0, "0x")
    w3.eth.send_transaction({"from": w3.eth.accounts[0], "to": address, "value": 10**18})
    w3.eth.send_transaction({"from": address, "to": w3.eth.accounts[0], "value": 1})
    assert tester.get_nonce(address) == 1
    with pytest.raises(UsageError, match="already"):
        tester.add_account(known.key)


def test_web3s_own_module_for_tests_works(w3: Web3) -> None:
    w3.testing.mine(2)
    snapshot = w3.testing.snapshot()
    w3.testing.mine()
    w3.testing.revert(snapshot)
    assert w3.eth.block_number == 2


def test_transactions_wait_where_mining_is_off(w3: Web3) -> None:
    tester = w3.provider.ethereum_tester  # type: ignore[attr-defined]
    tester.disable_auto_mine_transactions()
    assert tester.auto_mine_transactions is False
    alice, bob = w3.eth.accounts[:2]
    sent = w3.eth.send_transaction({"from": alice, "to": bob, "value": 1})
    with pytest.raises(TransactionNotFound):
        w3.eth.get_transaction_receipt(sent)
    tester.mine_block()
    assert w3.eth.get_transaction_receipt(sent)["status"] == 1
    sent = w3.eth.send_transaction({"from": alice, "to": bob, "value": 1})
    tester.enable_auto_mine_transactions()
    assert w3.eth.get_transaction_receipt(sent)["status"] == 1


def test_who_names_no_fees_pays_the_tip_that_the_node_suggests(w3: Web3) -> None:
    alice, bob = w3.eth.accounts[:2]
    base, tip = w3.eth.get_block("pending")["baseFeePerGas"], w3.eth.max_priority_fee
    found = w3.eth.get_transaction(w3.eth.send_transaction({"from": alice, "to": bob}))
    assert (found["maxFeePerGas"], found["maxPriorityFeePerGas"]) == (2 * base + tip, tip)
    assert found["gasPrice"] == base + tip
    few = {"from": alice, "to": bob, "maxFeePerGas": hex(base)}  # web3.py itself wants a tip beside it
    found = w3.eth.get_transaction(w3.provider.make_request("eth_sendTransaction", [few])["result"])  # type: ignore[arg-type]
    assert (found["maxFeePerGas"], found["maxPriorityFeePerGas"], found["gasPrice"]) == (base, tip, base)
    found = w3.eth.get_transaction(w3.eth.send_transaction({"from": alice, "to": bob, "gasPrice": 2 * base}))
    assert (found["type"], found["gasPrice"]) == (0, 2 * base)


def test_the_chain_itself_and_web3_see_the_same() -> None:
    chain = ingot.Chain()
    w3 = ingot.web3(chain)
    chain.mine(5)
    assert w3.eth.block_number == 5
    assert w3.is_connected()


def test_await_works_too(sample: Any) -> None:
    chain = ingot.Chain()
    ledger = sample.Ledger.deploy("units", 1000, sender=chain.accounts[0], chain=chain)

    async def story() -> None:
        w3 = ingot.async_web3(chain)
        assert await w3.is_connected()
        accounts = await w3.eth.accounts
        contract = w3.eth.contract(address=ledger.address, abi=sample.Ledger.artifact.abi)
        sent = await contract.functions.transfer(accounts[1], 5).transact({"from": accounts[0]})
        assert (await w3.eth.wait_for_transaction_receipt(sent))["status"] == 1
        assert await contract.functions.balanceOf(accounts[1]).call() == 5
        await w3.provider.disconnect()
        with pytest.raises(ContractLogicError):
            await contract.functions.transfer(accounts[0], 10**9).call({"from": accounts[2]})

    asyncio.run(story())


def test_another_chain_is_refused() -> None:
    with pytest.raises(UsageError, match="no chain of this process"):
        ingot.web3("http://127.0.0.1:8545")  # type: ignore[arg-type]

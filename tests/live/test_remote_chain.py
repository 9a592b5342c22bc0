"""A chain behind a node is what a chain in process is: the same small story on both, and its receipts compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from anvil import require_anvil
from stand_in import start_anvil

import ingot
from ingot.contract.deployer import CREATE2_DEPLOYER
from ingot.errors import ProviderError
from ingot.remote import RemoteChain, open_transport
from ingot.remote.network import find_network

SEPOLIA_FACTS = find_network("ethereum", "sepolia")
DEPLOYER_CODE = "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3"
"""Of the well-known CREATE2 deployer."""

SAMPLE = Path(__file__).parents[1] / "unit" / "sample"


@pytest.fixture(scope="module")
def sample() -> Any:
    return ingot.load(SAMPLE)


@pytest.fixture(scope="module")
def node_chain() -> Iterator[RemoteChain]:
    require_anvil()
    with start_anvil("--hardfork", "osaka", chain_id=31337) as node:
        chain = RemoteChain(open_transport([node.url]))
        yield chain
        chain.close()


@pytest.fixture
def remote(node_chain: RemoteChain) -> Iterator[RemoteChain]:
    """The node's chain, as new when the test begins."""
    with node_chain.isolate():
        yield node_chain


def story(chain: Any, project: Any) -> list[dict[str, Any]]:
    """Deploy, call, transfer, fail; returns what there is to say of each receipt."""
    alice, bob = chain.accounts[:2]
    ledger = project.Ledger.deploy("units", 1000, sender=alice, chain=chain)
    failing = project.Failing.deploy(sender=alice, chain=chain)
    receipts = [
        ledger.receipt,
        failing.receipt,
        ledger.transfer(bob, 5, sender=alice),
        ledger.transfer(bob, 10**9, sender=alice, raise_on_revert=False),
        *(
            failing.methods[name].transact(sender=alice, raise_on_revert=False, gas_limit=100_000)
            for name in (
                "withString",
                "withOverflow",
                "withInvalid",
                "withNothing",
                "withBare",
                "withUnknown",
            )
        ),
        failing.deeper(failing, ledger, 7, sender=alice, raise_on_revert=False),
        failing.wrapped(ledger, sender=alice, raise_on_revert=False),
        failing.caught(ledger, sender=alice),
        failing.withAllGas(sender=alice, raise_on_revert=False, gas_limit=200_000),
        alice.transfer(bob, "1 ether"),
    ]
    return [told(receipt) for receipt in receipts]


def told(receipt: Any) -> dict[str, Any]:
    error = receipt.error
    return {
        "status": receipt.status,
        "gas": receipt.gas_used,
        "nonce": receipt.nonce,
        "type": receipt.type,
        "value": receipt.value,
        "input": receipt.input_data,
        "sender": receipt.sender,
        "receiver": receipt.receiver,
        "contract": receipt.contract_address,
        "events": [repr(event) for event in receipt.events],
        "topics": [log["topics"] for log in receipt.logs],
        "error": None if error is None else (type(error).__name__, str(error), getattr(error, "data", None)),
        "output": receipt.transaction.outcome.output if receipt.receiver else b"",
        "halt": receipt.transaction.outcome.halt_reason,
    }


def test_the_same_story_gives_the_same_receipts(remote: RemoteChain, sample: Any) -> None:
    assert isinstance(remote, ingot.Provider)
    in_process, behind_a_node = story(ingot.Chain(), sample), story(remote, sample)
    for ours, theirs in zip(in_process, behind_a_node, strict=True):
        assert ours == theirs


def further(chain: Any, project: Any) -> list[dict[str, Any]]:
    """Libraries, contracts that make contracts, ether, salts, kinds of transactions."""
    alice, bob = chain.accounts[:2]
    chain.set_code(CREATE2_DEPLOYER, bytes.fromhex(DEPLOYER_CODE))
    doubler = project.Doubler.deploy(21, sender=alice, chain=chain)
    factory = project.Factory.deploy(sender=alice, chain=chain)
    purse = project["contracts/Factory.sol:Purse"].deploy(sender=alice, chain=chain, salt=7)
    assert doubler.times(2) == 84
    receipts = [
        doubler.receipt,
        purse.receipt,
        factory.make("made", 10, sender=bob),
        purse(value="1 gwei", sender=alice),
        purse(b"\x01\x02\x03\x04\x05", sender=alice, type=0),
        purse(value=3, sender=alice, access_list=[(purse.address, [bytes(32)])], gas_price="10 gwei"),
        bob.transfer(bob, 0, authorizations=[bob.sign_authorization(purse, nonce=bob.nonce + 1)]),
        alice.transfer(bob, 5),
        factory.make("made", 10**80 % 2**256, sender=bob, raise_on_revert=False),
    ]
    return [{**told(receipt), "trace": calls(receipt)} for receipt in receipts]


def calls(receipt: Any) -> list[tuple[Any, ...]]:
    """Its calls, without the gas of the outermost, for nodes do not agree whether that includes the intrinsic part, and
    without the code that a delegation leads to (EIP-7702), which tracers do not tell.
    """
    return [
        (
            frame.kind,
            frame.depth,
            frame.sender,
            frame.to,
            frame.code_address if frame.kind == "DELEGATECALL" else None,
            frame.value,
            frame.gas_used if frame.depth else None,
            frame.input,
            frame.output,
            frame.status,
            frame.words,
        )
        for frame in receipt.trace
    ]


def test_traces_of_all_kinds_of_transactions_are_the_same(remote: RemoteChain, sample: Any) -> None:
    in_process, behind_a_node = further(ingot.Chain(), sample), further(remote, sample)
    for ours, theirs in zip(in_process, behind_a_node, strict=True):
        assert ours == theirs


def errors_of(chain: Any, project: Any) -> list[tuple[str, str]]:
    """What calls, estimates and deployments that fail raise."""
    alice, bob = chain.accounts[:2]
    chain.set_code(CREATE2_DEPLOYER, bytes.fromhex(DEPLOYER_CODE))
    ledger = project.Ledger.deploy("units", 10, sender=alice, chain=chain)
    failing = project.Failing.deploy(sender=alice, chain=chain)
    attempts: list[Callable[[], Any]] = [
        *(failing.methods[name] for name in NAMES),
        lambda: failing.deeper.call(failing, ledger, 7),
        lambda: failing.deeper.estimate_gas(failing, ledger, 7, sender=bob),
        lambda: failing.wrapped(ledger, sender=bob),
        lambda: ledger.transfer(bob, 11, sender=alice),
        lambda: project.Ledger.deploy("bad", 13, sender=alice, chain=chain),
        lambda: project.Ledger.deploy("bad", 13, sender=alice, chain=chain, salt=1),
        lambda: failing.methods["withInvalid"].call(gas_limit=50_000),
    ]
    raised = []
    for attempt in attempts:
        with pytest.raises(ingot.ExecutionError) as caught:
            attempt()
        raised.append((type(caught.value).__name__, str(caught.value)))
    with ingot.reverts(ledger.Lacking, available=10):
        ledger.transfer(bob, 11, sender=alice)
    with ingot.reverts(ingot.Panic.OVERFLOW):
        failing.withOverflow()
    return raised


NAMES = ("withString", "withOverflow", "withIndex", "withAssert", "withNothing", "withBare", "withUnknown")


def test_failures_are_told_in_the_same_words(remote: RemoteChain, sample: Any) -> None:
    for ours, theirs in zip(errors_of(ingot.Chain(), sample), errors_of(remote, sample), strict=True):
        assert ours == theirs


def test_what_would_fail_is_not_sent_where_it_costs_money_and_the_reason_is_known_before(sample: Any) -> None:
    require_anvil()
    with start_anvil() as node:
        chain = RemoteChain(open_transport([node.url]), network=SEPOLIA_FACTS)
        alice, bob = chain.accounts[:2]
        chain.set_code(CREATE2_DEPLOYER, bytes.fromhex(DEPLOYER_CODE))
        ledger = sample.Ledger.deploy("units", 10, sender=alice, chain=chain)
        height = chain.block_number
        with ingot.reverts(ledger.Lacking, available=10, needed=11):
            ledger.transfer(bob, 11, sender=alice)
        for salt in (None, 1):
            options = {} if salt is None else {"salt": salt}
            with pytest.raises(
                ingot.CustomError, match=r"(?s)Lacking\(.*Ledger\.constructor\(.*supply=13"
            ) as caught:
                sample.Ledger.deploy("bad", 13, sender=alice, chain=chain, **options)
            assert caught.value.receipt is None
        assert chain.block_number == height
        assert ledger.transfer(bob, 11, sender=alice, gas_limit=60_000, raise_on_revert=False).failed
        chain.close()


def test_logs_and_blocks_are_found_again(remote: RemoteChain, sample: Any) -> None:
    alice, bob = remote.accounts[:2]
    ledger = sample.Ledger.deploy("units", 100, sender=alice, chain=remote)
    sent = [ledger.transfer(bob, value, sender=alice) for value in (1, 2, 1)]
    found = list(ledger.Moved.range(0, value=1))
    assert [log.transaction_hash for log in found] == [sent[0].txn_hash, sent[2].txn_hash]
    assert found[0].block_number == sent[0].block_number
    assert found[0].timestamp == sent[0].timestamp
    assert remote.get_receipt(sent[1].txn_hash).events == sent[1].events
    head = remote.blocks.head
    assert (head.number, head.transactions) == (sent[2].block_number, [sent[2]])
    assert head.parent_hash == remote.blocks[-2].hash
    assert ledger.balanceOf(bob, block_id=sent[0].block_number) == 1
    assert ledger.balanceOf(bob) == 4
    assert sent[0].block == remote.block(sent[0].block_number)
    with pytest.raises(IndexError):
        remote.blocks[len(remote.blocks)]
    with pytest.raises(ProviderError, match="no block"):
        remote.block(10**6)
    with pytest.raises(ProviderError, match="no transaction"):
        remote.get_receipt("0x" + "00" * 32)


def test_a_contract_that_is_not_there_is_said_not_to_be(remote: RemoteChain, sample: Any) -> None:
    alice = remote.accounts[0]
    with remote.isolate():
        ledger = sample.Ledger.deploy("units", 1, sender=alice, chain=remote)
    for attempt in (
        lambda: ledger.balanceOf(alice),
        lambda: ledger.transfer(alice, 0, sender=alice),
        lambda: sample.Ledger.at(ledger.address, chain=remote),
    ):
        with pytest.raises(ProviderError, match="there is no code at"):
            attempt()


def test_without_traces_reasons_are_still_found(remote: RemoteChain, sample: Any, monkeypatch: Any) -> None:
    """Few public nodes serve debug_*."""
    transport: Any = remote.transport
    request = transport.request

    def without_debug(method: str, params: Sequence[Any] = ()) -> Any:
        if method.startswith("debug_"):
            raise ProviderError("the method does not exist", method=method, code=-32601)
        return request(method, params)

    monkeypatch.setattr(transport, "request", without_debug)
    alice, bob = remote.accounts[:2]
    ledger = sample.Ledger.deploy("units", 10, sender=alice, chain=remote)
    failing = sample.Failing.deploy(sender=alice, chain=remote)
    with ingot.reverts(ledger.Lacking, needed=11):
        ledger.transfer(bob, 11, sender=alice)
    assert failing.caught(ledger, sender=alice).return_value is False
    with ingot.reverts(ingot.Halt("out of gas")):
        failing.withAllGas(sender=alice, gas_limit=100_000)
    with pytest.raises(ProviderError):
        _ = ledger.transfer(bob, 1, sender=alice).trace


@pytest.mark.parametrize("hardfork", ["berlin", "istanbul"])
def test_a_chain_with_legacy_prices(hardfork: str) -> None:
    require_anvil()
    with start_anvil("--hardfork", hardfork, chain_id=31337) as node:
        chain = RemoteChain(open_transport([node.url]))
        alice, bob = chain.accounts[:2]
        receipt = alice.transfer(bob, 1)
        assert (receipt.type, receipt.status) == (0, 1)
        assert receipt.gas_price == receipt.transaction.fields.gas_price
        assert chain.base_fee == chain.blocks.head.base_fee == 0
        chain.close()


def test_a_transaction_costs_three_exchanges(remote: RemoteChain, sample: Any, monkeypatch: Any) -> None:
    alice, bob = remote.accounts[:2]
    ledger = sample.Ledger.deploy("units", 10, sender=alice, chain=remote)
    wire: Any = remote.transport._wire  # type: ignore[attr-defined]
    exchange, seen = wire.exchange, []

    def counted(payload: Any) -> Any:
        seen.append(payload)
        return exchange(payload)

    monkeypatch.setattr(wire, "exchange", counted)
    ledger.transfer(bob, 1, sender=alice)
    seen.clear()
    for _ in range(5):
        ledger.transfer(bob, 1, sender=alice)
    methods = [payload["method"] if isinstance(payload, dict) else "a batch" for payload in seen]
    # anvil answers a send before its receipt is there, now and then; that one is asked for again
    one = ["a batch", "eth_sendRawTransaction", "eth_getTransactionReceipt"]
    assert [method for method, _ in groupby(methods)] == one * 5

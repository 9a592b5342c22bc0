"""A chain behind a node is what a chain in process is: the same small story on both, and its receipts compared."""

from __future__ import annotations

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

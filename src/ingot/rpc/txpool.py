"""txpool_: what waits. Source: geth, eth's txpool API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.engine import to_address
from ingot.rpc.answers import transaction_answer
from ingot.rpc.method import method
from ingot.rpc.parameters import ADDRESS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ingot.engine import Transaction
    from ingot.rpc.rpc import Rpc


def _by_sender(
    transactions: Iterable[Transaction], show: Callable[[Transaction], Any]
) -> dict[str, dict[str, Any]]:
    shown: dict[str, dict[str, Any]] = {}
    for each in transactions:
        shown.setdefault(str(each.sender), {})[str(each.nonce)] = show(each)
    return shown


@method("txpool_status")
def status(rpc: Rpc) -> dict[str, str]:
    """How many transactions the next block may take, and how many wait for others."""
    return {"pending": hex(len(rpc.pool.pending)), "queued": hex(len(rpc.pool.queued))}


@method("txpool_content")
def content(rpc: Rpc) -> dict[str, Any]:
    """What waits, by sender and nonce."""
    return {
        "pending": _by_sender(rpc.pool.pending, transaction_answer),
        "queued": _by_sender(rpc.pool.queued, transaction_answer),
    }


@method("txpool_contentFrom", address=ADDRESS)
def content_from(rpc: Rpc, address: bytes) -> dict[str, Any]:
    """What waits of an account, by nonce."""
    sender = to_address(address)

    def own(transactions: Iterable[Transaction]) -> dict[str, Any]:
        return {str(each.nonce): transaction_answer(each) for each in transactions if each.sender == sender}

    return {"pending": own(rpc.pool.pending), "queued": own(rpc.pool.queued)}


@method("eth_pendingTransactions")
def pending_transactions(rpc: Rpc) -> list[dict[str, Any]]:
    """What waits for the next block, in a row."""
    return [transaction_answer(each) for each in rpc.pool.pending]


def _in_words(transaction: Transaction) -> str:
    to = "contract creation" if transaction.to is None else str(transaction.to)
    gas, price = transaction.gas_limit, transaction.max_fee_per_gas
    return f"{to}: {transaction.value} wei + {gas} gas × {price} wei"


@method("txpool_inspect")
def inspect(rpc: Rpc) -> dict[str, Any]:
    """What waits, in words."""
    return {
        "pending": _by_sender(rpc.pool.pending, _in_words),
        "queued": _by_sender(rpc.pool.queued, _in_words),
    }

"""eth_: calls, estimates, and transactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.engine import keccak256
from ingot.engine import sign_transaction as sign_transaction_of
from ingot.errors import RpcError
from ingot.rpc import rlp
from ingot.rpc.answers import data, receipt_answer, transaction_answer
from ingot.rpc.calling import run_call
from ingot.rpc.estimating import estimate
from ingot.rpc.failure import NOT_MINED, failure
from ingot.rpc.filling import check_signing, checked, completed, sender_of
from ingot.rpc.method import method, optional
from ingot.rpc.moments import block_of, state_of
from ingot.rpc.parameters import ADDRESS, ANYTHING, BLOCK, DATA, HASH, INTEGER, NUMBER
from ingot.rpc.transactions import BLOCK_OVERRIDES, STATE_OVERRIDES, TRANSACTION

if TYPE_CHECKING:
    from ingot.engine import Transaction
    from ingot.rpc.parameters import BlockId
    from ingot.rpc.rpc import Rpc

# Calls


@method(
    "eth_call",
    transaction=TRANSACTION,
    block=optional(BLOCK, "latest"),
    state_overrides=optional(STATE_OVERRIDES),
    block_overrides=optional(BLOCK_OVERRIDES),
)
def call(
    rpc: Rpc,
    transaction: dict[str, Any],
    block: BlockId,
    state_overrides: dict[str, Any] | None,
    block_overrides: dict[str, Any] | None,
) -> str:
    """What a call returns, without leaving a trace."""
    outcome = run_call(
        rpc, transaction, block, state_overrides=state_overrides, block_overrides=block_overrides
    )
    if outcome.succeeded:
        return data(outcome.output)
    raise failure(outcome)


@method(
    "eth_estimateGas",
    transaction=TRANSACTION,
    block=optional(BLOCK),
    state_overrides=optional(STATE_OVERRIDES),
    block_overrides=optional(BLOCK_OVERRIDES),
)
def estimate_gas(
    rpc: Rpc,
    transaction: dict[str, Any],
    block: BlockId | None,
    state_overrides: dict[str, Any] | None,
    block_overrides: dict[str, Any] | None,
) -> str:
    """The least gas limit with which a transaction succeeds, in the pending block unless another is given."""
    if block is None or (block == "latest" and rpc.is_client):
        block = rpc.engine.block_number if rpc.is_client else "pending"
    with state_of(rpc, block) as number:
        return hex(estimate(rpc, transaction, number, state_overrides, block_overrides))


# Sending


def _send(rpc: Rpc, given: dict[str, Any]) -> Transaction:
    return rpc.pool.send(checked(rpc, given))


@method("eth_sendTransaction", transaction=TRANSACTION)
def send_transaction(rpc: Rpc, transaction: dict[str, Any]) -> str:
    """Send from an account whose key is here, or that is impersonated. Returns the transaction's hash."""
    return data(_send(rpc, transaction).hash)


@method("eth_sendUnsignedTransaction", transaction=TRANSACTION)
def send_unsigned_transaction(rpc: Rpc, transaction: dict[str, Any]) -> str:
    """Send from any account, without a signature. Returns the transaction's hash."""
    with rpc.senders.all_of_them():
        return data(_send(rpc, transaction).hash)


@method("eth_sendRawTransaction", transaction=DATA)
def send_raw_transaction(rpc: Rpc, transaction: bytes) -> str:
    """Send a signed transaction. Returns its hash."""
    return data(rpc.pool.send_raw(transaction).hash)


@method("eth_sendRawTransactionConditional", transaction=DATA, condition=ANYTHING)
def send_raw_conditional(rpc: Rpc, transaction: bytes, condition: Any) -> str:
    """Send a signed transaction; the condition is not looked at, as by anvil."""
    return data(rpc.pool.send_raw(transaction).hash)


def _mined(rpc: Rpc, transaction: Transaction) -> dict[str, Any]:
    if not transaction.is_mined:
        raise RpcError(
            f"transaction 0x{transaction.hash.hex()} waits to be mined; eth_getTransactionReceipt gives its receipt then",
            code=NOT_MINED,
            data=data(transaction.hash),
        )
    return receipt_answer(transaction, rpc.engine.block(transaction.block_number))


@method("eth_sendTransactionSync", transaction=TRANSACTION)
def send_transaction_sync(rpc: Rpc, transaction: dict[str, Any]) -> dict[str, Any]:
    """Send, and answer with the receipt."""
    return _mined(rpc, _send(rpc, transaction))


@method("eth_sendRawTransactionSync", transaction=DATA, timeout=optional(INTEGER))
def send_raw_transaction_sync(rpc: Rpc, transaction: bytes, timeout: int | None) -> dict[str, Any]:
    """Send a signed transaction, and answer with the receipt. It is mined at once or waits: nobody waits for it here."""
    return _mined(rpc, rpc.pool.send_raw(transaction))


# Looking up


@method("eth_getTransactionByHash", transaction_hash=HASH)
def get_transaction_by_hash(rpc: Rpc, transaction_hash: bytes) -> dict[str, Any] | None:
    """A transaction, mined or not."""
    found = rpc.pool.find(transaction_hash)
    if found is None:
        return None
    return transaction_answer(found, rpc.engine.block(found.block_number).hash if found.is_mined else None)


@method("eth_getTransactionReceipt", transaction_hash=HASH)
def get_transaction_receipt(rpc: Rpc, transaction_hash: bytes) -> dict[str, Any] | None:
    """The receipt of a transaction; null until it is mined."""
    found = rpc.engine.transaction(transaction_hash)
    if found is None or not found.is_mined:
        return None
    return receipt_answer(found, rpc.engine.block(found.block_number))


@method("eth_getTransactionBySenderAndNonce", sender=ADDRESS, nonce=NUMBER)
def get_transaction_by_sender_and_nonce(rpc: Rpc, sender: bytes, nonce: int) -> dict[str, Any] | None:
    """The transaction that an account sent with a nonce."""
    found = rpc.pool.find_by_nonce(sender, nonce)
    if found is None:
        return None
    return transaction_answer(found, rpc.engine.block(found.block_number).hash if found.is_mined else None)


@method("eth_getRawTransactionByHash", transaction_hash=HASH)
def get_raw_transaction_by_hash(rpc: Rpc, transaction_hash: bytes) -> str | None:
    """A transaction as it was signed; one that waits, with its blobs."""
    found = rpc.pool.find(transaction_hash)
    return None if found is None else data(found.raw_with_blobs)


def _raw_at(rpc: Rpc, block: BlockId, index: int) -> str | None:
    found = block_of(rpc, block)
    if found is None or index >= len(found.transactions):
        return None
    return data(found.transactions[index].raw)


@method("eth_getRawTransactionByBlockHashAndIndex", block_hash=HASH, index=NUMBER)
def get_raw_transaction_by_block_hash(rpc: Rpc, block_hash: bytes, index: int) -> str | None:
    """A transaction by its place in a block, as it was signed."""
    return _raw_at(rpc, block_hash, index)


@method("eth_getRawTransactionByBlockNumberAndIndex", block=BLOCK, index=NUMBER)
def get_raw_transaction_by_block_number(rpc: Rpc, block: BlockId, index: int) -> str | None:
    """A transaction by its place in a block, as it was signed."""
    return _raw_at(rpc, block, index)


# Filling and signing


@method("eth_signTransaction", transaction=TRANSACTION)
def sign_transaction(rpc: Rpc, transaction: dict[str, Any]) -> dict[str, Any] | str:
    """A transaction, signed with a key that is here and not sent."""
    if rpc.is_client:
        check_signing(transaction)
    sender = sender_of(rpc, transaction)
    account = None if rpc.is_client else rpc.senders.keyed(sender)
    fields = completed(rpc, transaction, sender)
    signed = (account or rpc.senders.keyed(sender)).sign_transaction(fields)
    if rpc.as_anvil:
        return data(signed.raw)
    return {"raw": data(signed.raw), "tx": transaction_answer(signed)}


@method("eth_fillTransaction", transaction=TRANSACTION)
def fill_transaction(rpc: Rpc, transaction: dict[str, Any]) -> dict[str, Any]:
    """A transaction with the fields that were missing, unsigned: its signature is zero."""
    sender = sender_of(rpc, transaction)
    fields = completed(rpc, transaction, sender)
    made = sign_transaction_of(_ANY_KEY, **fields)
    raw = rlp.without_signature(made.raw)
    answer = {**transaction_answer(made), "from": data(sender), "r": "0x0", "s": "0x0", "v": "0x0"}
    if made.type:
        answer["yParity"] = "0x0"
    return {"raw": data(raw), "tx": {**answer, "hash": data(keccak256(raw))}}


_ANY_KEY = b"\1" * 32
"""Nobody's: what is signed with it loses the signature at once."""

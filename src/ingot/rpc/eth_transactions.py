"""eth_: calls, estimates, and transactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.engine import keccak256, to_address
from ingot.engine import sign_transaction as sign_transaction_of
from ingot.rpc import rlp
from ingot.rpc.answers import receipt_answer, transaction_answer
from ingot.rpc.failure import failure, server_error
from ingot.rpc.method import invalid, method, optional
from ingot.rpc.moments import number_of, state_of
from ingot.rpc.parameters import ADDRESS, ANYTHING, BLOCK, DATA, HASH, NUMBER
from ingot.rpc.transactions import BLOCK_OVERRIDES, CALL_FIELDS, STATE_OVERRIDES, TRANSACTION

if TYPE_CHECKING:
    from ingot.engine import Outcome, Transaction
    from ingot.rpc.parameters import BlockId
    from ingot.rpc.rpc import Rpc

StateOverrides = Any
"""By address, what differs of an account; None for nothing. As `STATE_OVERRIDES` reads them."""

_FREE = {"base_fee": 0}
"""A call that names no fees is told a base fee of 0, as by geth."""


# Calls


def call_terms(
    rpc: Rpc, fields: dict[str, Any], number: int | None, block_overrides: dict[str, Any] | None = None
) -> dict[str, Any]:
    """What the engine takes of a call's fields on the state at `number`. Raises: RpcError."""
    for name, key in (("beaconRoot", "parent_beacon_root"), ("withdrawals", "withdrawals")):
        if block_overrides and key in block_overrides:
            raise server_error(f'block override "{name}" is not supported for this RPC method')
    terms = {key: value for key, value in fields.items() if key in CALL_FIELDS}
    max_fee, tip = fields.get("max_fee"), fields.get("max_priority_fee")
    most = terms.get("gas_price") if max_fee is None else max_fee
    if most or tip:
        engine = rpc.engine
        base_fee = engine.base_fee if number is None else engine.block(number).base_fee
        if block_overrides and "base_fee" in block_overrides:
            base_fee = block_overrides["base_fee"]
        if most is not None and most < base_fee:
            sender = to_address(fields.get("sender", bytes(20)))
            raise server_error(
                f"max fee per gas less than block base fee: address {sender}, maxFeePerGas: {most}, baseFee: {base_fee}"
            )
        if max_fee is not None or tip is not None:
            price = base_fee + (tip or 0)
            terms["gas_price"] = price if max_fee is None else min(max_fee, price)
    if not terms.get("gas_price"):
        terms["block_overrides"] = {**_FREE, **block_overrides} if block_overrides else _FREE
    elif block_overrides:
        terms["block_overrides"] = block_overrides
    return terms


def run_call(
    rpc: Rpc,
    fields: dict[str, Any],
    block: BlockId,
    *,
    state_overrides: StateOverrides = None,
    block_overrides: dict[str, Any] | None = None,
    recording: int | None = None,
) -> Outcome:
    """Execute a call at a block. Of one that is not recorded for a tracer, the witness is told."""
    engine = rpc.engine
    witness = None
    if recording is None:
        witness, recording = rpc.witness, rpc.recording
    if block == "latest":
        number: int | None = engine.block_number
        terms = call_terms(rpc, fields, number, block_overrides)
        outcome = engine.call(block=number, overrides=state_overrides, recording=recording, **terms)
    else:
        with state_of(rpc, block) as number:
            if number is None:
                rpc.clock.prepare()
            terms = call_terms(rpc, fields, number, block_overrides)
            outcome = engine.call(block=number, overrides=state_overrides, recording=recording, **terms)
    if witness is not None:
        witness({**terms, "overrides": state_overrides}, number, outcome)
    return outcome


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
    state_overrides: StateOverrides,
    block_overrides: dict[str, Any] | None,
) -> str:
    """What a call returns, without leaving a trace."""
    outcome = run_call(
        rpc, transaction, block, state_overrides=state_overrides, block_overrides=block_overrides
    )
    if outcome.succeeded:
        return "0x" + outcome.output.hex()
    raise failure(outcome)


def estimate(
    rpc: Rpc,
    fields: dict[str, Any],
    number: int | None,
    state_overrides: StateOverrides = None,
    block_overrides: dict[str, Any] | None = None,
    *,
    is_sent: bool = False,
) -> int:
    """The least gas limit with which a transaction succeeds. Raises: RpcError, if it cannot.

    is_sent: whether it is sent then: the witness is told of it only if it cannot be.
    """
    engine = rpc.engine
    if number is None:
        rpc.clock.prepare()
    terms = call_terms(rpc, fields, number, block_overrides)
    price = terms.get("gas_price", 0)
    if price:
        balance = engine.balance(fields.get("sender", bytes(20)), number)
        left = balance - fields.get("value", 0)
        if left < 0:
            raise server_error("insufficient funds for transfer")
        terms["gas_limit"] = min(terms.get("gas_limit", 1 << 63), left // price, rpc.gas_cap)
    result = engine.estimate_gas(block=number, overrides=state_overrides, **terms)
    failed = None if isinstance(result, int) else result
    if rpc.witness is not None and not (failed is None and is_sent):
        rpc.witness({**terms, "overrides": state_overrides}, number, failed)
    if isinstance(result, int):
        return result
    if result.halt_reason == "out of gas":
        raise server_error(f"gas required exceeds allowance ({terms.get('gas_limit', rpc.gas_cap)})")
    raise failure(result)


@method(
    "eth_estimateGas",
    transaction=TRANSACTION,
    block=optional(BLOCK, "pending"),
    state_overrides=optional(STATE_OVERRIDES),
    block_overrides=optional(BLOCK_OVERRIDES),
)
def estimate_gas(
    rpc: Rpc,
    transaction: dict[str, Any],
    block: BlockId,
    state_overrides: StateOverrides,
    block_overrides: dict[str, Any] | None,
) -> str:
    """The least gas limit with which a transaction succeeds."""
    with state_of(rpc, block) as number:
        return hex(estimate(rpc, transaction, number, state_overrides, block_overrides))


# Sending


def checked(rpc: Rpc, fields: dict[str, Any]) -> dict[str, Any]:
    """A transaction's fields with its sender and its gas limit. Raises: RpcError, if it cannot be sent from here."""
    fields = dict(fields)
    chain_id = fields.pop("chain_id", None)
    if chain_id is not None and chain_id != rpc.engine.chain_id:
        raise server_error(f"invalid chain id: this chain is {rpc.engine.chain_id}, not {chain_id}")
    if "sender" not in fields:
        fields["sender"] = bytes(rpc.default_sender)
    rpc.senders.check(fields["sender"])
    if "to" not in fields and not fields.get("data"):
        raise invalid("invalid argument 0: transaction: a creation needs data: the code of the new contract")
    if "gas_limit" not in fields:
        with state_of(rpc, "pending"):
            fields["gas_limit"] = estimate(rpc, fields, None, is_sent=True)
    return fields


def _send(rpc: Rpc, fields: dict[str, Any]) -> Transaction:
    return rpc.pool.send(checked(rpc, fields))


@method("eth_sendTransaction", transaction=TRANSACTION)
def send_transaction(rpc: Rpc, transaction: dict[str, Any]) -> str:
    """Send from an account whose key is here, or that is impersonated. Returns the transaction's hash."""
    return "0x" + _send(rpc, transaction).hash.hex()


@method("eth_sendUnsignedTransaction", transaction=TRANSACTION)
def send_unsigned_transaction(rpc: Rpc, transaction: dict[str, Any]) -> str:
    """Send from any account, without a signature. Returns the transaction's hash."""
    with rpc.senders.all_of_them():
        return "0x" + _send(rpc, transaction).hash.hex()


@method("eth_sendRawTransaction", transaction=DATA)
def send_raw_transaction(rpc: Rpc, transaction: bytes) -> str:
    """Send a signed transaction. Returns its hash."""
    return "0x" + rpc.pool.send_raw(transaction).hash.hex()


@method("eth_sendRawTransactionConditional", transaction=DATA, condition=ANYTHING)
def send_raw_conditional(rpc: Rpc, transaction: bytes, condition: Any) -> str:
    """Send a signed transaction; the condition is not looked at, as by anvil."""
    return "0x" + rpc.pool.send_raw(transaction).hash.hex()


def _mined(rpc: Rpc, transaction: Transaction) -> dict[str, Any]:
    if not transaction.is_mined:
        raise server_error(
            f"transaction 0x{transaction.hash.hex()} waits to be mined; eth_getTransactionReceipt gives its receipt then"
        )
    return receipt_answer(transaction, rpc.engine.block(transaction.block_number))


@method("eth_sendTransactionSync", transaction=TRANSACTION)
def send_transaction_sync(rpc: Rpc, transaction: dict[str, Any]) -> dict[str, Any]:
    """Send, and answer with the receipt."""
    return _mined(rpc, _send(rpc, transaction))


@method("eth_sendRawTransactionSync", transaction=DATA)
def send_raw_transaction_sync(rpc: Rpc, transaction: bytes) -> dict[str, Any]:
    """Send a signed transaction, and answer with the receipt."""
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
    """A transaction as it was signed."""
    found = rpc.pool.find(transaction_hash)
    return None if found is None else "0x" + found.raw.hex()


def _raw_at(rpc: Rpc, block: BlockId, index: int) -> str | None:
    if isinstance(block, bytes):
        found = rpc.engine.block_by_hash(block)
    else:
        number = number_of(rpc, block)
        found = None if number is None else rpc.engine.block(number)
    if found is None or index >= len(found.transactions):
        return None
    return "0x" + found.transactions[index].raw.hex()


@method("eth_getRawTransactionByBlockHashAndIndex", block_hash=HASH, index=NUMBER)
def get_raw_transaction_by_block_hash(rpc: Rpc, block_hash: bytes, index: int) -> str | None:
    """A transaction by its place in a block, as it was signed."""
    return _raw_at(rpc, block_hash, index)


@method("eth_getRawTransactionByBlockNumberAndIndex", block=BLOCK, index=NUMBER)
def get_raw_transaction_by_block_number(rpc: Rpc, block: BlockId, index: int) -> str | None:
    """A transaction by its place in a block, as it was signed."""
    return _raw_at(rpc, block, index)


# Filling and signing


def _complete(rpc: Rpc, given: dict[str, Any]) -> dict[str, Any]:
    """Every field that a transaction needs to be signed."""
    engine, fields = rpc.engine, dict(given)
    sender = fields.pop("sender", bytes(rpc.default_sender))
    fields.setdefault("chain_id", engine.chain_id)
    fields.setdefault("nonce", rpc.pool.next_nonce(sender))
    if "gas_limit" not in fields:
        fields["gas_limit"] = estimate(rpc, {**fields, "sender": sender}, None, is_sent=True)
    kind = fields.setdefault("type", _kind(fields))
    if kind <= 1:
        fields.setdefault("gas_price", engine.base_fee + rpc.tip)
    else:
        tip = fields.setdefault("max_priority_fee", min(rpc.tip, fields.get("max_fee", rpc.tip)))
        fields.setdefault("max_fee", 2 * engine.base_fee + tip)
        fields.pop("gas_price", None)
    if kind == 3:
        fields.setdefault("max_fee_per_blob_gas", 2 * engine.blob_base_fee)
    for name, default in (("to", None), ("value", 0), ("data", b"")):
        fields.setdefault(name, default)
    return fields


def _kind(fields: dict[str, Any]) -> int:
    if fields.get("authorizations"):
        return 4
    if fields.get("blob_hashes"):
        return 3
    if "gas_price" in fields:
        return 1 if "access_list" in fields else 0
    return 2


def _signed(rpc: Rpc, given: dict[str, Any]) -> Transaction:
    account = rpc.senders.keyed(given.get("sender", bytes(rpc.default_sender)))
    return account.sign_transaction(_complete(rpc, given))


@method("eth_signTransaction", transaction=TRANSACTION)
def sign_transaction(rpc: Rpc, transaction: dict[str, Any]) -> dict[str, Any] | str:
    """A transaction, signed with a key that is here and not sent."""
    signed = _signed(rpc, transaction)
    if rpc.as_anvil:
        return "0x" + signed.raw.hex()
    return {"raw": "0x" + signed.raw.hex(), "tx": transaction_answer(signed)}


@method("eth_fillTransaction", transaction=TRANSACTION)
def fill_transaction(rpc: Rpc, transaction: dict[str, Any]) -> dict[str, Any]:
    """A transaction with the fields that were missing, unsigned: its signature is zero."""
    fields = _complete(rpc, transaction)
    sender = to_address(transaction.get("sender", bytes(rpc.default_sender)))
    made = sign_transaction_of(_ANY_KEY, **fields)
    raw = rlp.without_signature(made.raw)
    answer = {**transaction_answer(made), "from": sender.lower(), "r": "0x0", "s": "0x0", "v": "0x0"}
    if made.type:
        answer["yParity"] = "0x0"
    return {"raw": "0x" + raw.hex(), "tx": {**answer, "hash": "0x" + keccak256(raw).hex()}}


_ANY_KEY = b"\1" * 32
"""Nobody's: what is signed with it loses the signature at once."""

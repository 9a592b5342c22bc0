"""debug_: traces, raw blocks and transactions, the state in pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.engine import keccak256
from ingot.rpc.answers import data
from ingot.rpc.calling import scene_of, terms_of
from ingot.rpc.failure import server_error
from ingot.rpc.method import Parameter, invalid, method, optional
from ingot.rpc.moments import known_block, mined, state_of
from ingot.rpc.parameters import BLOCK, HASH, read_data
from ingot.rpc.rlp import header_of
from ingot.rpc.tracing import (
    TRACE_OPTIONS,
    Called,
    check,
    recording_for,
    trace_call,
    trace_transaction,
)
from ingot.rpc.transactions import BLOCK_OVERRIDES, STATE_OVERRIDES, TRANSACTION

if TYPE_CHECKING:
    from ingot.engine import Block
    from ingot.rpc.parameters import BlockId
    from ingot.rpc.rpc import Rpc

OPTIONS = optional(TRACE_OPTIONS, {})


# Traces


@method("debug_traceTransaction", transaction_hash=HASH, options=OPTIONS)
def trace_one(rpc: Rpc, transaction_hash: bytes, options: dict[str, Any]) -> Any:
    """The trace of a mined transaction: every step, or what a tracer makes of it."""
    transaction = mined(rpc, transaction_hash)
    return trace_transaction(rpc, transaction, options, rpc.engine.block(transaction.block_number))


def _trace_block(rpc: Rpc, block: Block, options: dict[str, Any]) -> list[dict[str, Any]]:
    if block.number == 0:
        raise server_error("genesis is not traceable")
    return [
        {"txHash": data(each.hash), "result": trace_transaction(rpc, each, options, block)}
        for each in block.transactions
    ]


@method("debug_traceBlockByNumber", block=BLOCK, options=OPTIONS)
def trace_block_by_number(rpc: Rpc, block: BlockId, options: dict[str, Any]) -> list[dict[str, Any]]:
    """The traces of a block's transactions."""
    return _trace_block(rpc, known_block(rpc, block), options)


@method("debug_traceBlockByHash", block_hash=HASH, options=OPTIONS)
def trace_block_by_hash(rpc: Rpc, block_hash: bytes, options: dict[str, Any]) -> list[dict[str, Any]]:
    """The traces of a block's transactions."""
    return _trace_block(rpc, known_block(rpc, block_hash), options)


def _read_raw_block(value: Any) -> bytes:
    return keccak256(header_of(read_data(value)))


RAW_BLOCK = Parameter(_read_raw_block, "RLP of a block")


@method("debug_traceBlock", block=RAW_BLOCK, options=OPTIONS)
def trace_block(rpc: Rpc, block: bytes, options: dict[str, Any]) -> list[dict[str, Any]]:
    """The traces of the transactions of a block of this chain, which is given as RLP."""
    return _trace_block(rpc, known_block(rpc, block), options)


@method("debug_traceCall", transaction=TRANSACTION, block=optional(BLOCK, "latest"), options=OPTIONS)
def trace_a_call(rpc: Rpc, transaction: dict[str, Any], block: BlockId, options: dict[str, Any]) -> Any:
    """The trace of a call, on the state at a block; stateOverrides and blockOverrides are among its options."""
    overrides = []
    for name, parameter in (("stateOverrides", STATE_OVERRIDES), ("blockOverrides", BLOCK_OVERRIDES)):
        given = options.get(name)
        try:
            overrides.append(None if given is None else parameter.read(given))
        except ValueError as error:
            raise invalid(f"invalid argument 2: options: {name}: {error}") from None
    state_overrides, block_overrides = overrides
    if block == "pending" and rpc.is_client:
        raise server_error("tracing on top of pending is not supported")
    check(options)
    with state_of(rpc, block) as found:
        number = rpc.engine.block_number if block == "latest" else found
        scene = scene_of(rpc, number, block_overrides)
        terms = terms_of(
            rpc, transaction, scene, state_overrides=state_overrides, block_overrides=block_overrides
        )
        outcome = rpc.engine.call(
            block=number,
            overrides=state_overrides,
            recording=recording_for(options),
            **terms,
        )
        called = Called(outcome, transaction, terms["gas_limit"], scene, state_overrides or {})
        return trace_call(rpc, called, options)


@method("debug_intermediateRoots", block_hash=HASH, options=OPTIONS)
def intermediate_roots(rpc: Rpc, block_hash: bytes, options: dict[str, Any]) -> list[str] | None:
    """The state roots after each transaction of a block."""
    block = known_block(rpc, block_hash)
    if block.number == 0:
        raise server_error("genesis is not traceable")
    roots = rpc.engine.intermediate_roots(block.number)
    return [data(root) for root in roots]


# Raw


@method("debug_getRawBlock", block=BLOCK)
def get_raw_block(rpc: Rpc, block: BlockId) -> str:
    """RLP of a block."""
    return data(known_block(rpc, block).rlp)


@method("debug_getRawHeader", block=BLOCK)
def get_raw_header(rpc: Rpc, block: BlockId) -> str:
    """RLP of a header."""
    return data(known_block(rpc, block).header_rlp)


@method("debug_getRawReceipts", block=BLOCK)
def get_raw_receipts(rpc: Rpc, block: BlockId) -> list[str]:
    """EIP-2718 encodings of a block's receipts."""
    return [data(receipt) for receipt in known_block(rpc, block).receipts]


@method("debug_getRawTransaction", transaction_hash=HASH)
def get_raw_transaction(rpc: Rpc, transaction_hash: bytes) -> str:
    """EIP-2718 encoding of a transaction; of one that waits, with its blobs."""
    found = rpc.pool.find(transaction_hash)
    if found is None:
        raise server_error("transaction not found")
    return data(found.raw_with_blobs)


@method("debug_getBadBlocks")
def get_bad_blocks(rpc: Rpc) -> list[Any]:
    """Blocks that were refused: none is kept."""
    return []

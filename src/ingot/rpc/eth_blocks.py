"""eth_: blocks, receipts of blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.rpc.answers import (
    block_answer,
    header_answer,
    ommer_answer,
    receipt_answer,
    transaction_answer,
)
from ingot.rpc.method import method, optional
from ingot.rpc.moments import block_of, pending_block
from ingot.rpc.parameters import BLOCK, BOOL, HASH, NUMBER

if TYPE_CHECKING:
    from ingot.engine import Block
    from ingot.rpc.parameters import BlockId
    from ingot.rpc.rpc import Rpc

FULL = optional(BOOL, False, name="hydratedTransactions")


@method("eth_blockNumber")
def block_number(rpc: Rpc) -> str:
    """Number of the latest block."""
    return hex(rpc.engine.block_number)


def _pending_answer(rpc: Rpc, *, full: bool) -> dict[str, Any]:
    with pending_block(rpc) as block:
        answer = block_answer(block, full=full)
    if full:
        for transaction in answer["transactions"]:
            transaction.update(blockHash=None, blockNumber=None, blockTimestamp=None, transactionIndex=None)
    return {**answer, "hash": None, "nonce": None, "miner": None} if rpc.hides_pending else answer


@method("eth_getBlockByNumber", block=BLOCK, full=FULL)
def get_block_by_number(rpc: Rpc, block: BlockId, full: bool) -> dict[str, Any] | None:
    """A block by number or tag."""
    if block == "pending":
        return _pending_answer(rpc, full=full)
    found = block_of(rpc, block)
    return None if found is None else block_answer(found, full=full)


@method("eth_getBlockByHash", block_hash=HASH, full=FULL)
def get_block_by_hash(rpc: Rpc, block_hash: bytes, full: bool) -> dict[str, Any] | None:
    """A block by hash."""
    found = rpc.engine.block_by_hash(block_hash)
    return None if found is None else block_answer(found, full=full)


@method("eth_getHeaderByNumber", block=BLOCK)
def get_header_by_number(rpc: Rpc, block: BlockId) -> dict[str, Any] | None:
    """A header by number or tag."""
    if block == "pending":
        with pending_block(rpc) as pending:
            return header_answer(pending)
    found = block_of(rpc, block)
    return None if found is None else header_answer(found)


@method("eth_getHeaderByHash", block_hash=HASH)
def get_header_by_hash(rpc: Rpc, block_hash: bytes) -> dict[str, Any] | None:
    """A header by hash."""
    found = rpc.engine.block_by_hash(block_hash)
    return None if found is None else header_answer(found)


@method("eth_getBlockTransactionCountByNumber", block=BLOCK)
def get_block_transaction_count_by_number(rpc: Rpc, block: BlockId) -> str | None:
    """How many transactions a block has."""
    if block == "pending":
        return hex(len(rpc.engine.pending_transactions()))
    found = block_of(rpc, block)
    return None if found is None else hex(len(found.transactions))


@method("eth_getBlockTransactionCountByHash", block_hash=HASH)
def get_block_transaction_count_by_hash(rpc: Rpc, block_hash: bytes) -> str | None:
    """How many transactions a block has."""
    found = rpc.engine.block_by_hash(block_hash)
    return None if found is None else hex(len(found.transactions))


@method("eth_getUncleCountByBlockNumber", block=BLOCK)
def get_uncle_count_by_number(rpc: Rpc, block: BlockId) -> str | None:
    """How many uncles a block has: none since the merge."""
    found = block_of(rpc, block)
    if found is None:
        return "0x0" if block == "pending" else None
    return hex(len(found.ommers))


@method("eth_getUncleCountByBlockHash", block_hash=HASH)
def get_uncle_count_by_hash(rpc: Rpc, block_hash: bytes) -> str | None:
    """How many uncles a block has: none since the merge."""
    found = rpc.engine.block_by_hash(block_hash)
    return None if found is None else hex(len(found.ommers))


def _ommer_at(block: Block | None, index: int) -> dict[str, Any] | None:
    ommers = [] if block is None else block.ommers
    return ommer_answer(ommers[index]) if index < len(ommers) else None


@method("eth_getUncleByBlockNumberAndIndex", block=BLOCK, index=NUMBER)
def get_uncle_by_number(rpc: Rpc, block: BlockId, index: int) -> dict[str, Any] | None:
    """An uncle of a block, which only a chain that was imported has."""
    return _ommer_at(block_of(rpc, block), index)


@method("eth_getUncleByBlockHashAndIndex", block_hash=HASH, index=NUMBER)
def get_uncle_by_hash(rpc: Rpc, block_hash: bytes, index: int) -> dict[str, Any] | None:
    """An uncle of a block, which only a chain that was imported has."""
    return _ommer_at(rpc.engine.block_by_hash(block_hash), index)


def _receipts(block: Block) -> list[dict[str, Any]]:
    return [receipt_answer(transaction, block) for transaction in block.transactions]


@method("eth_getBlockReceipts", block=BLOCK)
def get_block_receipts(rpc: Rpc, block: BlockId) -> list[dict[str, Any]] | None:
    """The receipts of all transactions of a block."""
    if block == "pending":
        with pending_block(rpc) as pending:
            return _receipts(pending)
    found = block_of(rpc, block)
    return None if found is None else _receipts(found)


def _at_index(block: Block | None, index: int) -> dict[str, Any] | None:
    if block is None or index >= len(transactions := block.transactions):
        return None
    return transaction_answer(transactions[index], block.hash)


@method("eth_getTransactionByBlockNumberAndIndex", block=BLOCK, index=NUMBER)
def get_transaction_by_number_and_index(rpc: Rpc, block: BlockId, index: int) -> dict[str, Any] | None:
    """A transaction by its place in a block."""
    if block == "pending":
        with pending_block(rpc) as pending:
            return _at_index(pending, index)
    return _at_index(block_of(rpc, block), index)


@method("eth_getTransactionByBlockHashAndIndex", block_hash=HASH, index=NUMBER)
def get_transaction_by_hash_and_index(rpc: Rpc, block_hash: bytes, index: int) -> dict[str, Any] | None:
    """A transaction by its place in a block."""
    return _at_index(rpc.engine.block_by_hash(block_hash), index)

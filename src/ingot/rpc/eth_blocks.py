"""eth_: blocks, receipts of blocks, fees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.errors import ProviderError
from ingot.rpc.answers import block_answer, header_answer, receipt_answer, transaction_answer
from ingot.rpc.method import Parameter, invalid, method, optional
from ingot.rpc.moments import block_of, number_of, pending_block
from ingot.rpc.parameters import BLOCK, BOOL, HASH, NUMBER, read_list

if TYPE_CHECKING:
    from ingot.engine import Block
    from ingot.rpc.parameters import BlockId
    from ingot.rpc.rpc import Rpc

FULL = optional(BOOL, False, name="hydratedTransactions")
MAX_FEE_HISTORY = 1024


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


@method("eth_getUncleByBlockNumberAndIndex", block=BLOCK, index=NUMBER)
def get_uncle_by_number(rpc: Rpc, block: BlockId, index: int) -> None:
    """An uncle of a block: none is kept."""
    block_of(rpc, block)


@method("eth_getUncleByBlockHashAndIndex", block_hash=HASH, index=NUMBER)
def get_uncle_by_hash(rpc: Rpc, block_hash: bytes, index: int) -> None:
    """An uncle of a block: none is kept."""
    rpc.engine.block_by_hash(block_hash)


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


# Fees


@method("eth_gasPrice")
def gas_price(rpc: Rpc) -> str:
    """What a legacy transaction should offer: the next base fee and the tip of eth_maxPriorityFeePerGas."""
    return hex(rpc.engine.base_fee + rpc.tip)


@method("eth_maxPriorityFeePerGas")
def max_priority_fee(rpc: Rpc) -> str:
    """The tip that is enough."""
    return hex(rpc.tip)


@method("eth_baseFee")
def base_fee(rpc: Rpc) -> str:
    """Of the next block."""
    return hex(rpc.engine.base_fee)


@method("eth_blobBaseFee")
def blob_base_fee(rpc: Rpc) -> str:
    """Of the next block."""
    return hex(rpc.engine.blob_base_fee)


def _read_percentiles(value: Any) -> list[float]:
    percentiles = read_list(value)
    if len(percentiles) > 100:
        raise ValueError("at most 100 percentiles can be asked for")
    for before, each in zip([0, *percentiles], percentiles, strict=False):
        if isinstance(each, bool) or not isinstance(each, (int, float)) or not 0 <= each <= 100:
            raise ValueError(f"a percentile is a number from 0 to 100, not {each!r}")
        if each < before:
            raise ValueError("percentiles must ascend")
    return percentiles


PERCENTILES = optional(Parameter(_read_percentiles, "array of numbers"), ())


@method("eth_feeHistory", block_count=NUMBER, newest_block=BLOCK, reward_percentiles=PERCENTILES)
def fee_history(rpc: Rpc, block_count: int, newest_block: BlockId, reward_percentiles: Any) -> dict[str, Any]:
    """Base fees, how full blocks were and what tips were paid, of a range of blocks."""
    if isinstance(newest_block, bytes):
        raise invalid("invalid argument 1: newestBlock: a number or a tag was expected, not a hash")
    engine = rpc.engine
    newest = number_of(rpc, newest_block)
    newest = engine.block_number if newest is None else newest
    count = min(block_count, MAX_FEE_HISTORY, newest - engine.first_block_number + 1)
    blocks = [engine.block(number) for number in range(newest - count + 1, newest + 1)]
    after = engine.block(newest + 1) if newest < engine.block_number else None
    next_fees = (engine.base_fee, engine.blob_base_fee)
    if after is not None:
        next_fees = (after.base_fee, after.blob_base_fee)
    most_blobs = rpc.blob_limit
    answer: dict[str, Any] = {
        "oldestBlock": hex(newest - count + 1),
        "baseFeePerGas": [*(hex(block.base_fee) for block in blocks), hex(next_fees[0])],
        "gasUsedRatio": [block.gas_used / block.gas_limit if block.gas_limit else 0 for block in blocks],
        "baseFeePerBlobGas": [*(hex(block.blob_base_fee) for block in blocks), hex(next_fees[1])],
        "blobGasUsedRatio": [block.blob_gas_used / most_blobs for block in blocks],
    }
    if reward_percentiles:
        answer["reward"] = [_rewards(block, reward_percentiles) for block in blocks]
    return answer


def _rewards(block: Block, percentiles: list[float]) -> list[str]:
    """Tips by gas. Source: geth, eth/gasprice/feehistory.go."""
    try:
        transactions = block.transactions
    except ProviderError:  # the block that a fork stands on
        transactions = []
    tips = sorted((each.effective_gas_price - block.base_fee, each.gas_used) for each in transactions)
    if not tips:
        return ["0x0"] * len(percentiles)
    rewards, index, total = [], 0, tips[0][1]
    for percentile in percentiles:
        threshold = int(block.gas_used * percentile / 100)
        while total < threshold and index < len(tips) - 1:
            index += 1
            total += tips[index][1]
        rewards.append(hex(tips[index][0]))
    return rewards

"""eth_: what to pay, and what was paid. Source: geth, eth/gasprice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ingot.errors import ProviderError
from ingot.rpc.failure import server_error
from ingot.rpc.method import Parameter, invalid, method, optional
from ingot.rpc.moments import number_of
from ingot.rpc.parameters import BLOCK, read_list, read_small
from ingot.rpc.rules import blob_limit, has_blobs

if TYPE_CHECKING:
    from ingot.engine import Block
    from ingot.rpc.parameters import BlockId
    from ingot.rpc.rpc import Rpc

MAX_FEE_HISTORY = 1024
MAX_PERCENTILES = 100

_SAMPLED_BLOCKS: Final = 20
_SAMPLED_TIPS: Final = 3
"""How many of the least tips of a block count."""
_PERCENTILE: Final = 60
_LEAST_TIP: Final = 2
"""Wei: what pays less is ignored."""
_FIRST_TIP: Final = 1_000_000
"""What is suggested while nothing is known."""


@method("eth_gasPrice")
def gas_price(rpc: Rpc) -> str:
    """What a legacy transaction should offer: the base fee and the tip of eth_maxPriorityFeePerGas."""
    latest = rpc.engine.block(rpc.engine.block_number)
    return hex((latest.base_fee if rpc.is_client else rpc.engine.base_fee) + rpc.tip)


@method("eth_maxPriorityFeePerGas")
def max_priority_fee(rpc: Rpc) -> str:
    """The tip that is enough."""
    return hex(rpc.tip)


def recent_tip(rpc: Rpc) -> int:
    """What the latest blocks suggest as a tip, as geth has it."""
    engine = rpc.engine
    number, wanted, tips = engine.block_number, _SAMPLED_BLOCKS, []
    while wanted > 0 and number > engine.first_block_number:
        found = _least_tips(engine.block(number)) or [_FIRST_TIP]
        tips += found
        # A block that tells little is made up for by an older one, up to as many again.
        is_made_up_for = len(found) == 1 and len(tips) + wanted - 1 < 2 * _SAMPLED_BLOCKS
        wanted -= 0 if is_made_up_for else 1
        number -= 1
    tips.sort()
    return tips[(len(tips) - 1) * _PERCENTILE // 100] if tips else _FIRST_TIP


def _least_tips(block: Block) -> list[int]:
    try:
        transactions = block.transactions
    except ProviderError:  # the block that a fork stands on
        return []
    paid = sorted(
        each.effective_gas_price - block.base_fee for each in transactions if each.sender != block.coinbase
    )
    return [tip for tip in paid if tip >= _LEAST_TIP][:_SAMPLED_TIPS]


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
    for each in percentiles:
        if isinstance(each, bool) or not isinstance(each, (int, float)):
            raise ValueError(f"a percentile is a number from 0 to 100, not {each!r}")
    return percentiles


def _check(percentiles: list[float]) -> None:
    if len(percentiles) > MAX_PERCENTILES:
        raise server_error(f"invalid reward percentile: over the query limit {MAX_PERCENTILES}")
    for index, each in enumerate(percentiles):
        if not 0 <= each <= 100:
            raise server_error(f"invalid reward percentile: {each}: a percentile is a number from 0 to 100")
        if index and each <= percentiles[index - 1]:
            raise server_error(f"invalid reward percentile: #{index}: {each}: percentiles must ascend")


def _read_count(value: Any) -> int:
    """A quantity, or decimal digits, as in geth."""
    if isinstance(value, str) and value.isdecimal() and value.isascii() and len(value) <= 20:
        return read_small(int(value))
    return read_small(value)


COUNT = Parameter(_read_count, "quantity")
PERCENTILES = optional(Parameter(_read_percentiles, "array of numbers"), ())


@method("eth_feeHistory", block_count=COUNT, newest_block=BLOCK, reward_percentiles=PERCENTILES)
def fee_history(rpc: Rpc, block_count: int, newest_block: BlockId, reward_percentiles: Any) -> dict[str, Any]:
    """Base fees, how full blocks were and what tips were paid, of a range of blocks."""
    if isinstance(newest_block, bytes):
        raise invalid("invalid argument 1: newestBlock: a number or a tag was expected, not a hash")
    if not block_count:
        return {"oldestBlock": "0x0", "baseFeePerGas": [], "gasUsedRatio": []}
    _check(reward_percentiles)
    newest = _newest(rpc, newest_block)
    engine = rpc.engine
    count = min(block_count, MAX_FEE_HISTORY, newest - engine.first_block_number + 1)
    blocks = [engine.block(number) for number in range(newest - count + 1, newest + 1)]
    next_base_fee, next_blob_fee = _next_fees(rpc, newest)
    answer: dict[str, Any] = {
        "oldestBlock": hex(newest - count + 1),
        "baseFeePerGas": [*(hex(block.base_fee) for block in blocks), hex(next_base_fee)],
        "gasUsedRatio": [block.gas_used / block.gas_limit if block.gas_limit else 0 for block in blocks],
        "baseFeePerBlobGas": [*(hex(_blob_fee(block)) for block in blocks), hex(next_blob_fee)],
        "blobGasUsedRatio": [block.blob_gas_used / blob_limit(block.hardfork) for block in blocks],
    }
    if reward_percentiles:
        answer["reward"] = [_rewards(block, reward_percentiles) for block in blocks]
    return answer


def _newest(rpc: Rpc, block: BlockId) -> int:
    latest = rpc.engine.block_number
    if type(block) is int and block > latest:
        raise server_error(f"request beyond head block: requested {block}, head {latest}")
    number = number_of(rpc, block)
    return latest if number is None else number


def _blob_fee(block: Block) -> int:
    return block.blob_base_fee if has_blobs(block.hardfork) else 0


def _next_fees(rpc: Rpc, newest: int) -> tuple[int, int]:
    engine = rpc.engine
    if newest == engine.block_number:
        return engine.base_fee, engine.blob_base_fee if has_blobs(engine.hardfork) else 0
    after = engine.block(newest + 1)
    is_first_with_blobs = not has_blobs(engine.block(newest).hardfork)
    return after.base_fee, 0 if is_first_with_blobs else _blob_fee(after)


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

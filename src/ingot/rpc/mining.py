"""evm_, anvil_ and hardhat_: blocks, time and snapshots."""

from __future__ import annotations

from contextlib import suppress
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ingot.engine import decode_transaction
from ingot.errors import InvalidTransaction, ProviderError
from ingot.rpc.answers import block_answer
from ingot.rpc.estimating import estimate
from ingot.rpc.filling import checked
from ingot.rpc.method import Parameter, invalid, method, optional
from ingot.rpc.parameters import BOOL, NUMBER, QUANTITY, read_data, read_integer, read_list
from ingot.rpc.transactions import read_transaction

if TYPE_CHECKING:
    from ingot.rpc.rpc import Rpc

MAX_ANSWERED = 100_000
"""How many blocks can be mined at once and answered with."""

MAX_BLOCKS = 1 << 40
"""How many can be mined at once. Only the last ones of very many have hashes that must be computed."""


def _small(value: Any) -> int:
    number = read_integer(value)
    if not 0 <= number < 1 << 64:
        raise ValueError(f"{number} is not in the range 0 to 2**64 - 1")
    return number


def _read_mine(value: Any) -> tuple[int | None, int]:
    """A timestamp, or an object with timestamp and blocks."""
    if isinstance(value, dict):
        timestamp, blocks = value.get("timestamp"), value.get("blocks")
        return None if timestamp is None else _small(timestamp), 1 if blocks is None else _small(blocks)
    return _small(value), 1


SECONDS = Parameter(_small, "seconds")
COUNT = Parameter(_small, "count")
MINE = Parameter(_read_mine, "timestamp, or object with timestamp and blocks")


# Blocks


def mine_blocks(rpc: Rpc, count: int, *, interval: int | None = None, timestamp: int | None = None) -> None:
    """Mine blocks, what waits in the first. interval: seconds between them; by default, or if it is 0, as time goes: 1."""
    engine = rpc.engine
    if count > MAX_BLOCKS or engine.block_number + count >= 1 << 63:
        raise invalid(f"invalid argument 0: blocks: at most {MAX_BLOCKS} blocks can be mined at once")
    if not count:
        return
    rpc.before_block()
    if timestamp is not None:
        rpc.clock.set_next(timestamp)
    else:
        rpc.clock.prepare()
    engine.mine(count, spacing=interval or rpc.clock.interval or 1)


@method("evm_mine", timestamp=optional(MINE, (None, 1)))
def evm_mine(rpc: Rpc, timestamp: tuple[int | None, int]) -> str:
    """Mine a block, at a time if one is given."""
    mine_blocks(rpc, timestamp[1], timestamp=timestamp[0])
    return "0x0"


@method("anvil_mine_detailed", "evm_mine_detailed", timestamp=optional(MINE, (None, 1)))
def evm_mine_detailed(rpc: Rpc, timestamp: tuple[int | None, int]) -> list[dict[str, Any]]:
    """Mine, and answer with the blocks and their transactions."""
    if timestamp[1] > MAX_ANSWERED:
        raise invalid(f"invalid argument 0: timestamp: at most {MAX_ANSWERED} blocks can be answered with")
    first = rpc.engine.block_number + 1
    mine_blocks(rpc, timestamp[1], timestamp=timestamp[0])
    return [
        block_answer(rpc.engine.block(number), full=True)
        for number in range(first, rpc.engine.block_number + 1)
    ]


@method("anvil_mine", "hardhat_mine", blocks=optional(COUNT, 1), interval=optional(SECONDS))
def anvil_mine(rpc: Rpc, blocks: int, interval: int | None) -> None:
    """Mine blocks, with an interval of seconds between them."""
    mine_blocks(rpc, blocks, interval=interval)


@method("evm_setAutomine", "anvil_setAutomine", enabled=BOOL)
def set_automine(rpc: Rpc, enabled: bool) -> None:
    """Whether each transaction is mined at once."""
    rpc.engine.automine = enabled
    if enabled:
        rpc.mining_interval_s = 0
        if rpc.engine.pending_transactions():
            mine_blocks(rpc, 1)


@method("anvil_getAutomine", "hardhat_getAutomine")
def get_automine(rpc: Rpc) -> bool:
    """Whether each transaction is mined at once."""
    return rpc.engine.automine


@method("evm_setIntervalMining", "anvil_setIntervalMining", interval=SECONDS)
def set_interval_mining(rpc: Rpc, interval: int) -> None:
    """Mine a block every so many seconds; 0 stops that. Automine ends."""
    if interval > 1 << 31:
        raise invalid(f"invalid argument 0: interval: {interval} seconds are too long")
    rpc.engine.automine = False
    rpc.mining_interval_s = interval


@method("anvil_getIntervalMining")
def get_interval_mining(rpc: Rpc) -> int | None:
    """Seconds between blocks that are mined by themselves; null if none are."""
    return rpc.mining_interval_s or None


# Time


@method("evm_increaseTime", "anvil_increaseTime", seconds=SECONDS)
def increase_time(rpc: Rpc, seconds: int) -> int:
    """Let time pass before the next block. Returns by how many seconds it has been moved in all."""
    return rpc.clock.increase(seconds)


@method("evm_setNextBlockTimestamp", "anvil_setNextBlockTimestamp", timestamp=SECONDS)
def set_next_block_timestamp(rpc: Rpc, timestamp: int) -> None:
    """When the next block is."""
    if timestamp <= rpc.clock.latest:
        raise invalid(
            f"invalid argument 0: timestamp: {timestamp} is lower than or equal to the latest block's, {rpc.clock.latest}"
        )
    rpc.clock.set_next(timestamp)


@method("evm_setTime", "anvil_setTime", timestamp=SECONDS)
def set_time(rpc: Rpc, timestamp: int) -> int:
    """What time it is. Returns by how many seconds that moves it."""
    return rpc.clock.set_time(timestamp)


@method("anvil_setBlockTimestampInterval", seconds=SECONDS)
def set_block_timestamp_interval(rpc: Rpc, seconds: int) -> None:
    """Seconds between the timestamps of blocks, whenever they are mined."""
    if not 0 < seconds < 1 << 40:
        raise invalid("invalid argument 0: seconds: blocks are at least a second apart")
    rpc.clock.interval = seconds


@method("anvil_removeBlockTimestampInterval")
def remove_block_timestamp_interval(rpc: Rpc) -> bool:
    """Let blocks have the time at which they are mined. Returns whether there was an interval."""
    had = rpc.clock.interval is not None
    rpc.clock.interval = None
    return had


# Snapshots


@method("evm_snapshot", "anvil_snapshot")
def snapshot(rpc: Rpc) -> str:
    """Remember everything as it is: state, blocks, time. Returns what evm_revert takes."""
    return hex(rpc.snapshots.take())


@method("evm_revert", "anvil_revert", snapshot_id=QUANTITY)
def revert(rpc: Rpc, snapshot_id: int) -> bool:
    """Back to a snapshot; it and later ones are used up. Returns whether there was such a snapshot."""
    try:
        rpc.snapshots.restore(snapshot_id)
    except ProviderError:
        return False
    return True


@method("anvil_rollback", depth=optional(NUMBER, 1))
def rollback(rpc: Rpc, depth: int) -> None:
    """Undo the latest blocks, however they were mined. What was in them is forgotten; what waits goes on waiting."""
    rpc.snapshots.roll_back(depth)


def _read_reorg(value: Any) -> tuple[int, Any]:
    if isinstance(value, dict):
        return _small(value.get("depth")), value.get("txBlockPairs", value.get("tx_block_pairs"))
    return _small(value), None


def _read_pairs(value: Any) -> list[tuple[dict[str, Any] | bytes, int]]:
    pairs = []
    for index, pair in enumerate(read_list(value)):
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            raise ValueError(f"[{index}]: a transaction and the offset of its block were expected")
        given = pair[0]
        try:
            pairs.append(
                (read_data(given) if isinstance(given, str) else read_transaction(given), _small(pair[1]))
            )
        except ValueError as error:
            raise ValueError(f"[{index}]: {error}") from None
    return pairs


REORG = Parameter(_read_reorg, "depth, or object with depth and txBlockPairs")
PAIRS = Parameter(_read_pairs, "array of [transaction, offset]")


@method("anvil_reorg", depth=REORG, tx_block_pairs=optional(PAIRS))
def reorg(rpc: Rpc, depth: tuple[int, Any], tx_block_pairs: list[Any] | None) -> None:
    """Replace the latest blocks by as many others, empty but for the transactions that are given for some of them.

    Those that have become impossible are left out, as by anvil. What waits goes on waiting.
    """
    count, given = depth
    try:
        pairs = tx_block_pairs or _read_pairs([] if given is None else given)
    except ValueError as error:
        raise invalid(f"invalid argument 0: depth: txBlockPairs: {error}") from None
    if count > MAX_BLOCKS:
        raise invalid(f"invalid argument 0: depth: at most {MAX_BLOCKS} blocks can be replaced at once")
    if any(offset >= count for _, offset in pairs):
        raise invalid(f"invalid argument 1: txBlockPairs: an offset is not below the depth, {count}")
    target = rpc.engine.block_number - count
    planned = [(_planned(rpc, transaction, target), offset) for transaction, offset in pairs]
    rpc.snapshots.roll_back(count)
    automine, rpc.engine.automine = rpc.engine.automine, False
    try:
        with rpc.pool.set_aside():
            done = 0
            for offset, together in groupby(sorted(planned, key=_offset), key=_offset):
                mine_blocks(rpc, offset - done)
                for transaction, _ in together:
                    with suppress(InvalidTransaction):
                        rpc.pool.take(transaction)
                mine_blocks(rpc, 1)
                done = offset + 1
            mine_blocks(rpc, count - done)
    finally:
        rpc.engine.automine = automine


def _offset(pair: tuple[object, int]) -> int:
    return pair[1]


def _planned(rpc: Rpc, transaction: dict[str, Any] | bytes, target: int) -> dict[str, Any] | bytes:
    """A transaction that can be sent on top of block `target`. Raises: IngotError, before anything was undone."""
    if isinstance(transaction, bytes):
        decode_transaction(transaction)
        return transaction
    fields = dict(transaction)
    if "gas_limit" not in fields and target >= rpc.engine.first_block_number:
        fields["gas_limit"] = estimate(rpc, fields, target)
    return checked(rpc, fields)


@method("debug_setHead", number=QUANTITY)
def set_head(rpc: Rpc, number: int) -> None:
    """Undo the blocks after this one, as anvil_rollback does."""
    latest = rpc.engine.block_number
    if number > latest:
        raise invalid(f"invalid argument 0: number: the latest block is {latest}")
    rpc.snapshots.roll_back(latest - number)

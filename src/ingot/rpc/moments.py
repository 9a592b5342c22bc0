"""Which block a request means."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ingot.errors import RpcError
from ingot.rpc.failure import server_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingot.engine import Block, Transaction
    from ingot.rpc.parameters import BlockId
    from ingot.rpc.rpc import Rpc

__all__ = ["block_of", "known_block", "mined", "number_of", "pending_block", "state_of"]


def number_of(rpc: Rpc, block: BlockId) -> int | None:
    """The number of a block; None for the pending one. Raises: RpcError, if there is none."""
    engine = rpc.engine
    if type(block) is int:
        if block > engine.block_number or block < engine.first_block_number:
            raise _missing(rpc, f"{block}")
        return block
    if block == "latest":
        return engine.block_number
    if block == "pending":
        return None
    if isinstance(block, bytes):
        found = engine.block_by_hash(block)
        if found is None:
            raise _missing(rpc, f"0x{block.hex()}")
        return found.number
    first, latest = engine.first_block_number, engine.block_number
    if block == "earliest":
        return first
    chosen = rpc.safe if block == "safe" else rpc.finalized
    behind = rpc.epoch if block == "safe" else 2 * rpc.epoch
    return max(first, latest - behind) if chosen is None else min(chosen, latest)


def _missing(rpc: Rpc, shown: str) -> RpcError:
    engine = rpc.engine
    return server_error(
        f"header not found: there is no block {shown}, the chain has {engine.first_block_number} to "
        f"{engine.block_number}"
    )


@contextmanager
def state_of(rpc: Rpc, block: BlockId) -> Iterator[int | None]:
    """Inside, the engine has the state at `block` under the number that is given, None being the present one."""
    if block == "latest":
        yield None
        return
    number = number_of(rpc, block)
    if number is not None or not rpc.engine.pending_transactions():
        yield number
        return
    with pending_block(rpc):
        yield None


@contextmanager
def pending_block(rpc: Rpc) -> Iterator[Block]:
    """Inside, the pending block is mined; then it is not."""
    engine = rpc.engine
    with rpc.chain.isolate():
        rpc.clock.prepare()
        engine.mine()
        yield engine.block(engine.block_number)


def block_of(rpc: Rpc, block: BlockId) -> Block | None:
    """A block, which is not the pending one; None, if there is none."""
    engine = rpc.engine
    if isinstance(block, bytes):
        return engine.block_by_hash(block)
    if type(block) is int and not engine.first_block_number <= block <= engine.block_number:
        return None
    number = number_of(rpc, block)
    return None if number is None else engine.block(number)


def known_block(rpc: Rpc, block: BlockId) -> Block:
    """A block. Raises: RpcError, if there is none, or it is the pending one."""
    found = block_of(rpc, block)
    if found is None:
        shown = f"0x{block.hex()}" if isinstance(block, bytes) else block
        raise server_error(f"block not found: {shown}")
    return found


def mined(rpc: Rpc, transaction_hash: bytes) -> Transaction:
    """A mined transaction. Raises: RpcError."""
    found = rpc.engine.transaction(transaction_hash)
    if found is None or not found.is_mined:
        raise server_error("transaction not found")
    return found

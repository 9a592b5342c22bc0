"""Places to return to: those that were asked for, and the one before each block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingot.rpc.failure import server_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingot.rpc.clock import ClockState
    from ingot.rpc.rpc import Rpc

__all__ = ["Snapshots"]


class Snapshots:
    """What evm_snapshot took, and where blocks began that were mined through here."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc
        self._clocks: dict[int, ClockState] = {}
        # Of blocks that began here: the snapshot before, by the number of the block.
        self._before: dict[int, int] = {}
        self._first = rpc.engine.snapshot()

    def take(self) -> int:
        """Returns: what `restore` takes."""
        number = self._rpc.chain.snapshot()
        self._clocks[number] = self._rpc.clock.state
        return number

    def restore(self, number: int) -> None:
        """Back to a snapshot. Raises: ProviderError, if there is none."""
        rpc, clock = self._rpc, self._clocks.get(number)
        if clock is None:
            raise server_error(f"there is no snapshot {number:#x}")
        rpc.chain.restore(number)
        rpc.clock.state = clock
        self._clocks = {each: state for each, state in self._clocks.items() if each < number}
        self._forget(lambda _, snapshot: snapshot >= number)
        rpc.pool.forget_queued()

    def _forget(self, is_gone: Callable[[int, int], bool]) -> None:
        self._before = {block: at for block, at in self._before.items() if not is_gone(block, at)}

    def forget(self) -> None:
        """The chain is another one now."""
        self._clocks, self._before = {}, {}
        self._first = self._rpc.engine.snapshot()

    def reset(self) -> None:
        """Back to the chain as it was when this began."""
        engine = self._rpc.engine
        engine.revert(self._first)
        self.forget()
        self._rpc.pool.forget_queued()

    def mark(self) -> None:
        """A block is about to be mined."""
        engine = self._rpc.engine
        self._before[engine.block_number + 1] = engine.snapshot()

    def roll_back(self, depth: int) -> None:
        """Undo the latest blocks. Raises: RpcError, if that is too far."""
        engine = self._rpc.engine
        target = engine.block_number - depth
        if target < engine.first_block_number:
            raise server_error(f"cannot undo {depth} blocks: the chain has only {engine.block_number}")
        if not depth:
            return
        begun = max((block for block in self._before if block <= target + 1), default=None)
        if begun is None:
            raise server_error(
                f"cannot undo block {target + 1}: it was not mined through JSON-RPC, or a state was loaded after it"
            )
        automine = engine.automine
        snapshot = self._before[begun]
        engine.revert(snapshot)
        self._forget(lambda block, _: block >= begun)
        self._clocks = {each: state for each, state in self._clocks.items() if each < snapshot}
        if engine.block_number < target:
            engine.mine(target - engine.block_number)
        self._rpc.pool.clear()
        engine.automine = automine

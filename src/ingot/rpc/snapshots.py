"""Places to return to: those that were asked for, the beginning, and any block."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ingot.errors import ProviderError
from ingot.rpc.failure import server_error
from ingot.rpc.method import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingot.engine import Transaction
    from ingot.rpc.clock import ClockState
    from ingot.rpc.rpc import Rpc
    from ingot.types import Address

    _Taken = tuple[ClockState, Mapping[tuple[Address, int], Transaction]]

__all__ = ["Snapshots"]


class Snapshots:
    """What evm_snapshot took, and how the chain began."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc
        self._taken: dict[int, _Taken] = {}
        self._firsts = [self._beginning()]

    def _beginning(self) -> int | bytes:
        """A snapshot; where the past is pruned, which a snapshot would hold up, a file of the state."""
        engine = self._rpc.engine
        if engine.history_limit is not None:
            with suppress(ProviderError):  # a fork has no such file
                return engine.dump()
        return engine.snapshot()

    def take(self) -> int:
        """Returns: what `restore` takes."""
        number = self._rpc.chain.snapshot()
        self._taken[number] = (self._rpc.clock.state, self._rpc.pool.state)
        return number

    def restore(self, number: int) -> None:
        """Back to a snapshot. Raises: ProviderError, if there is none."""
        rpc, taken = self._rpc, self._taken.get(number)
        if taken is None:
            raise server_error(f"there is no snapshot {number:#x}")
        rpc.chain.restore(number)
        rpc.clock.state, rpc.pool.state = taken
        self._taken = {each: state for each, state in self._taken.items() if each < number}
        # A chain that was loaded since is gone.
        while len(self._firsts) > 1 and isinstance(self._firsts[-1], int) and self._firsts[-1] >= number:
            self._firsts.pop()

    def begin_anew(self) -> None:
        """The chain is another one now. Snapshots that were taken before lead back."""
        self._firsts.append(self._beginning())

    def reset(self) -> None:
        """Back to the chain as it was when this began."""
        engine = self._rpc.engine
        first = self._firsts[-1]
        if isinstance(first, int):
            engine.revert(first)
            self._firsts[-1] = self._beginning()
            self._taken = {each: state for each, state in self._taken.items() if each < first}
        else:
            engine.load(first)
        self._rpc.pool.state = {}

    def roll_back(self, depth: int) -> None:
        """Undo the latest blocks. Raises: RpcError, if that is too far."""
        rpc = self._rpc
        latest = rpc.engine.block_number
        if depth > latest - rpc.engine.first_block_number:
            raise invalid(
                f"invalid argument 0: depth: cannot undo {depth} blocks: the chain has only "
                f"{latest - rpc.engine.first_block_number} after its first one"
            )
        rpc.engine.roll_back(latest - depth)
        rpc.pool.review()

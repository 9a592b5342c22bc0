"""Places to return to: those that were asked for, the beginning, and any block."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
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

    _Mark = tuple[ClockState, Mapping[tuple[Address, int], Transaction], "_Beginning | None"]

__all__ = ["Snapshots"]


@dataclass(frozen=True, slots=True)
class _Beginning:
    """What a reset leads back to. snapshot: 0, if there is a file of the state instead.      block: the latest one then."""

    snapshot: int
    file: bytes
    block: int
    clock: ClockState


class Snapshots:
    """What evm_snapshot took, and how the chain began. It follows the chain, whoever else goes back."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc
        self._ways = rpc.chain.snapshots
        self._taken: set[int] = set()
        self._begun_at = rpc.clock.state
        self._beginning: _Beginning | None = None
        self._ways.follow(self)
        self.settle()

    def take(self) -> int:
        """Returns: what `restore` takes."""
        number = self._ways.take()
        self._taken.add(number)
        return number

    def restore(self, number: int) -> None:
        """Back to a snapshot. Raises: ProviderError, if there is none."""
        if number not in self._taken:
            raise server_error(f"there is no snapshot {number:#x}")
        self._ways.restore(number)

    def reset(self) -> None:
        """Back to the chain as it was when this began, or when a state was loaded last."""
        beginning = self._beginning or self._begin()
        if beginning.snapshot:
            self._ways.restore(beginning.snapshot)
        else:
            self._ways.load(lambda engine: engine.load(beginning.file))
            self._rpc.clock.state, self._beginning = beginning.clock, beginning

    def roll_back(self, depth: int) -> None:
        """Undo the latest blocks. Raises: RpcError, if that is too far."""
        engine = self._rpc.engine
        latest = engine.block_number
        if depth > latest - engine.first_block_number:
            raise invalid(
                f"invalid argument 0: depth: cannot undo {depth} blocks: the chain has only "
                f"{latest - engine.first_block_number} after its first one"
            )
        self._ways.roll_back(latest - depth)

    # As a follower of the chain

    def mark(self) -> _Mark:
        """When the next block is, what waits for others, and the beginning."""
        return self._rpc.clock.state, self._rpc.pool.state, self._beginning

    def went_back(self, mark: _Mark | None) -> None:
        """Be as it was; what had not begun then begins again."""
        clock, waiting, self._beginning = (self._begun_at, {}, None) if mark is None else mark
        self._rpc.clock.state, self._rpc.pool.state = clock, waiting

    def rolled_back(self, number: int) -> None:
        """What waits goes on waiting. If the beginning is undone, this is another one."""
        beginning = self._beginning
        if beginning is not None and (
            beginning.block > number or (beginning.snapshot and beginning.snapshot not in self._ways)
        ):
            self._beginning = None
        self._rpc.pool.review()

    def loaded(self) -> None:
        """Nothing waits any more."""
        self._beginning = None
        self._rpc.pool.state = {}

    def settle(self) -> None:
        """Forget what is used up, and begin here if nothing is left to return to."""
        self._taken = {each for each in self._taken if each in self._ways}
        if self._beginning is None:
            self._beginning = self._begin()

    def _begin(self) -> _Beginning:
        """Here. Where the past is pruned, which a snapshot would hold up, a file of the state is kept."""
        engine, clock = self._rpc.engine, self._rpc.clock.state
        if engine.history_limit is not None:
            with suppress(ProviderError):  # a fork has no such file
                return _Beginning(0, engine.dump(), engine.block_number, clock)
        return _Beginning(self._ways.take(), b"", engine.block_number, clock)

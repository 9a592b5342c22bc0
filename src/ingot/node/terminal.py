"""What a node shows: it is noted while requests are answered, and told by a thread of its own, which nobody waits for."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final, TextIO

from ingot.engine import RECORD_FRAMES
from ingot.node.events import Answered, BlocksPassed, Execution, Mined, NotMined, WentBack
from ingot.node.explanation import Explainer
from ingot.node.json_lines import JsonTeller
from ingot.node.sources import Sources
from ingot.node.telling import Teller, Wanted
from ingot.node.writer import Writer
from ingot.receipt.console import CONSOLE, mentions_console

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from ingot.engine import Outcome
    from ingot.errors import RpcError
    from ingot.node.events import Listening
    from ingot.rpc import Rpc

__all__ = ["Terminal"]

_HAND_OVER_S: Final = 0.02
_MAX_BLOCKS: Final = 8
"""So many new blocks get lines of their own; of more, the last one."""

_MAX_SEEN: Final = 256
"""So many blocks are remembered, to see which were undone."""

_MAX_DATA: Final = 128 << 10
"""Calldata of executions that are looked at again."""

_MAX_EXECUTIONS: Final = 1_000
"""So many events may wait before executions are no longer looked at."""

_BRING_CODE: Final = frozenset(
    ("anvil_setCode", "hardhat_setCode", "evm_setAccountCode", "anvil_loadState", "hardhat_loadState")
)
"""Methods after which there may be contracts that came in no transaction."""


class Terminal:
    """A Watcher that tells a stream.

    sources: of the project whose contracts it may meet.      can_log: whether contracts are there already.
    """

    def __init__(
        self,
        rpc: Rpc,
        stream: TextIO,
        *,
        sources: Path,
        colour: bool = False,
        json: bool = False,
        wanted: Wanted | None = None,
    ) -> None:
        self._rpc = rpc
        self._engine = rpc.engine
        self._wanted = wanted or Wanted()
        explainer = Explainer(rpc.engine, Sources(sources))
        teller: Teller | JsonTeller
        teller = (
            JsonTeller(explainer, self._wanted) if json else Teller(explainer, self._wanted, colour=colour)
        )
        self._writer = Writer(stream, teller, teller.left_out)
        self._events: list[object] = []
        self._executions: list[Execution] = []
        self._seen = deque([rpc.engine.block(rpc.engine.block_number)], maxlen=_MAX_SEEN)
        rpc.witness = self.executed
        if self._wanted.can_log:
            self._expect_logs()

    # What is told

    def listening(self, event: Listening) -> None:
        """The node serves."""
        self._writer.put([event])

    def request(self, method: str, took_s: float, error: RpcError | None) -> None:
        """See Watcher."""
        executions = tuple(self._executions) if self._executions else ()
        self._executions.clear()
        if error is None:
            self._note(Answered(method, took_s, None, "", executions))
        else:
            self._note(Answered(method, took_s, error.code, error.message, executions))
        if method in _BRING_CODE:
            self._expect_logs()
        if self._rpc.is_tracing:
            self._wanted.calls = True
        last = self._seen[-1]
        if self._engine.block_number != last.number or not self._engine.holds(last):
            self._blocks()

    def executed(self, terms: Mapping[str, Any], number: int | None, outcome: Outcome | None) -> None:
        """See Rpc.witness."""
        is_of_interest = self._wanted.calls or (
            (self._wanted.can_log and _wrote(outcome)) if outcome is None or outcome.succeeded else True
        )
        if not is_of_interest or not self._rpc.is_logging:
            return
        if self._writer.backlog < _MAX_EXECUTIONS and len(terms.get("data", b"")) <= _MAX_DATA:
            self._executions.append(Execution(terms, number, outcome))

    def mined(self, error: RpcError | None) -> None:
        """See Watcher."""
        if not self._rpc.is_logging:
            return
        if error is not None:
            self._note(NotMined(error.message))
        self._blocks()

    def end(self) -> None:
        """Tell what waits, as far as somebody reads it."""
        self._rpc.witness = None
        self._hand_over()
        self._writer.end()

    def _note(self, event: object) -> None:
        if not self._events:
            asyncio.get_running_loop().call_later(_HAND_OVER_S, self._hand_over)
        self._events.append(event)

    def _hand_over(self) -> None:
        events, self._events = self._events, []
        if self._writer.is_closed:
            self._rpc.is_logging = False
        elif events:
            self._writer.put(events)

    # Blocks

    def _blocks(self) -> None:
        engine, seen = self._engine, self._seen
        latest, before = engine.block_number, len(seen)
        while seen and not engine.holds(seen[-1]):
            seen.pop()
        last = seen[-1].number if seen else latest
        if len(seen) < before:
            self._note(WentBack(last))
        if not seen:
            seen.append(engine.block(latest))
        first = last + 1
        if latest - last > _MAX_BLOCKS:
            self._note(BlocksPassed(first, latest - 1))
            self._expect_logs()
            first = latest
        for number in range(first, latest + 1):
            block = engine.block(number)
            seen.append(block)
            if not self._wanted.can_log and any(mentions_console(each.data) for each in block.transactions):
                self._expect_logs()
            self._note(Mined(block))

    def _expect_logs(self) -> None:
        """Contracts may be there that write: calls are recorded from now on, in as much as that needs."""
        if self._wanted.logs:
            self._wanted.can_log = True
            self._rpc.recording = RECORD_FRAMES


def _wrote(outcome: Outcome | None) -> bool:
    """Whether something may have been written: unless it was recorded, that is not known."""
    recording = None if outcome is None else outcome.recording
    return recording is None or any(frame.to == CONSOLE for frame in recording.frames)

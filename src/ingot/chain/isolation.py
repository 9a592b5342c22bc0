"""`with chain.isolate():`"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingot.errors import IngotError

if TYPE_CHECKING:
    from types import TracebackType

    from ingot.chain.chain import Chain

__all__ = ["Isolation"]


class Isolation:
    """A snapshot that is restored on leaving, whatever happened inside. Nests; can be used again."""

    __slots__ = ("_chain", "_entered")

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._entered: list[tuple[int, bool, int]] = []

    def __enter__(self) -> Chain:
        chain = self._chain
        self._entered.append((chain.snapshots.take(), chain.engine.automine, chain.engine.recording))
        return chain

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        snapshot, automine, recording = self._entered.pop()
        engine = self._chain.engine
        try:
            self._chain.restore(snapshot)
        except IngotError:
            # Somebody restored an older snapshot inside: nothing is left to undo. What happened inside comes first.
            if error is None:
                raise
        finally:
            engine.automine = automine
            engine.recording = recording

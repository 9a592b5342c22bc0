"""`with chain.isolate():` on a development node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingot.errors import IngotError

if TYPE_CHECKING:
    from types import TracebackType

    from ingot.remote.chain import RemoteChain

__all__ = ["RemoteIsolation"]


class RemoteIsolation:
    """A snapshot that is restored on leaving, whatever happened inside. Nests; can be used again."""

    __slots__ = ("_chain", "_entered")

    def __init__(self, chain: RemoteChain) -> None:
        self._chain = chain
        self._entered: list[tuple[int, bool]] = []

    def __enter__(self) -> RemoteChain:
        self._entered.append((self._chain.snapshot(), self._chain.automine))
        return self._chain

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        snapshot, automine = self._entered.pop()
        try:
            self._chain.restore(snapshot)
        except IngotError:
            # Somebody restored an older snapshot inside: nothing is left to undo. What happened inside comes first.
            if error is None:
                raise
        finally:
            if self._chain.automine != automine:
                self._chain.automine = automine

"""Scripts that send on a live chain without `ingot run`: journaled all the same, each step waited for to its depth."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ingot.deploy.executor import Spent
from ingot.deploy.journal import read
from ingot.deploy.session import open_journaled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingot.deploy.changes import Answer
    from ingot.deploy.executor import Done
    from ingot.deploy.intent import Intent
    from ingot.deploy.session import Session
    from ingot.deploy.state import State
    from ingot.provider import Provider

__all__ = ["Unattended"]


class Unattended:
    """Opens the journal for each step and closes it again: nobody says when such a script has ended."""

    def __init__(self, session: Session, name: str) -> None:
        self._session = session
        self._name = name
        self._spent: dict[str, Spent] = {}
        self._is_resumed = False

    @property
    def chain(self) -> Provider:
        """The live one."""
        return self._session.chain

    @property
    def state(self) -> State:
        """As in the journal now."""
        return read(self._session.folder(self._name)).state

    def answer(self, intent: Intent, *, is_proxied: bool = False) -> Answer | None:
        """See Executor."""
        return self._session.on_change.about(intent, self.state, is_proxied=is_proxied)

    def transact(self, intent: Intent) -> Done:
        """See Executor. What an earlier run has begun is finished first."""
        executor = open_journaled(self._session, self._name)
        try:
            if not self._is_resumed:
                executor.resume()
                self._is_resumed = True
            done = executor.transact(intent)
            executor.settle()
            self._spent[intent.step] = executor.spent(intent.step)
        finally:
            executor.journal.close()
        return done

    def spent(self, step: str) -> Spent:
        """As the journal had it."""
        return self._spent.get(step, Spent())

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Each step is waited for all the same: without a plan nobody knows what gas the later ones need."""
        yield

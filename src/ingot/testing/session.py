"""What one pytest process holds: the project and its chain, both made when the first fixture asks, and their layers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ingot.testing.failures import Failures
from ingot.testing.isolation import Isolation, Reach

if TYPE_CHECKING:
    from ingot.chain import Chain
    from ingot.project import Project

__all__ = ["SESSION", "Session", "session_of"]

_REACH = {
    "function": Reach.FUNCTION,
    "class": Reach.CLASS,
    "module": Reach.MODULE,
    "package": Reach.PACKAGE,
    "session": Reach.SESSION,
}


class Session:
    """One for each process: under xdist each worker has its own chain.

    root: the folder of the project.      isolate: False leaves every change where it is.
    """

    def __init__(self, root: Path, *, isolate: bool = True) -> None:
        self.root = root
        self.isolate = isolate
        self.isolation = Isolation()
        self.failures = Failures()
        self._open = ExitStack()

    @cached_property
    def chain(self) -> Chain:
        """A local chain with the configuration's accounts: the active one, watched from its first moment."""
        from ingot.config import load_config
        from ingot.networks import use
        from ingot.project import local_chain

        chain = local_chain(load_config(self.root))
        self._open.enter_context(use(chain))
        if self.isolate:
            self.isolation.watch(chain)
        return chain

    @cached_property
    def project(self) -> Project:
        """The project, compiled, on the chain: the active one."""
        from ingot.networks import use
        from ingot.project import load

        project = load(self.root)
        self._open.enter_context(use(self.chain, project=project))
        return project

    def end(self) -> None:
        """Nothing is active any more."""
        self._open.close()

    def begin_fixture(self, fixture: pytest.FixtureDef[Any]) -> None:
        """A fixture is about to be set up. Function scope belongs to the test's own layer."""
        reach = _REACH[fixture.scope]
        if reach > Reach.FUNCTION:
            self.isolation.open(fixture, reach)
            # The first finalizer of a fixture is the last to run: after its own teardown.
            fixture.addfinalizer(lambda: self.isolation.close(fixture))

    def end_fixture(self, fixture: pytest.FixtureDef[Any]) -> None:
        """A fixture has been set up; if a test or a narrower fixture asked for it while running, they go on above."""
        self.isolation.reopen_below(_REACH[fixture.scope])

    @contextmanager
    def test_layer(self, item: pytest.Item) -> Iterator[None]:
        """The layer of one test, its function-scoped fixtures included."""
        lost_before = len(self.isolation.lost)
        with self.isolation.layer(item, Reach.FUNCTION):
            yield
        if len(self.isolation.lost) > lost_before:
            del self.isolation.lost[lost_before:]
            message = (
                f"{item.nodeid} restored a snapshot that is older than the test itself: its later changes reach the "
                "tests after it. Take the snapshot inside the test, or use `with chain.isolate():`."
            )
            item.warn(pytest.PytestWarning(message))


SESSION = pytest.StashKey[Session]()


def session_of(config: pytest.Config) -> Session:
    """The session that the plugin made for this run."""
    return config.stash[SESSION]

"""What one pytest process holds: the project and its chain, both made when the first fixture asks, and their layers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ingot.errors import UsageError
from ingot.testing.failures import Failures
from ingot.testing.isolation import Isolation, Reach

if TYPE_CHECKING:
    from ingot.chain import Chain
    from ingot.config import Config
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
    network: what `--ingot-network` chose, "" for the chain in this process.
    """

    def __init__(self, root: Path, *, isolate: bool = True, network: str = "") -> None:
        self.root = root
        self.isolate = isolate
        self.network = network
        self.is_remote = False
        self.isolation = Isolation()
        self.failures = Failures()
        self._open = ExitStack()

    @cached_property
    def chain(self) -> Chain:
        """The active chain, watched from its first moment: a local one with the configuration's accounts, or a node's.

        Raises: as `ingot.networks.connect`; UsageError, if the node cannot undo what tests do.
        """
        from ingot.config import load_config
        from ingot.networks import use
        from ingot.project import local_chain

        config = load_config(self.root)
        remote = self._remote_chain(config) if self.network else None
        chain = local_chain(config) if remote is None else remote
        self._open.enter_context(use(chain))
        if self.isolate:
            self.isolation.watch(chain)
        return chain

    def _remote_chain(self, config: Config) -> Any:
        from ingot.environment import load_dotenv
        from ingot.networks import KnownNetworks, connect, parse_choice

        load_dotenv(self.root)
        known = KnownNetworks(config)
        choice = parse_choice(self.network, known)
        if choice.is_in_process:
            return None
        chain = self._open.enter_context(closing(connect(choice, config, known=known)))
        if self.isolate and not chain.is_development:
            raise UsageError(
                f"{chain.network} is not a node for development: it cannot undo what a test does. Use anvil or Hardhat "
                "(`anvil --fork-url URL` has the network's state), or --ingot-no-isolation to keep every change"
            )
        self.is_remote = True
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

"""The pytest plugin. In a run that is not of a project of ours it does nothing, and costs an import of three files."""

from __future__ import annotations

import gc
import sys
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ingot.testing.discovery import find_project, is_ape_test, refuse_ape_options, set_ape_aside

if TYPE_CHECKING:
    from ingot.testing.session import Session

__all__: list[str] = []


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Decide whose run this is, before ape's plugin is configured and before the first conftest.py is loaded."""
    config = pluginmanager.get_plugin("pytestconfig")
    if config is None or (root := find_project(config)) is None or is_ape_test(config):
        return
    ape_was_loaded = set_ape_aside(pluginmanager)
    group = parser.getgroup("ingot", "ingot: tests of Solidity contracts")
    group.addoption(
        "--ingot-no-isolation",
        action="store_true",
        help="keep every change of the chain: no test, fixture or Hypothesis example is undone",
    )
    group.addoption(
        "--ingot-network",
        default="",
        metavar="CHOICE",
        help="run on a node instead of the chain in this process: its URL, or ecosystem:network:provider",
    )
    # Before conftest.py, so that our autouse fixture surrounds the user's.
    from ingot.testing import fixtures

    pluginmanager.register(fixtures, "ingot-fixtures")
    pluginmanager.register(ProjectRun(root, ape_was_loaded=ape_was_loaded), "ingot-run")


class ProjectRun:
    """The hooks of a run that is ours."""

    def __init__(self, root: Path, *, ape_was_loaded: bool) -> None:
        self._root = root
        self._ape_was_loaded = ape_was_loaded
        self._session: Session | None = None
        self._has_profile = False

    @property
    def session(self) -> Session:
        """Made by pytest_configure."""
        if self._session is None:
            raise RuntimeError("pytest asked for a test before it was configured")
        return self._session

    @pytest.hookimpl(tryfirst=True)
    def pytest_load_initial_conftests(self, parser: pytest.Parser, args: list[str]) -> None:
        """The command line is complete, and not yet refused."""
        refuse_ape_options(parser, args, was_loaded=self._ape_was_loaded)

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """After Hypothesis has read its own options, so that a profile chosen there is the one that we extend."""
        from ingot.testing.nodes import LOCAL_CHAIN
        from ingot.testing.session import SESSION, Session

        self._session = Session(
            self._root,
            isolate=not config.getoption("--ingot-no-isolation"),
            network=config.getoption("--ingot-network"),
        )
        config.stash[SESSION] = self._session
        config.addinivalue_line(
            "markers", f"{LOCAL_CHAIN}(reason): needs the chain in this process; skipped on a node"
        )
        if self._session.network:
            from ingot.testing.nodes import connect_to_node

            # Now, so that a node that is not there is told once, and before the settings profile, which depends on it.
            connect_to_node(self._session, config)
        if "hypothesis" in sys.modules:
            self._load_profile()

    def pytest_unconfigure(self) -> None:
        """Leave the process as it was: another run may follow in it."""
        if self._session is not None:
            self._session.end()

    def pytest_report_header(self) -> str:
        """One line above the tests."""
        from ingot import __version__

        where = f", on {self.session.chain!r}" if self.session.is_remote else ""
        return f"ingot {__version__}: {self._root}{where}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> None:
        """What is imported by now stays: the garbage collector need not look at it again. A fifth of a short run."""
        gc.freeze()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Skip on a node what needs the chain in this process."""
        if self.session.is_remote:
            from ingot.testing.nodes import skip_local

            skip_local(item)

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makemodule(self, module_path: Path) -> None:
        """Load the profile before a module that uses Hypothesis: its decorators copy the settings in force."""
        if not self._has_profile and ("hypothesis" in sys.modules or _mentions_hypothesis(module_path)):
            self._load_profile()

    def _load_profile(self) -> None:
        from ingot.testing.examples import load_profile

        self._has_profile = True
        load_profile(is_remote=self.session.is_remote)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
        """Isolation for each scope."""
        self.session.begin_fixture(fixturedef)
        try:
            return (yield)
        finally:
            self.session.end_fixture(fixturedef)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Isolation for each example."""
        from ingot.testing.examples import isolated_examples

        with isolated_examples(getattr(item, "obj", None), self.session):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo[Any]) -> Generator[None, Any, Any]:
        """Show the user's lines and the transaction that failed."""
        from ingot.testing.failures import hidden_toolkit

        with hidden_toolkit(call.excinfo):
            report = yield
        self.session.failures.explain(call, report)
        return report


def _mentions_hypothesis(path: Path) -> bool:
    try:
        return b"hypothesis" in path.read_bytes()
    except OSError:
        return False

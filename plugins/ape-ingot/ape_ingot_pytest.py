"""Under `ape test` with ape-ingot: every Hypothesis example may start from the state in which its test began.

A module of its own: pytest imports it in every run, and importing ape would take a second. Outside `ape test` it does nothing.
"""

from __future__ import annotations

import gc
import sys
import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ingot.testing.session import Session

OPTION = "--isolate-examples"
"""Turns isolation on for a run; `ingot: isolate_examples: true` in ape-config.yaml does for all."""


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Take part in ape's runs only."""
    from ingot.testing.discovery import is_ape_test

    config = pluginmanager.get_plugin("pytestconfig")
    if config is None or not is_ape_test(config):
        return
    parser.getgroup("ape-ingot", "ape-ingot").addoption(
        OPTION,
        action="store_true",
        help="restore the chain after every Hypothesis example (with the provider ingot)",
    )
    pluginmanager.register(ApeRun(), "ape-ingot-run")


class ApeRun:
    """The hooks of a run of `ape test`."""

    def __init__(self) -> None:
        self._isolate = False
        self._is_warned = False
        self._refusal = ""

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Before the first test module is imported: its decorators copy the settings in force."""
        self._refusal = _refusal()
        if self._refusal:
            if str(config.getoption("network", "")).endswith("ingot"):
                raise pytest.UsageError(self._refusal)
            return
        with _in_a_sentence():
            self._isolate = config.getoption(OPTION) or _config().isolate_examples
        if self._isolate:
            from ingot.testing.examples import load_profile

            load_profile()

    def pytest_report_header(self) -> str | None:
        """Which of two compilers it is."""
        return None if self._refusal else f"solidity: compiled by {_config().compiler}"

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_finish(self) -> Generator[None, Any, Any]:
        """Ape connects here. What is wrong with the configuration is said in a sentence, not as pytest's internal error."""
        with _in_a_sentence(self._refusal):
            return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> None:
        """Everything is imported and connected: what is alive now stays, and the garbage collector need not look at it again.

        pytest collects five times when it ends, and ape's modules are a million objects: a quarter of a whole run.
        """
        if _provider() is not None:
            gc.freeze()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, None]:
        """Around the test, within ape's own isolation of it."""
        test = getattr(item, "obj", None)
        provider = _provider()
        if provider is None or "hypothesis" not in sys.modules:
            yield
            return
        from ingot.testing.examples import isolated_examples

        examples: Any = Examples(provider, isolate=self._isolate)
        session: Session = examples
        with isolated_examples(getattr(test, "__func__", test), session):
            yield
        if examples.has_leaked and not self._is_warned:
            self._is_warned = True
            warnings.warn(
                pytest.PytestWarning(
                    f"{item.nodeid}: a Hypothesis example began in a state that an example before it had changed; "
                    f"ape test {OPTION}, or `ingot: isolate_examples: true` in ape-config.yaml, restores the chain "
                    "after each"
                ),
                stacklevel=1,
            )

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
        """Lines of Solidity below those of Python, for an error that nobody expected."""
        if call.excinfo is not None and _provider() is not None:
            from ape.exceptions import ContractLogicError

            if isinstance(call.excinfo.value, ContractLogicError):
                _add_lines(call.excinfo.value)
        yield


def _add_lines(error: Any) -> None:
    """As ape does it when it raises; ours raises without, because most errors in tests are expected."""
    try:
        last, lines = error.__traceback__, error._get_ape_traceback()
    except Exception as failed:  # the report of a test is no place to fail
        error.add_note(f"ape-ingot could not find the lines of Solidity: {failed!r}")
        return
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is not None:
        last.tb_next = lines


class Examples:
    """What happens around each example: what `ingot.testing.examples` wants of a session."""

    def __init__(self, provider: Any, *, isolate: bool) -> None:
        self.isolation = self
        self.failures = self
        self.has_leaked = False
        self._chain = provider.chain_manager
        self._provider = provider
        self._isolate = isolate
        self._began: dict[int, Any] = {}

    def open(self, owner: object, reach: object) -> None:
        """An example begins."""
        del reach
        self._began[id(owner)] = (
            self._chain.snapshot() if self._isolate else self._provider.engine.block_number
        )

    def close(self, owner: object) -> None:
        """An example has ended."""
        began = self._began.pop(id(owner))
        if self._isolate:
            self._chain.restore(began)
        elif self._provider.engine.block_number != began:
            self.has_leaked = True

    def remember(self, error: Exception) -> None:
        """Ape reports failures itself."""


def _refusal() -> str:
    """Why this plugin does not work with the eth-ape that is installed; empty if it does."""
    try:
        import ape_ingot
    except ImportError as error:
        return str(error)
    del ape_ingot
    return ""


@contextmanager
def _in_a_sentence(refusal: str = "") -> Iterator[None]:
    """Raises: UsageError, with ape's words, where ape raised anything of its own."""
    from ape.exceptions import ApeException

    try:
        yield
    except Exception as error:
        found: BaseException | None = error
        while found is not None and not isinstance(found, ApeException):
            found = found.__cause__ or found.__context__  # pluggy's warning, where warnings are errors
        if found is None:
            raise
        raise pytest.UsageError(_advice(str(found).strip(), refusal)) from error


def _advice(text: str, refusal: str) -> str:
    """What to do where ape does not say it."""
    if not text.startswith("No provider named"):
        return text
    if "named 'ingot'" in text:
        return refusal or f"{text} It is a chain of its own: --network ethereum:local:ingot"
    if "Options:" not in text:
        return text
    options = text.replace("Options:\n", "Options: ").replace("\n", ", ")
    return f"{options}. Choose one with --network or `default_provider` in ape-config.yaml, or install the plugin of that one."


def _config() -> Any:
    from ape.utils.basemodel import ManagerAccessMixin

    return ManagerAccessMixin.config_manager.get_config("ingot")


def _provider() -> Any:
    """The provider in use, if it is ours."""
    from ape.utils.basemodel import ManagerAccessMixin

    provider = ManagerAccessMixin.network_manager.active_provider
    return provider if provider is not None and provider.name == "ingot" and provider.is_connected else None

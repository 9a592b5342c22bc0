"""The provider's connection: to a chain that it makes itself, inside this process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

from ape.api.providers import TestProviderAPI
from ape.exceptions import ProviderError, ProviderNotConnectedError
from ape_ethereum.provider import Web3Provider
from web3.types import RPCEndpoint

import ingot
from ape_ingot.seeding import seed
from ingot.engine import RECORD_FRAMES
from ingot.errors import IngotError

if TYPE_CHECKING:
    from web3 import Web3

    from ape_ingot.config import IngotConfig
    from ape_ingot.solidity.lines import Lines
    from ingot.engine import Engine

__all__ = ["IngotConnection"]

_MOST_GAS = 1 << 24
"""Of one transaction, since Osaka (EIP-7825)."""

_OF_ACCOUNTS = frozenset(["mnemonic", "number_of_accounts", "balance", "hd_path"])
"""What ape hands to `update_settings` besides: `accounts.mnemonic = ...` does."""


class IngotConnection(TestProviderAPI, Web3Provider):
    """Making a chain, and dropping it."""

    NAME: ClassVar[str] = "ingot"

    _chain: Any = None
    _engine: Any = None
    _most_gas: int = 0
    _chain_id: int | None = None
    _chain_web3: Any = None
    _first_account: Any = None
    _lines: Any = None
    _coverage: Any = None

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Not Web3Provider's, which wraps `send_transaction` in the search for debug logs: an eth_call each time."""
        del args, kwargs
        provider: Self = super(Web3Provider, cls).__new__(cls)
        return provider

    @property
    def settings(self) -> IngotConfig:
        """`ingot:` of the configuration, and what `--network` or `use_provider` give besides."""
        return cast("IngotConfig", self.config).changed(self.provider_settings)

    @property
    def is_connected(self) -> bool:
        """Whether there is a chain."""
        return self._chain is not None

    @property
    def chain(self) -> ingot.Chain:
        """The chain itself, with all that it can do besides."""
        if self._chain is None:
            raise ProviderNotConnectedError()  # type: ignore[no-untyped-call]
        return self._chain  # type: ignore[no-any-return]

    @property
    def engine(self) -> Engine:
        """What executes."""
        if self._engine is None:
            raise ProviderNotConnectedError()  # type: ignore[no-untyped-call]
        return self._engine  # type: ignore[no-any-return]

    @property
    def lines(self) -> Lines:
        """What the sources of the project say about the code that runs."""
        project = self.local_project
        if self._lines is None or self._lines.project is not project:
            from ape_ingot.solidity.lines import Lines

            self._lines = Lines(project)
        return self._lines  # type: ignore[no-any-return]

    def connect(self) -> None:
        """Make a new chain."""
        settings, test = self.settings, self.config_manager.get_config("test")
        try:
            chain = ingot.Chain(
                hardfork=settings.hardfork,
                chain_id=self.chain_id,
                timestamp=settings.timestamp,
                gas_limit=settings.block_gas_limit,
                base_fee=settings.base_fee,
                code_size_limit=settings.code_size_limit,
                mnemonic=test.mnemonic,
                number_of_accounts=test.number_of_accounts,
                balance=test.balance,
                hd_path=test.hd_path,
            )
        except IngotError as error:
            raise ProviderError(f"ingot: {error}") from error
        self._chain, self._engine = chain, chain.engine
        self._chain.automine = settings.auto_mine and test.provider.auto_mine
        self._engine.recording = self._track()
        self._engine.base_fee = None  # by the rule from the first block on
        self._first_account = chain.accounts[0].address if test.number_of_accounts else None
        at_most = chain.hardfork in ("osaka", "bpo1", "bpo2", "amsterdam")
        self._most_gas = _MOST_GAS if at_most else 0
        seed(self.network)
        self._post_connect()  # type: ignore[no-untyped-call]

    def _track(self) -> int:
        """What must be recorded of all that is executed: more, if coverage is wanted."""
        runner = self._test_runner
        if runner is None or not runner.coverage_tracker.enabled:
            self._coverage = None
            return RECORD_FRAMES
        from ape_ingot.solidity.coverage import WITH_WAYS, coverage_of

        self._coverage = coverage_of(runner.coverage_tracker, self.lines)
        return WITH_WAYS

    def disconnect(self) -> None:
        """Drop the chain."""
        if self._chain is not None:
            self.chain_manager._snapshots[self.chain_id] = []
        self._chain = self._engine = self._chain_web3 = self._chain_id = None
        self._transaction_trace_cache.clear()

    def update_settings(self, new_settings: dict[str, Any]) -> None:
        """A new chain with other settings. Those of accounts are the configuration's, which ape has changed already."""
        of_chain = {name: value for name, value in new_settings.items() if name not in _OF_ACCOUNTS}
        settings = {**self.provider_settings, **of_chain}
        cast("IngotConfig", self.config).changed(settings)  # refuses before the chain is dropped
        self.disconnect()
        self.provider_settings = settings
        self.connect()

    @property
    def chain_id(self) -> int:
        """`ingot: chain_id`, else that of ape's own local provider."""
        if self._chain_id is None:
            chain_id = self.settings.chain_id
            self._chain_id = (
                self.config_manager.get_config("test").provider.chain_id if chain_id is None else chain_id
            )
        return self._chain_id

    @property
    def connection_id(self) -> str | None:
        """One chain for each chain id, and for each choice of settings: ape goes back to the one that has this name.

        A setting that says what the configuration says is none: pytest's isolation would guard another chain than the test's.
        """
        name = f"{self.network_choice}:{self.chain_id}"
        if not self.provider_settings:
            return name
        usual = {**self.config.model_dump(), "chain_id": self.chain_id}
        others = {key: value for key, value in self.settings.model_dump().items() if value != usual[key]}
        others.pop("chain_id", None)
        return f"{name}:{sorted(others.items())}" if others else name

    @property
    def network_choice(self) -> str:
        """What `--network` takes."""
        return f"{self.network.choice}:{self.name}"

    @property
    def http_uri(self) -> str | None:
        """None: there is no server."""
        return None

    @property
    def ws_uri(self) -> str | None:
        """None: there is no server."""
        return None

    @property
    def ipc_path(self) -> Path | None:
        """None: there is no server."""
        return None

    @property
    def client_version(self) -> str:
        """As web3_clientVersion says it."""
        return f"ingot/{ingot.__version__}"

    @property
    def web3(self) -> Web3:
        """A Web3 over this chain, made when it is first asked for. Everybody may be sent for."""
        if self._chain_web3 is None:
            made = ingot.web3(self.chain)
            made.provider.make_request(RPCEndpoint("anvil_autoImpersonateAccount"), [True])
            self._chain_web3 = made
        return self._chain_web3  # type: ignore[no-any-return]

    @property
    def supports_tracing(self) -> bool:
        """Always."""
        return True

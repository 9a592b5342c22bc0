"""The provider: ape's view of a chain inside this process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from ape.api.providers import CallResult, TestProviderAPI
from ape.exceptions import (
    BlockNotFoundError,
    ProviderError,
    ProviderNotConnectedError,
    TransactionError,
    TransactionNotFoundError,
    UnknownSnapshotError,
)
from ape.logging import logger
from ape.utils.misc import ZERO_ADDRESS, gas_estimation_error_message
from ape_ethereum.provider import Web3Provider
from eth_pydantic_types import HexBytes
from web3.types import RPCEndpoint

import ingot
from ape_ingot.accounts import IngotAccount
from ape_ingot.blocks import block_of, pending_block
from ape_ingot.failures import failure_of, refusal_of
from ape_ingot.receipts import receipt_of, signature_of
from ape_ingot.requests import overrides_of, request_of, topic_of, transaction_of
from ape_ingot.seeding import seed
from ape_ingot.traces import IngotCallTrace, IngotTrace, console_lines, uses_console
from ingot.engine import RECORD_FRAMES
from ingot.errors import IngotError, InvalidTransaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ape.api.accounts import TestAccountAPI
    from ape.api.providers import BlockAPI
    from ape.api.trace import TraceAPI
    from ape.api.transactions import ReceiptAPI, TransactionAPI
    from ape.types.address import AddressType
    from ape.types.events import ContractLog, LogFilter
    from ape.types.vm import BlockID, ContractCode, SnapshotID
    from web3 import Web3

    from ape_ingot.config import IngotConfig
    from ingot.engine import Block, Engine, Outcome, Transaction

__all__ = ["IngotProvider"]

_MOST_GAS = 1 << 24
"""Of one transaction, since Osaka (EIP-7825)."""


class IngotProvider(TestProviderAPI, Web3Provider):
    """`ethereum:local:ingot`."""

    NAME: ClassVar[str] = "ingot"

    _chain: Any = None
    _engine: Any = None
    _most_gas: int = 0
    _chain_id: int | None = None
    _chain_web3: Any = None
    _first_account: Any = None

    def __new__(cls, *args: Any, **kwargs: Any) -> IngotProvider:
        """Not Web3Provider's, which wraps `send_transaction` in the search for debug logs: an eth_call each time."""
        del args, kwargs
        provider: IngotProvider = super(Web3Provider, cls).__new__(cls)
        return provider

    # Connection

    @property
    def settings(self) -> IngotConfig:
        """`ingot:` of the configuration, and what `--network` or `use_provider` give besides."""
        config: IngotConfig = self.config
        return config.model_copy(update=self.provider_settings) if self.provider_settings else config

    @property
    def is_connected(self) -> bool:
        """Whether there is a chain."""
        return self._chain is not None

    @property
    def chain(self) -> ingot.Chain:
        """The chain itself, with all that it can do besides."""
        if self._chain is None:
            raise ProviderNotConnectedError()
        return self._chain  # type: ignore[no-any-return]

    @property
    def engine(self) -> Engine:
        """What executes."""
        if self._engine is None:
            raise ProviderNotConnectedError()
        return self._engine  # type: ignore[no-any-return]

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
        self._engine.recording = RECORD_FRAMES
        self._engine.base_fee = None  # by the rule from the first block on
        self._first_account = chain.accounts[0].address if test.number_of_accounts else None
        at_most = chain.hardfork in ("osaka", "bpo1", "bpo2", "amsterdam")
        self._most_gas = _MOST_GAS if at_most else 0
        seed(self.network)
        self._post_connect()

    def disconnect(self) -> None:
        """Drop the chain."""
        if self._chain is not None:
            self.chain_manager._snapshots[self.chain_id] = []
        self._chain = self._engine = self._chain_web3 = self._chain_id = None
        self._transaction_trace_cache.clear()
        self.provider_settings = {}

    def update_settings(self, new_settings: dict[str, Any]) -> None:
        """A new chain with other settings."""
        settings = {**self.provider_settings, **new_settings}
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
        """One chain for each chain id."""
        return f"{self.network_choice}:{self.chain_id}"

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

    # State

    @property
    def auto_mine(self) -> bool:
        """Whether each transaction is mined at once."""
        return self.engine.automine

    @auto_mine.setter
    def auto_mine(self, value: bool) -> None:
        if not isinstance(value, bool):
            raise TypeError("Expecting bool-value for auto_mine setter.")
        self.engine.automine = value

    @property
    def max_gas(self) -> int:
        """The most that a transaction may use: the block's limit, or EIP-7825's."""
        limit = self.engine.gas_limit
        return min(limit, self._most_gas) if self._most_gas else limit

    @property
    def base_fee(self) -> int:
        """Of the next block."""
        return self.engine.base_fee

    @property
    def gas_price(self) -> int:
        """The base fee: no tip is needed."""
        return self.engine.base_fee

    @property
    def priority_fee(self) -> int:
        """None is needed."""
        return 0

    def _number(self, block_id: BlockID | None) -> int | None:
        """None stands for the state now."""
        if block_id is None or block_id in ("latest", "pending"):
            return None
        return self._native_block(block_id).number

    def get_balance(self, address: AddressType, block_id: BlockID | None = None) -> int:
        """In wei."""
        return self.engine.balance(address, self._number(block_id))

    def get_nonce(self, address: AddressType, block_id: BlockID | None = None) -> int:
        """Of the next transaction."""
        return self.engine.nonce(address, self._number(block_id))

    def get_code(self, address: AddressType, block_id: BlockID | None = None) -> ContractCode:
        """Runtime code."""
        return HexBytes(self.engine.code(address, self._number(block_id)))

    def get_storage(self, address: AddressType, slot: int, block_id: BlockID | None = None) -> HexBytes:
        """32 bytes."""
        return HexBytes(self.engine.storage(address, slot, self._number(block_id)).to_bytes(32))

    def set_balance(self, address: AddressType, amount: int) -> None:
        """In wei."""
        self.engine.set_balance(address, amount)

    def set_code(self, address: AddressType, code: ContractCode) -> bool:
        """Runtime code, hex or bytes."""
        self.engine.set_code(address, bytes(HexBytes(code)))
        return True

    def set_storage(self, address: AddressType, slot: int, value: HexBytes) -> None:
        """A word."""
        self.engine.set_storage(address, slot, int.from_bytes(HexBytes(value)))

    def unlock_account(self, address: AddressType) -> bool:
        """Anybody can send."""
        del address
        return True

    def relock_account(self, address: AddressType) -> None:
        """Nothing was unlocked."""

    def get_test_account(self, index: int) -> TestAccountAPI:
        """One of the accounts of the mnemonic."""
        try:
            account = self.chain.accounts[index]
        except IndexError as error:
            raise IndexError(f"No account at index '{index}'") from error
        keys: list[bytes] = []
        account.give_key(keys.append)
        return IngotAccount(index=index, address_str=str(account.address), private_key="0x" + keys[0].hex())

    def add_account(self, private_key: str) -> None:
        """Hold one more key."""
        self.engine.add_key(bytes(HexBytes(private_key)))

    # Blocks and time

    def _native_block(self, block_id: BlockID) -> Block:
        engine = self.engine
        if isinstance(block_id, str) and block_id.isnumeric():
            block_id = int(block_id)
        block: Block | None = None
        if block_id in ("latest", "safe", "finalized"):
            block = engine.block(engine.block_number)
        elif block_id == "earliest":
            block = engine.block(engine.first_block_number)
        elif isinstance(block_id, int):
            if engine.first_block_number <= block_id <= engine.block_number:
                block = engine.block(block_id)
        else:
            data = bytes(HexBytes(block_id))
            if len(data) == 32:
                block = engine.block_by_hash(data)
            elif len(data) <= 8:
                return self._native_block(int.from_bytes(data))
        if block is None:
            shown = hex(block_id) if isinstance(block_id, int) else block_id
            raise BlockNotFoundError(block_id, reason=f"Block with id: {shown!r} not found.")
        return block

    def get_block(self, block_id: BlockID) -> BlockAPI:
        """By number, hash or name; the pending one too."""
        return pending_block(self.engine) if block_id == "pending" else block_of(self._native_block(block_id))

    def _get_latest_block(self) -> BlockAPI:
        return self.get_block("latest")

    def mine(self, num_blocks: int = 1) -> None:
        """Mine blocks; what waits goes into the first."""
        self.engine.mine(num_blocks)

    def set_timestamp(self, new_timestamp: int) -> None:
        """Of the next block."""
        engine = self.engine
        if new_timestamp == engine.pending_timestamp:
            return
        if new_timestamp == engine.block(engine.block_number).timestamp:
            return  # as ape's own provider has it
        try:
            engine.pending_timestamp = new_timestamp
        except IngotError as error:
            raise ProviderError(f"Failed to time travel: {error}") from error

    def snapshot(self) -> SnapshotID:
        """Remember everything."""
        return self.chain.snapshot()

    def restore(self, snapshot_id: SnapshotID) -> None:
        """Back to a snapshot; it and later ones are used up."""
        try:
            self.chain.restore(snapshot_id)  # type: ignore[arg-type]
        except IngotError as error:
            raise UnknownSnapshotError(snapshot_id) from error
        self._transaction_trace_cache.clear()

    # Transactions

    def prepare_transaction(self, txn: TransactionAPI) -> TransactionAPI:
        """Fill in what is not given."""
        if txn.gas_limit is None and self.network.gas_limit == "max":
            txn.gas_limit = self.max_gas
        return super().prepare_transaction(txn)

    def estimate_gas_cost(self, txn: TransactionAPI, block_id: BlockID | None = None, **kwargs: Any) -> int:
        """The least gas with which it succeeds. Raises: ContractLogicError, if it cannot."""
        del block_id, kwargs
        if isinstance(self.network.gas_limit, int):
            return self.network.gas_limit
        request = request_of(txn)
        for name in ("gas_limit", "nonce", "type", "gas_price", "max_fee", "max_priority_fee"):
            request.pop(name, None)
        request.pop("blob_hashes", None), request.pop("max_fee_per_blob_gas", None)
        try:
            gas = self.engine.estimate_gas(**request)
        except InvalidTransaction as error:
            refusal = refusal_of(error, txn)
            message = gas_estimation_error_message(refusal)
            raise TransactionError(message, base_err=refusal, txn=txn, set_ape_traceback=False) from error
        if isinstance(gas, int):
            return gas
        raise failure_of(gas, txn)

    def send_transaction(self, txn: TransactionAPI) -> ReceiptAPI:
        """Send; mined at once, unless automine is off."""
        engine = self._engine
        try:
            if txn.signature is not None or txn.sender is None:
                native = engine.send_raw(txn.serialize_transaction())
            else:
                native = engine.send(**request_of(txn))
        except InvalidTransaction as error:
            refusal = refusal_of(error, txn)
            if txn.raise_on_revert:
                raise refusal from error
            return self._refused(txn, refusal)
        if txn.signature is None:
            txn.signature = signature_of(native)
        receipt = receipt_of(native, txn, engine)
        self._remember(receipt)
        if native.is_mined:
            self._conclude(receipt, native)
        return receipt

    def _remember(self, receipt: ReceiptAPI) -> None:
        """What `history.append` does, which compares with every receipt of the account: ours is always new."""
        history = self.chain_manager.history
        history._hash_to_receipt_map[receipt.txn_hash] = receipt
        history._get_account_history(receipt.transaction.sender or ZERO_ADDRESS).sessional.append(receipt)

    def _refused(self, txn: TransactionAPI, refusal: Exception) -> ReceiptAPI:
        from ape_ethereum.transactions import Receipt

        receipt = Receipt.model_construct(
            block_number=-1,
            gas_used=0,
            status=0,
            txn_hash="0x" + bytes(txn.txn_hash).hex() if txn.signature else "",
            transaction=txn,
            gas_limit=txn.gas_limit,
            gas_price=txn.max_fee or 0,
            logs=[],
        )
        receipt.error = refusal
        logger.error(refusal)
        return receipt

    def _conclude(self, receipt: ReceiptAPI, native: Transaction) -> None:
        """Print what the contracts print, and raise what they raise."""
        outcome = native.outcome
        if uses_console(outcome):
            for line in console_lines(outcome):
                logger.info(f"[DEBUG-LOG] {line}")
        if not outcome.succeeded:
            error = failure_of(outcome, receipt)
            error.trace = lambda: receipt.trace
            receipt.error = error
            if receipt.transaction.raise_on_revert:
                raise error
            logger.error(error)
        confirmations = receipt.transaction.required_confirmations
        if confirmations:
            missing = receipt.block_number + confirmations - self.engine.block_number
            if missing > 0:
                self.engine.mine(missing)

    def send_call(
        self,
        txn: TransactionAPI,
        block_id: BlockID | None = None,
        state: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> HexBytes:
        """The data that a call returns."""
        engine = self._engine
        # As ape's own provider does it: after the latest block and with its header, by the first account.
        number = engine.block_number if block_id is None else self._number(block_id)
        outcome: Outcome = engine.call(
            sender=txn.sender or self._first_account,
            to=txn.receiver or None,
            data=txn.data,
            value=txn.value,
            block=number,
            overrides=overrides_of(state if state is not None else kwargs.get("state_override")),
        )
        runner = self._test_runner
        if runner is not None and not kwargs.get("skip_trace"):
            self._track_call(txn, outcome)
        if kwargs.get("show_gas_report"):
            IngotCallTrace.of(txn, outcome).show_gas_report()
        if kwargs.get("show_trace"):
            IngotCallTrace.of(txn, outcome).show()
        if outcome.succeeded:
            return HexBytes(outcome.output)
        error = failure_of(outcome, txn)
        error.trace = lambda: IngotCallTrace.of(txn, outcome)
        if kwargs.get("raise_on_revert", txn.raise_on_revert):
            raise error
        logger.error(error)
        return CallResult.from_revert(error)  # type: ignore[return-value]

    def _track_call(self, txn: TransactionAPI, outcome: Outcome) -> None:
        runner = self._test_runner
        if runner.gas_tracker.enabled and txn.receiver:
            runner.gas_tracker.append_gas(IngotCallTrace.of(txn, outcome), txn.receiver)
        if runner.coverage_tracker.enabled:
            self._increment_call_func_coverage_hit_count(txn)

    def get_receipt(self, txn_hash: str, required_confirmations: int = 0, **kwargs: Any) -> ReceiptAPI:
        """Of a transaction of this chain."""
        del required_confirmations, kwargs
        digest = bytes(HexBytes(txn_hash))
        native = self.engine.transaction(digest) if len(digest) == 32 else None
        if native is None:
            raise TransactionNotFoundError(transaction_hash=txn_hash)
        receipt = receipt_of(native, transaction_of(native, self.network.ecosystem), self.engine)
        if native.is_mined and not native.succeeded:
            receipt.error = failure_of(native.outcome, receipt)
        return receipt

    def get_transactions_by_block(self, block_id: BlockID) -> Iterator[TransactionAPI]:
        """In order."""
        for native in self._native_block(block_id).transactions:
            yield transaction_of(native, self.network.ecosystem)

    def get_transactions_by_account_nonce(
        self, account: AddressType, start_nonce: int = 0, stop_nonce: int = -1
    ) -> Iterator[ReceiptAPI]:
        """The receipts of what an account has sent, from one nonce to another."""
        if start_nonce > stop_nonce:
            raise ValueError("Starting nonce cannot be greater than stop nonce for search")
        engine = self.engine
        for number in range(engine.first_block_number, engine.block_number + 1):
            for native in engine.block(number).transactions:
                if native.sender == account and start_nonce <= native.nonce <= stop_nonce:
                    yield self.get_receipt("0x" + native.hash.hex())

    def get_contract_logs(self, log_filter: LogFilter) -> Iterator[ContractLog]:
        """Those that the filter lets through, decoded."""
        engine = self.engine
        latest = engine.block_number
        stop = latest if log_filter.stop_block is None else min(latest, log_filter.stop_block)
        start = max(engine.first_block_number, log_filter.start_block)
        if start > stop:
            return
        from ape_ingot.receipts import raw_log

        found = engine.logs(
            from_block=start,
            to_block=stop,
            addresses=list(log_filter.addresses or ()),
            topics=[topic_of(topic) for topic in log_filter.topic_filter or ()],
        )
        yield from self.network.ecosystem.decode_logs(
            [raw_log(native, log, engine.block(native.block_number)) for native, log in found],
            *log_filter.events,
        )

    def create_access_list(self, transaction: TransactionAPI, block_id: BlockID | None = None) -> list[Any]:
        """None: a transaction of type 1 says its own."""
        del transaction, block_id
        return []

    # Traces

    def get_transaction_trace(self, transaction_hash: str, **kwargs: Any) -> TraceAPI:
        """What a transaction did, call by call."""
        cache = self._transaction_trace_cache
        if transaction_hash not in cache:
            kwargs.pop("call_trace_approach", None)
            cache[transaction_hash] = IngotTrace(transaction_hash=transaction_hash, **kwargs)
        return cache[transaction_hash]

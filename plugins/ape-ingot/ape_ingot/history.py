"""The provider's history: blocks and their time, snapshots, and what was mined: receipts and logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ape.exceptions import (
    BlockNotFoundError,
    ProviderError,
    TransactionError,
    TransactionNotFoundError,
    UnknownSnapshotError,
)
from eth_pydantic_types import HexBytes
from eth_utils.hexadecimal import is_hexstr

from ape_ingot.blocks import block_of, pending_block
from ape_ingot.connection import IngotConnection
from ape_ingot.failures import failure_of
from ape_ingot.receipts import raw_log, receipt_of
from ape_ingot.requests import topic_of, transaction_of
from ape_ingot.traces import IngotTrace
from ingot.errors import IngotError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ape.api.providers import BlockAPI
    from ape.api.trace import TraceAPI
    from ape.api.transactions import ReceiptAPI, TransactionAPI
    from ape.types.address import AddressType
    from ape.types.events import ContractLog, LogFilter
    from ape.types.vm import BlockID, SnapshotID

    from ingot.engine import Block

__all__ = ["IngotHistory"]


class IngotHistory(IngotConnection):
    """What has happened, and going back."""

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
        elif isinstance(block_id, str) and not is_hexstr(block_id):
            raise BlockNotFoundError(
                block_id, reason=f"{block_id!r} is no number, no hash and no name of a block."
            )
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

    def _number(self, block_id: BlockID | None) -> int | None:
        """None stands for the state now."""
        if block_id is None or block_id in ("latest", "pending"):
            return None
        return self._native_block(block_id).number

    def get_block(self, block_id: BlockID) -> BlockAPI:
        """By number, hash or name; the pending one too."""
        return pending_block(self.engine) if block_id == "pending" else block_of(self._native_block(block_id))

    def _get_latest_block(self) -> BlockAPI:
        return self.get_block("latest")

    def mine(self, num_blocks: int = 1) -> None:
        """Mine blocks; what waits goes into the first."""
        if num_blocks > 0:
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
            self.chain.restore(snapshot_id)
        except IngotError as error:
            raise UnknownSnapshotError(snapshot_id) from error
        self._transaction_trace_cache.clear()

    # What was mined

    def get_receipt(
        self, txn_hash: str, required_confirmations: int = 0, timeout: int | None = None, **kwargs: Any
    ) -> ReceiptAPI:
        """Of a transaction of this chain."""
        del kwargs
        if required_confirmations < 0:
            raise TransactionError("Required confirmations cannot be negative.")
        digest = bytes(HexBytes(txn_hash))
        native = self.engine.transaction(digest) if len(digest) == 32 else None
        if native is None:
            if timeout is None:
                timeout = self.network.transaction_acceptance_timeout
            raise TransactionNotFoundError(
                transaction_hash=txn_hash,
                error_message=f"Transaction '{txn_hash}' is not in the chain after {timeout} seconds",
            )
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
        engine, sender = self.engine, str(account)
        for number in range(engine.first_block_number, engine.block_number + 1):
            for native in engine.block(number).transactions:
                if native.sender == sender and start_nonce <= native.nonce <= stop_nonce:
                    yield self.get_receipt("0x" + native.hash.hex())

    def get_contract_logs(self, log_filter: LogFilter) -> Iterator[ContractLog]:
        """Those that the filter lets through, decoded."""
        engine = self.engine
        latest = engine.block_number
        stop = latest if log_filter.stop_block is None else min(latest, log_filter.stop_block)
        start = max(engine.first_block_number, log_filter.start_block)
        if start > stop:
            return
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

    def get_transaction_trace(self, transaction_hash: str, **kwargs: Any) -> TraceAPI:
        """What a transaction did, call by call."""
        cache = self._transaction_trace_cache
        if transaction_hash not in cache:
            kwargs.pop("call_trace_approach", None)
            cache[transaction_hash] = IngotTrace(transaction_hash=transaction_hash, **kwargs)
        return cache[transaction_hash]

"""Receipts as ape has them, over what the engine recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ape.logging import logger
from ape.types.signatures import TransactionSignature
from ape.types.trace import SourceTraceback
from ape_ethereum.transactions import Receipt, SharedBlobReceipt
from eth_pydantic_types import HexBytes

from ingot.engine import RECORD_STEPS
from ingot.errors import ProviderError
from ingot.trace import Repetition

if TYPE_CHECKING:
    from ape.api.transactions import TransactionAPI

    from ingot.engine import Block, Engine, Log, Transaction

__all__ = ["IngotBlobReceipt", "IngotReceipt", "raw_log", "receipt_of", "signature_of"]

_BLOB_GAS = 1 << 17
"""Of one blob (EIP-4844)."""

_UNMINED = -1
"""Ape's block number of a transaction that waits."""


class _Mined:
    """What a receipt computes when it is asked for."""

    _native: Any
    _block: Any
    _traceback: SourceTraceback | None

    def __getattr__(self, name: str) -> Any:
        if name == "logs":
            private = self.__pydantic_private__
            logs = raw_logs(private["_native"], private["_block"])
            self.__dict__["logs"] = logs
            return logs
        return super().__getattr__(name)  # type: ignore[misc]

    @property
    def source_traceback(self) -> SourceTraceback:
        """The way through the sources, empty while it waits. The transaction is run again for it."""
        if self._traceback is None and self._native.is_mined:
            # What is not of Solidity is left to its compiler.
            self._traceback = self._solidity() or super().source_traceback  # type: ignore[misc]
        return SourceTraceback.model_construct(root=[]) if self._traceback is None else self._traceback

    def _solidity(self) -> SourceTraceback | None:
        provider = self.provider
        if provider.name != "ingot":
            return None
        try:
            repetition = Repetition(provider.engine, self._native)
            outcome = repetition(RECORD_STEPS)
        except ProviderError as error:
            logger.warning(f"No lines of Solidity can be shown for {self.txn_hash}: {error}")
            return None
        traceback: SourceTraceback = provider.lines.traceback(outcome, repetition)
        return traceback

    def track_coverage(self) -> None:
        """Ape asks for it when a test has ended, and only for calls of functions."""
        if self.provider.name == "ingot":
            self.provider.cover(self)
        if self.contract_type is not None and not str(self.contract_type.source_id).endswith(".sol"):
            super().track_coverage()  # type: ignore[misc]

    def __repr__(self) -> str:
        return f"<Receipt {self.txn_hash}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Receipt):
            return False
        return (self.txn_hash, self.block_number) == (other.txn_hash, other.block_number)

    def model_dump(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """With the logs."""
        _ = self.logs
        dumped: dict[str, Any] = super().model_dump(*args, **kwargs)  # type: ignore[misc]
        return dumped


class IngotReceipt(_Mined, Receipt):
    """A transaction that was mined, or waits."""

    _native: Any = None
    _block: Any = None
    _traceback: Any = None
    _is_covered: Any = False


class IngotBlobReceipt(_Mined, SharedBlobReceipt):
    """The same, of a transaction that carries blobs."""

    _native: Any = None
    _block: Any = None
    _traceback: Any = None
    _is_covered: Any = False


def plain_address(address: str | None) -> str | None:
    """Exactly a str: pydantic's unions take no subclass of it for an address."""
    return None if address is None else str(address)


def raw_logs(native: Transaction, block: Block | None) -> list[dict[str, Any]]:
    """The logs, as web3.py writes them."""
    return [] if block is None else [raw_log(native, log, block) for log in native.outcome.logs]


def raw_log(native: Transaction, log: Log, block: Block) -> dict[str, Any]:
    """A log, as web3.py writes it."""
    return {
        "type": "mined",
        "logIndex": log.log_index,
        "transactionIndex": native.index,
        "transactionHash": HexBytes(native.hash),
        "blockHash": _hash_of(block),
        "blockNumber": native.block_number,
        "address": plain_address(log.address),
        "data": HexBytes(log.data),
        "topics": [HexBytes(topic) for topic in log.topics],
    }


def signature_of(native: Transaction) -> TransactionSignature:
    """As eth-account writes it: v is 27 or 28, or carries the chain id, in transactions of type 0; else the parity."""
    parity, r, s = native.signature
    if native.type == 0:
        parity += 27 if native.chain_id is None else 35 + 2 * native.chain_id
    return TransactionSignature(v=parity, r=HexBytes(r.to_bytes(32)), s=HexBytes(s.to_bytes(32)))


def receipt_of(native: Transaction, txn: TransactionAPI, engine: Engine) -> IngotReceipt | IngotBlobReceipt:
    """The receipt of `native`, which ape knows as `txn`."""
    mined = native.is_mined
    fields: dict[str, Any] = {
        "contract_address": plain_address(native.outcome.contract_address) if mined else None,
        "block_number": native.block_number if mined else _UNMINED,
        "gas_used": native.gas_used if mined else 0,
        "status": int(not mined or native.succeeded),
        "txn_hash": "0x" + native.hash.hex(),
        "transaction": txn,
        "gas_limit": native.gas_limit,
        "logs": None,  # no default is made that way
        "gas_price": native.effective_gas_price if mined else native.max_fee_per_gas,
    }
    kind: type[IngotReceipt | IngotBlobReceipt] = IngotReceipt
    if native.type == 3:
        kind = IngotBlobReceipt
        price = engine.block(native.block_number).blob_base_fee if mined else native.max_fee_per_blob_gas
        fields |= {"blob_gas_used": _BLOB_GAS * len(native.blob_hashes), "blob_gas_price": price}
    receipt = kind.model_construct(**fields)
    receipt.__dict__.pop("logs", None)
    receipt._native = native
    receipt._block = engine.block(native.block_number) if mined else None
    return receipt


def _hash_of(block: Block) -> HexBytes | None:
    """None for a block that was undone before anybody looked: what its roots were made of is gone."""
    try:
        return HexBytes(block.hash)
    except ProviderError:
        return None

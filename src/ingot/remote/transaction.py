"""Transactions: prepared, and as the node knows them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from ingot.errors import ProviderError
from ingot.remote.outcome import RemoteLog, RemoteOutcome
from ingot.remote.quantity import address_of, bytes_of, field, number_of, object_of
from ingot.remote.request import request_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingot.remote.outcome import RemoteRecording
    from ingot.remote.reading import Reading
    from ingot.types import Address

__all__ = ["MinedOutcome", "RemoteReceipt", "RemoteTransaction", "UnsignedTransaction"]

_BY_HASH = "eth_getTransactionByHash"
_RECEIPT = "eth_getTransactionReceipt"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsignedTransaction:
    """A transaction with every field filled, not signed yet. Amounts in wei.

    type: 0 and 1 have gas_price; 2, 3 and 4 have max_fee and max_priority_fee.
    """

    sender: Address
    to: Address | None
    nonce: int
    value: int
    data: bytes
    gas_limit: int
    type: int
    chain_id: int
    gas_price: int | None = None
    max_fee: int | None = None
    max_priority_fee: int | None = None
    access_list: tuple[tuple[Address, tuple[bytes, ...]], ...] = ()
    authorizations: tuple[Mapping[str, Any], ...] = ()
    blob_hashes: tuple[bytes, ...] = ()
    max_fee_per_blob_gas: int | None = None

    @property
    def fee_per_gas(self) -> int:
        """The most that one gas may cost."""
        return (self.gas_price if self.max_fee is None else self.max_fee) or 0

    @property
    def max_cost(self) -> int:
        """Value, and gas at its highest price. Data fees of rollups come on top."""
        return self.value + self.gas_limit * self.fee_per_gas

    def fields(self) -> dict[str, Any]:
        """Keyword arguments of `ingot.engine.sign_transaction`, without the key."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self) if entry.name != "sender"}

    def request(self) -> dict[str, Any]:
        """As the object that eth_call, eth_estimateGas and eth_sendTransaction take."""
        return request_object(sender=self.sender, **self.fields())


def unsigned_of(given: Any) -> UnsignedTransaction:
    """From eth_getTransactionByHash. Raises: ProviderError."""
    fields_given = object_of(given, _BY_HASH)

    def number(name: str) -> int | None:
        return None if fields_given.get(name) is None else number_of(fields_given[name], _BY_HASH)

    has_caps = fields_given.get("maxFeePerGas") is not None
    to = fields_given.get("to")
    return UnsignedTransaction(
        sender=address_of(field(given, "from", _BY_HASH), _BY_HASH),
        to=None if to is None else address_of(to, _BY_HASH),
        nonce=number_of(field(given, "nonce", _BY_HASH), _BY_HASH),
        value=number("value") or 0,
        data=bytes_of(fields_given.get("input") or fields_given.get("data") or "0x", _BY_HASH),
        gas_limit=number_of(field(given, "gas", _BY_HASH), _BY_HASH),
        type=number("type") or 0,
        chain_id=number("chainId") or 0,
        gas_price=None if has_caps else number("gasPrice"),
        max_fee=number("maxFeePerGas"),
        max_priority_fee=number("maxPriorityFeePerGas"),
        access_list=tuple(map(_access, fields_given.get("accessList") or ())),
        authorizations=tuple(map(_authorization, fields_given.get("authorizationList") or ())),
        blob_hashes=tuple(bytes_of(word, _BY_HASH) for word in fields_given.get("blobVersionedHashes") or ()),
        max_fee_per_blob_gas=number("maxFeePerBlobGas"),
    )


def _access(entry: Any) -> tuple[Address, tuple[bytes, ...]]:
    keys = field(entry, "storageKeys", _BY_HASH)
    return address_of(field(entry, "address", _BY_HASH), _BY_HASH), tuple(
        bytes_of(key, _BY_HASH) for key in keys
    )


def _authorization(entry: Any) -> dict[str, Any]:
    words = {"chain_id": "chainId", "nonce": "nonce", "y_parity": "yParity", "r": "r", "s": "s"}
    numbers = {name: number_of(field(entry, word, _BY_HASH), _BY_HASH) for name, word in words.items()}
    return {**numbers, "address": address_of(field(entry, "address", _BY_HASH), _BY_HASH)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteReceipt:
    """What a block recorded of a transaction. l1_fee: a rollup's data fee in wei, where its node says so."""

    succeeded: bool
    gas_used: int
    cumulative_gas_used: int
    effective_gas_price: int
    block_number: int
    block_hash: bytes
    index: int
    contract_address: Address | None
    logs: tuple[RemoteLog, ...]
    l1_fee: int = 0

    @classmethod
    def from_json(cls, given: Any) -> RemoteReceipt:
        """From eth_getTransactionReceipt. Raises: ProviderError."""
        fields_given = object_of(given, _RECEIPT)

        def number(name: str) -> int:
            return number_of(field(given, name, _RECEIPT), _RECEIPT)

        succeeded = fields_given.get("status") is None or number("status") == 1
        created = fields_given.get("contractAddress")
        return cls(
            succeeded=succeeded,
            gas_used=number("gasUsed"),
            cumulative_gas_used=number("cumulativeGasUsed"),
            effective_gas_price=number("effectiveGasPrice") if fields_given.get("effectiveGasPrice") else 0,
            block_number=number("blockNumber"),
            block_hash=bytes_of(field(given, "blockHash", _RECEIPT), _RECEIPT, size=32),
            index=number("transactionIndex"),
            contract_address=address_of(created, _RECEIPT) if created and succeeded else None,
            logs=tuple(RemoteLog.from_json(log, _RECEIPT) for log in field(given, "logs", _RECEIPT)),
            l1_fee=number("l1Fee") if fields_given.get("l1Fee") else 0,
        )


class RemoteTransaction:
    """A transaction that a node knows, pending or mined. What is not known yet is asked when it is looked at."""

    __slots__ = ("_chain", "_fields", "_outcome", "_receipt", "_timestamp", "hash")

    def __init__(
        self,
        chain: Reading,
        txn_hash: bytes,
        *,
        fields: UnsignedTransaction | None = None,
        receipt: RemoteReceipt | None = None,
        timestamp: int | None = None,
    ) -> None:
        self.hash = txn_hash
        self._chain = chain
        self._fields = fields
        self._receipt = receipt
        self._timestamp = timestamp
        self._outcome: MinedOutcome | None = None

    # What was sent

    @property
    def fields(self) -> UnsignedTransaction:
        """All that was signed. Raises: ProviderError, if the node does not know it any more."""
        if self._fields is None:
            given = self._chain.transport.request(_BY_HASH, [f"0x{self.hash.hex()}"])
            if given is None:
                raise ProviderError(
                    f"the node no longer knows transaction 0x{self.hash.hex()}", method=_BY_HASH
                )
            self._fields = unsigned_of(given)
        return self._fields

    @property
    def sender(self) -> Address:
        """Who signed it."""
        return self.fields.sender

    @property
    def to(self) -> Address | None:
        """None for a creation."""
        return self.fields.to

    @property
    def nonce(self) -> int:
        """Of the sender."""
        return self.fields.nonce

    @property
    def value(self) -> int:
        """Wei"""
        return self.fields.value

    @property
    def data(self) -> bytes:
        """Calldata or initcode"""
        return self.fields.data

    @property
    def gas_limit(self) -> int:
        """The most it may use."""
        return self.fields.gas_limit

    @property
    def type(self) -> int:
        """EIP-2718 type, 0 to 4."""
        return self.fields.type

    # What became of it

    @property
    def is_mined(self) -> bool:
        """Whether it is in a block; while it is not, the node is asked each time."""
        return self._mined() is not None

    def _mined(self) -> RemoteReceipt | None:
        if self._receipt is None:
            self._receipt = self._chain.receipt_of(self.hash)
        return self._receipt

    @property
    def receipt(self) -> RemoteReceipt:
        """What its block recorded. Raises: ProviderError, until it is mined."""
        receipt = self._mined()
        if receipt is None:
            raise ProviderError(
                f"0x{self.hash.hex()} waits to be mined: wait for it, chain.wait(...)", method=_RECEIPT
            )
        return receipt

    @property
    def outcome(self) -> MinedOutcome:
        """How it ended."""
        if self._outcome is None:
            self._outcome = MinedOutcome(self, self.receipt, self._chain)
        return self._outcome

    @property
    def gas_used(self) -> int:
        """After refunds."""
        return self.receipt.gas_used

    @property
    def succeeded(self) -> bool:
        """Receipt status 1."""
        return self.receipt.succeeded

    @property
    def block_number(self) -> int:
        """Of its block."""
        return self.receipt.block_number

    @property
    def block_hash(self) -> bytes:
        """Of its block."""
        return self.receipt.block_hash

    @property
    def index(self) -> int:
        """In its block."""
        return self.receipt.index

    @property
    def timestamp(self) -> int:
        """Of its block."""
        if self._timestamp is None:
            self._timestamp = self._chain.block(self.receipt.block_number).timestamp
        return self._timestamp

    @property
    def effective_gas_price(self) -> int:
        """Wei for each gas."""
        return self.receipt.effective_gas_price

    def __eq__(self, other: object) -> bool:
        return self.hash == other.hash if isinstance(other, RemoteTransaction) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.hash)

    def __repr__(self) -> str:
        return f"<transaction 0x{self.hash.hex()}>"


class MinedOutcome:
    """How a mined transaction ended. What a receipt does not hold is found by executing it again, when asked."""

    __slots__ = ("_chain", "_ending", "_receipt", "_transaction")

    def __init__(self, transaction: RemoteTransaction, receipt: RemoteReceipt, chain: Reading) -> None:
        self._transaction = transaction
        self._receipt = receipt
        self._chain = chain
        self._ending: RemoteOutcome | None = None

    def _executed_again(self) -> RemoteOutcome:
        if self._ending is None:
            self._ending = self._chain.ending_of(self._transaction)
        return self._ending

    @property
    def status(self) -> str:
        """success, revert or halt"""
        return "success" if self._receipt.succeeded else self._executed_again().status

    @property
    def succeeded(self) -> bool:
        """Whether it ended with success."""
        return self._receipt.succeeded

    @property
    def gas_used(self) -> int:
        """After refunds."""
        return self._receipt.gas_used

    @property
    def output(self) -> bytes:
        """Return data or revert data. Raises: ProviderError, if the node cannot tell."""
        return self._executed_again().output

    @property
    def halt_reason(self) -> str | None:
        """Geth's words."""
        return None if self._receipt.succeeded else self._executed_again().halt_reason

    @property
    def logs(self) -> tuple[RemoteLog, ...]:
        """As the receipt has them."""
        return self._receipt.logs

    @property
    def contract_address(self) -> Address | None:
        """Of the contract that a creation made."""
        return self._receipt.contract_address

    @property
    def recording(self) -> RemoteRecording | None:
        """Nothing yet: `chain.replay` records."""
        return None if self._ending is None else self._ending.recording

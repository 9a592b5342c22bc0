"""What contracts ask of a chain. `ingot.chain.Chain` answers in process; a remote chain answers over JSON-RPC.

Whoever holds a `Provider` never asks which one it is. The value Protocols below are read-only views: the engine's own
classes satisfy them, and so do the plain ones of a remote chain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping, Sequence

    from ingot.abi import Function
    from ingot.engine import Transaction
    from ingot.types import Address, AddressLike

__all__ = [
    "BlockLike",
    "FrameLike",
    "LogLike",
    "OutcomeLike",
    "Provider",
    "RecordingLike",
    "Signer",
    "StateSource",
    "TransactionLike",
]


class LogLike(Protocol):
    """One log entry."""

    @property
    def address(self) -> Address:
        """The emitter."""

    @property
    def topics(self) -> list[bytes]:
        """32 bytes each."""

    @property
    def data(self) -> bytes:
        """What is not indexed, ABI-encoded."""

    @property
    def log_index(self) -> int:
        """In the block."""


class FrameLike(Protocol):
    """One call inside an execution."""

    @property
    def kind(self) -> str:
        """CALL, STATICCALL, DELEGATECALL, CALLCODE, CREATE, CREATE2 or SELFDESTRUCT."""

    @property
    def parent(self) -> int | None:
        """Index of the calling frame."""

    @property
    def depth(self) -> int:
        """0 for the outermost."""

    @property
    def sender(self) -> Address:
        """The caller."""

    @property
    def to(self) -> Address:
        """Whose storage is used."""

    @property
    def code_address(self) -> Address:
        """Whose code runs."""

    @property
    def value(self) -> int:
        """Wei"""

    @property
    def gas(self) -> int:
        """Given to the frame."""

    @property
    def gas_used(self) -> int:
        """By the frame and those below it."""

    @property
    def input(self) -> bytes:
        """Calldata or initcode"""

    @property
    def output(self) -> bytes:
        """Return data, revert data or runtime code."""

    @property
    def status(self) -> str:
        """success, revert, or the halt's reason."""


class RecordingLike(Protocol):
    """What was recorded of one execution."""

    @property
    def frames(self) -> Sequence[FrameLike]:
        """In the order of entering."""


class OutcomeLike(Protocol):
    """The end of an execution."""

    @property
    def status(self) -> str:
        """success, revert or halt"""

    @property
    def succeeded(self) -> bool:
        """Whether it ended with success."""

    @property
    def gas_used(self) -> int:
        """After refunds."""

    @property
    def output(self) -> bytes:
        """Return data or revert data."""

    @property
    def halt_reason(self) -> str | None:
        """Geth's words."""

    @property
    def logs(self) -> Sequence[LogLike]:
        """Empty unless it succeeded."""

    @property
    def contract_address(self) -> Address | None:
        """Of the contract that a creation made."""

    @property
    def recording(self) -> RecordingLike | None:
        """When it was asked for."""


class TransactionLike(Protocol):
    """A transaction that the chain accepted. Whatever needs mining raises ProviderError until then."""

    @property
    def sender(self) -> Address:
        """Who signed it."""

    @property
    def to(self) -> Address | None:
        """None for a creation."""

    @property
    def nonce(self) -> int:
        """Of the sender."""

    @property
    def value(self) -> int:
        """Wei"""

    @property
    def data(self) -> bytes:
        """Calldata or initcode"""

    @property
    def gas_limit(self) -> int:
        """The most it may use."""

    @property
    def type(self) -> int:
        """EIP-2718 type, 0 to 4."""

    @property
    def hash(self) -> bytes:
        """32 bytes."""

    @property
    def is_mined(self) -> bool:
        """Whether it is in a block."""

    @property
    def outcome(self) -> OutcomeLike:
        """How it ended."""

    @property
    def gas_used(self) -> int:
        """After refunds."""

    @property
    def succeeded(self) -> bool:
        """Receipt status 1."""

    @property
    def block_number(self) -> int:
        """Of its block."""

    @property
    def index(self) -> int:
        """In its block."""

    @property
    def timestamp(self) -> int:
        """Of its block."""

    @property
    def effective_gas_price(self) -> int:
        """Wei for each gas."""


class Signer(Protocol):
    """Whoever can sign for an address: an account with a key, a keystore that is unlocked when it first signs."""

    @property
    def address(self) -> Address:
        """Whose transactions it signs."""

    def sign_transaction(self, fields: Mapping[str, Any]) -> Transaction:
        """Sign, without sending. fields: as `ingot.engine.sign_transaction` names them."""


class BlockLike(Protocol):
    """A block."""

    @property
    def number(self) -> int:
        """Its height."""

    @property
    def timestamp(self) -> int:
        """Seconds."""

    @property
    def hash(self) -> bytes:
        """32 bytes."""

    @property
    def base_fee(self) -> int:
        """Wei for each gas, burnt (EIP-1559)."""

    @property
    def gas_limit(self) -> int:
        """Of the whole block."""

    @property
    def gas_used(self) -> int:
        """By all its transactions."""

    @property
    def transactions(self) -> Sequence[Any]:
        """In order: transactions, or their receipts."""


class StateSource(Protocol):
    """The state of a chain after one of its blocks: what a fork reads. It never changes."""

    def account(self, address: Address) -> tuple[int, int, bytes] | None:
        """Balance, nonce and runtime code; None, or zeros and no code, for an account that does not exist."""

    def storage(self, address: Address, slot: int) -> int:
        """The word at a slot, 0 <= slot < 2**256."""

    def block_hash(self, number: int) -> bytes:
        """32 bytes, of a block before it."""


@runtime_checkable
class Provider(Protocol):
    """A chain: in process, or behind a node."""

    default_sender: Address | None
    """Sends what names no sender; set by `prank`."""
    outcome_type: type
    """What `call_function` returns for a call that did not succeed is of this type."""

    @property
    def chain_id(self) -> int:
        """EIP-155."""

    @property
    def interfaces(self) -> MutableMapping[str, Any]:
        """Address -> `ingot.interface.Interface` of the contracts that are known there."""

    @property
    def labels(self) -> MutableMapping[str, str]:
        """Address -> name to show instead."""

    def call_function(
        self,
        function: Function,
        to: AddressLike,
        args: Sequence[object],
        kwargs: Mapping[str, object] | None = None,
        sender: AddressLike | None = None,
        value: int = 0,
        gas_limit: int | None = None,
    ) -> Any:
        """The decoded result, or the outcome if the call did not succeed."""

    def send_function(
        self,
        function: Function,
        to: AddressLike,
        args: Sequence[object],
        kwargs: Mapping[str, object] | None = None,
        sender: AddressLike | None = None,
        value: int = 0,
        gas_limit: int | None = None,
    ) -> TransactionLike:
        """Encode and send."""

    def call(
        self,
        *,
        sender: AddressLike | None = None,
        to: AddressLike | None = None,
        data: bytes = b"",
        value: int = 0,
        gas_limit: int | None = None,
        access_list: Sequence[tuple[AddressLike, Sequence[bytes]]] = (),
        authorizations: Sequence[Mapping[str, Any]] = (),
        block: int | None = None,
        recording: int | None = None,
        overrides: Mapping[AddressLike, Mapping[str, Any]] | None = None,
    ) -> OutcomeLike:
        """Execute without leaving a trace."""

    def send(
        self,
        *,
        sender: AddressLike,
        to: AddressLike | None = None,
        data: bytes = b"",
        value: int = 0,
        gas_limit: int | None = None,
        nonce: int | None = None,
        type: int | None = None,  # noqa: A002  (the name of the field)
        gas_price: int | None = None,
        max_fee: int | None = None,
        max_priority_fee: int | None = None,
        access_list: Sequence[tuple[AddressLike, Sequence[bytes]]] | None = None,
        authorizations: Sequence[Mapping[str, Any]] | None = None,
        blob_hashes: Sequence[bytes] | None = None,
        max_fee_per_blob_gas: int | None = None,
        recording: int | None = None,
    ) -> TransactionLike:
        """Send a transaction. Raises: InvalidTransaction."""

    def estimate_gas(
        self,
        *,
        sender: AddressLike | None = None,
        to: AddressLike | None = None,
        data: bytes = b"",
        value: int = 0,
        access_list: Sequence[tuple[AddressLike, Sequence[bytes]]] = (),
        authorizations: Sequence[Mapping[str, Any]] = (),
    ) -> int | OutcomeLike:
        """The least gas limit with which it succeeds; the outcome if it cannot."""

    def replay(self, transaction: Any, recording: int) -> OutcomeLike:
        """Execute a mined transaction again, recording."""

    def logs(
        self,
        *,
        from_block: int,
        to_block: int,
        addresses: Sequence[AddressLike] = (),
        topics: Sequence[bytes | Sequence[bytes] | None] = (),
    ) -> Sequence[tuple[TransactionLike, LogLike]]:
        """Logs of a range of blocks, both ends included."""

    @property
    def block_number(self) -> int:
        """Of the latest block."""

    @property
    def base_fee(self) -> int:
        """Of the next block."""

    def block(self, number: int) -> BlockLike:
        """A block by number."""

    def get_balance(self, address: AddressLike) -> int:
        """Wei"""

    def set_balance(self, address: AddressLike, balance: int | str) -> None:
        """Surgery; only where the chain offers it."""

    def get_nonce(self, address: AddressLike) -> int:
        """How many transactions it sent (contracts: creations, from 1)."""

    def get_code(self, address: AddressLike) -> bytes:
        """Runtime code."""

    def get_storage(self, address: AddressLike, slot: int) -> int:
        """The word of a storage slot."""

"""What two chains are asked to do, and what is observed of each: the vocabulary of the comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from differential.signing import Signed

SLOTS = range(8)
"""Storage slots that are read of every account."""


@dataclass(frozen=True)
class Blobs:
    """What may be done with blobs. per_block: what both sides take without a different idea of the price.

    too_many: what no transaction may have.      cell_proofs: EIP-7594's sidecars, else EIP-4844's.
    """

    per_transaction: int
    per_block: int
    too_many: int
    cell_proofs: bool


@dataclass(frozen=True)
class Setting:
    """What both chains start from."""

    hardfork: str = "bpo2"
    chain_id: int = 31337
    timestamp: int = 1_700_000_000
    gas_limit: int = 30_000_000
    base_fee: int = 1_000_000_000
    recording: bool = False
    tidy: bool = False
    """Whether no account is ever left empty and no slot is ever zero. anvil counts empty accounts and zero slots in its
    state root, against EIP-161, and from the first one on all its hashes are its own: only in tidy episodes are roots and
    hashes compared, and ancestors read."""
    blobs: Blobs | None = None
    """None in most episodes: a fresh anvil needs 2.7 s to load the KZG setup."""


@dataclass(frozen=True)
class BlockPlan:
    """One block to be made. automine: by the one transaction's arrival (none, if it is refused), else on request.

    timestamp: seconds. base_fee, gas_limit: None leaves the protocol's rule in force. coinbase: hex.
    empty_after: so many further blocks without transactions, `interval_s` apart.
    """

    timestamp: int
    coinbase: str
    automine: bool
    transactions: tuple[Signed, ...]
    base_fee: int | None = None
    gas_limit: int | None = None
    empty_after: int = 0
    interval_s: int = 1


@dataclass(frozen=True)
class LogView:
    address: str
    topics: tuple[str, ...]
    data: str
    index: int


@dataclass(frozen=True)
class FrameView:
    """One call of a call tree. error: "" for success, "revert" or "halt"."""

    kind: str
    depth: int
    sender: str
    to: str
    value: int
    input: str
    output: str
    error: str


@dataclass(frozen=True)
class ReceiptView:
    hash: str
    type: int
    sender: str
    to: str | None
    status: int
    gas_used: int
    cumulative_gas_used: int
    effective_gas_price: int
    blob_gas_used: int
    contract_address: str | None
    block_number: int
    index: int
    logs: tuple[LogView, ...]
    output: str
    halt: bool
    """Whether a failure was anything but REVERT."""
    frames: tuple[FrameView, ...] | None
    """None where calls were not recorded."""


@dataclass(frozen=True)
class HeaderView:
    number: int
    timestamp: int
    base_fee: int
    gas_limit: int
    gas_used: int
    coinbase: str
    prev_randao: str
    difficulty: int
    extra_data: str
    excess_blob_gas: int
    blob_gas_used: int
    logs_bloom: str
    transactions_root: str
    receipts_root: str
    withdrawals_root: str
    requests_hash: str
    state_root: str
    parent_hash: str
    hash: str


@dataclass(frozen=True)
class BlockView:
    """refusals: what was said of each transaction at the door, None if nothing.

    headers: of the blocks that were made; receipts: per transaction of the plan, None if it was not included.
    order: hashes in the first block.
    """

    refusals: tuple[str | None, ...]
    headers: tuple[HeaderView, ...]
    order: tuple[str, ...]
    receipts: tuple[ReceiptView | None, ...]


@dataclass(frozen=True)
class AccountView:
    balance: int
    nonce: int
    code: str
    storage: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Genesis:
    """Block 0 and the state that it stands for, so that another chain can start from it."""

    header: HeaderView
    accounts: Mapping[str, AccountView]


@dataclass(frozen=True)
class CallPlan:
    """An eth_call or eth_estimateGas on the latest state."""

    sender: str
    to: str | None
    data: bytes
    value: int
    gas_limit: int | None


@dataclass(frozen=True)
class CallView:
    """succeeded, and the output or (an estimate) the gas."""

    succeeded: bool
    output: str


HISTORY = "0x0000f90827f1c53a10cb7a02335b175320002935"
"""The contract that keeps the hashes of ancestors (EIP-2935)."""


class Side(Protocol):
    """A chain under comparison."""

    name: str

    def fund(self, balances: Mapping[str, int]) -> None:
        """Set balances by surgery."""

    def install(self, address: str, code: bytes, *, nonce: int = 1) -> None:
        """Set an account's code by surgery."""

    def write(self, address: str, slot: int, value: int) -> None:
        """Set a storage slot by surgery."""

    def run_block(self, plan: BlockPlan, prev_randao: Sequence[str]) -> BlockView:
        """Carry out `plan`. prev_randao: of each block that is to be made, where the side lets itself be told."""

    def accounts(self, addresses: Sequence[str]) -> dict[str, AccountView]:
        """The latest state of each account."""

    def nonces(self, addresses: Sequence[str]) -> list[int]:
        """The latest nonces."""

    def call(self, plan: CallPlan) -> CallView:
        """eth_call."""

    def estimate(self, plan: CallPlan) -> CallView:
        """eth_estimateGas."""

    def snapshot(self) -> int:
        """Remember this moment."""

    def revert(self, snapshot: int) -> None:
        """Return to it."""

    def close(self) -> None:
        """Give everything back."""

"""Blocks of a chain behind a node."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, overload

from ingot.receipt import Receipt
from ingot.remote.quantity import address_of, bytes_of, field, garbage, number_of
from ingot.remote.transaction import RemoteTransaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingot.remote.reading import Reading
    from ingot.types import Address

__all__ = ["RemoteBlock", "RemoteBlocks"]

_METHOD = "eth_getBlockByNumber"


class RemoteBlock:
    """A block, as the node described it when it was asked."""

    __slots__ = ("_chain", "_given")

    def __init__(self, given: Any, chain: Reading) -> None:
        if not isinstance(given, dict):
            garbage(given, _METHOD)
        self._given = given
        self._chain = chain

    def _number(self, name: str) -> int:
        return number_of(field(self._given, name, _METHOD), _METHOD)

    def _bytes(self, name: str) -> bytes:
        return bytes_of(field(self._given, name, _METHOD), _METHOD)

    @property
    def number(self) -> int:
        """Its height."""
        return self._number("number")

    @property
    def timestamp(self) -> int:
        """Seconds since 1970."""
        return self._number("timestamp")

    @property
    def datetime(self) -> dt.datetime:
        """In UTC."""
        return dt.datetime.fromtimestamp(self.timestamp, tz=dt.UTC)

    @property
    def gas_limit(self) -> int:
        """Of the whole block."""
        return self._number("gasLimit")

    @property
    def gas_used(self) -> int:
        """By all its transactions."""
        return self._number("gasUsed")

    @property
    def has_base_fee(self) -> bool:
        """Whether the chain has the fees of EIP-1559."""
        return self._given.get("baseFeePerGas") is not None

    @property
    def base_fee(self) -> int:
        """Wei for each gas, burnt (EIP-1559); 0 where a chain has none."""
        return self._number("baseFeePerGas") if self.has_base_fee else 0

    @property
    def coinbase(self) -> Address:
        """Who receives the tips."""
        return address_of(field(self._given, "miner", _METHOD), _METHOD)

    @property
    def prev_randao(self) -> bytes:
        """32 bytes."""
        return self._bytes("mixHash")

    @property
    def hash(self) -> bytes:
        """32 bytes."""
        return self._bytes("hash")

    @property
    def parent_hash(self) -> bytes:
        """32 bytes."""
        return self._bytes("parentHash")

    @property
    def state_root(self) -> bytes:
        """32 bytes."""
        return self._bytes("stateRoot")

    @property
    def num_transactions(self) -> int:
        """How many there are."""
        return len(field(self._given, "transactions", _METHOD))

    @property
    def transactions(self) -> list[Receipt]:
        """Receipts, in order; each asks the node when it is looked at."""
        listed = field(self._given, "transactions", _METHOD)
        hashes = (given["hash"] if isinstance(given, dict) else given for given in listed)
        return [
            Receipt(RemoteTransaction(self._chain, bytes_of(given, _METHOD, size=32)), self._chain.provider)
            for given in hashes
        ]

    def __eq__(self, other: object) -> bool:
        return self.hash == other.hash if isinstance(other, RemoteBlock) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.hash)

    def __repr__(self) -> str:
        return f"<block {self.number}, {self.num_transactions} transactions, {self.gas_used} gas>"


class RemoteBlocks:
    """`blocks[-1]`, `blocks[3]`, `blocks[2:5]`, `blocks.head`, `blocks.height`."""

    __slots__ = ("_chain",)

    def __init__(self, chain: Reading) -> None:
        self._chain = chain

    @property
    def head(self) -> RemoteBlock:
        """The latest block."""
        return self._chain.block("latest")

    @property
    def height(self) -> int:
        """Number of the latest block."""
        return self._chain.block_number

    @overload
    def __getitem__(self, which: int) -> RemoteBlock: ...
    @overload
    def __getitem__(self, which: slice) -> list[RemoteBlock]: ...
    def __getitem__(self, which: int | slice) -> RemoteBlock | list[RemoteBlock]:
        """By number, or counted from the end. Raises: IndexError."""
        if which == -1:
            return self.head
        size = len(self)
        if isinstance(which, slice):
            return [self._chain.block(number) for number in range(*which.indices(size))]
        number = which if which >= 0 else size + which
        if not 0 <= number < size:
            raise IndexError(f"the chain has blocks 0 to {size - 1}; {which} is none of them")
        return self._chain.block(number)

    def __len__(self) -> int:
        return self.height + 1

    def __iter__(self) -> Iterator[RemoteBlock]:
        return (self._chain.block(number) for number in range(len(self)))

    def __repr__(self) -> str:
        return f"<blocks 0 to {self.height}>"

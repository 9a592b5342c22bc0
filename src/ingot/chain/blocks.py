"""The blocks of a chain, read like a list."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, overload

from ingot.errors import ProviderError
from ingot.receipt import Receipt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingot.engine import Block as NativeBlock
    from ingot.engine import Engine
    from ingot.provider import Provider
    from ingot.types import Address

__all__ = ["Block", "Blocks"]


class Block:
    """A block. Its hash and its roots are real ones, computed when they are asked for."""

    __slots__ = ("_chain", "native")

    def __init__(self, native: NativeBlock, chain: Provider) -> None:
        self.native = native
        self._chain = chain

    @property
    def number(self) -> int:
        """Its height."""
        return self.native.number

    @property
    def timestamp(self) -> int:
        """Seconds since 1970."""
        return self.native.timestamp

    @property
    def datetime(self) -> dt.datetime:
        """In UTC."""
        return dt.datetime.fromtimestamp(self.native.timestamp, tz=dt.UTC)

    @property
    def gas_limit(self) -> int:
        """Of the whole block."""
        return self.native.gas_limit

    @property
    def gas_used(self) -> int:
        """By all its transactions."""
        return self.native.gas_used

    @property
    def base_fee(self) -> int:
        """Wei for each gas, burnt (EIP-1559)."""
        return self.native.base_fee

    @property
    def coinbase(self) -> Address:
        """Who receives the tips."""
        return self.native.coinbase

    @property
    def prev_randao(self) -> bytes:
        """32 bytes."""
        return self.native.prev_randao

    @property
    def hash(self) -> bytes:
        """32 bytes."""
        return self.native.hash

    @property
    def parent_hash(self) -> bytes:
        """32 bytes."""
        return self.native.parent_hash

    @property
    def state_root(self) -> bytes:
        """32 bytes."""
        return self.native.state_root

    @property
    def num_transactions(self) -> int:
        """How many there are."""
        return len(self.native.transactions)

    @property
    def transactions(self) -> list[Receipt]:
        """Receipts, in order."""
        return [Receipt(transaction, self._chain) for transaction in self.native.transactions]

    def __eq__(self, other: object) -> bool:
        return self.hash == other.hash if isinstance(other, Block) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.hash)

    def __repr__(self) -> str:
        try:
            return f"<block {self.number}, {self.num_transactions} transactions, {self.gas_used} gas>"
        except ProviderError:
            return f"<block {self.number}, of the chain below>"


class Blocks:
    """`blocks[-1]`, `blocks[3]`, `blocks[2:5]`, `blocks.head`, `blocks.height`, `for block in blocks`.

    A chain that began with a file or on a block of another one has none before that: ProviderError.
    """

    __slots__ = ("_chain", "_engine")

    def __init__(self, engine: Engine, chain: Provider) -> None:
        self._engine = engine
        self._chain = chain

    @property
    def head(self) -> Block:
        """The latest block."""
        return self[-1]

    @property
    def height(self) -> int:
        """Number of the latest block."""
        return self._engine.block_number

    @overload
    def __getitem__(self, which: int) -> Block: ...
    @overload
    def __getitem__(self, which: slice) -> list[Block]: ...
    def __getitem__(self, which: int | slice) -> Block | list[Block]:
        """By number, or counted from the end. Raises: IndexError."""
        if isinstance(which, slice):
            return [self[number] for number in range(*which.indices(len(self)))]
        number = which if which >= 0 else len(self) + which
        if not 0 <= number < len(self):
            first = self._engine.first_block_number
            raise IndexError(f"the chain has blocks {first} to {self.height}; {which} is none of them")
        return Block(self._engine.block(number), self._chain)

    def __len__(self) -> int:
        return self._engine.block_number + 1

    def __iter__(self) -> Iterator[Block]:
        return (self[number] for number in range(self._engine.first_block_number, len(self)))

    def __repr__(self) -> str:
        return f"<blocks {self._engine.first_block_number} to {self.height}>"

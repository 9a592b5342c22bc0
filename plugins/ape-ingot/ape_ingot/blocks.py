"""Blocks as ape has them. Hashes are computed when they are looked at: roots cost nothing while nobody asks."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from ape.api.transactions import TransactionAPI  # pydantic looks it up
from ape_ethereum.ecosystem import Block
from eth_pydantic_types import HexBytes
from eth_utils.conversions import to_hex
from pydantic import computed_field

from ape_ingot.requests import transaction_of

if TYPE_CHECKING:
    from ingot.engine import Block as NativeBlock
    from ingot.engine import Engine

__all__ = ["IngotBlock", "block_of", "pending_block"]

_NO_HASH = HexBytes(bytes(32))


class IngotBlock(Block):
    """A block of ingot's chain."""

    _native: Any = None

    def __getattr__(self, name: str) -> Any:
        if name in ("hash", "parent_hash"):
            native = (self.__pydantic_private__ or {})["_native"]
            self.__dict__["hash"] = None if native is None else HexBytes(native.hash)
            self.__dict__["parent_hash"] = _NO_HASH if native is None else HexBytes(native.parent_hash)
            return self.__dict__[name]
        return super().__getattr__(name)  # type: ignore[misc]

    @computed_field  # type: ignore[prop-decorator]
    @cached_property
    def transactions(self) -> list[TransactionAPI]:
        """In order. Ape would query for them, and import SQLAlchemy to see whether its cache has them."""
        native, ecosystem = self._native, self.provider.network.ecosystem
        return [] if native is None else [transaction_of(one, ecosystem) for one in native.transactions]

    @property
    def size(self) -> int:
        """Bytes of the header and the transactions."""
        native = self._native
        if native is None:
            return 0
        return len(native.header_rlp) + sum(len(transaction.raw) for transaction in native.transactions)

    def model_dump(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """With the hashes."""
        _ = self.hash
        return super().model_dump(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<Block number={self.number}{f' hash={to_hex(self.hash)}' if self.hash else ''}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Block) and self.number == other.number and self.hash == other.hash

    def __hash__(self) -> int:
        return hash(self.hash)


class _Fields:
    """What a model has: ape asks a block, not its class, which pydantic warns of."""

    def __get__(self, instance: object, owner: type[IngotBlock]) -> Any:
        return owner.__pydantic_fields__


IngotBlock.model_fields = _Fields()  # type: ignore[method-assign, assignment]


def block_of(native: NativeBlock) -> IngotBlock:
    """A mined block."""
    block = IngotBlock.model_construct(
        hash=None,
        parent_hash=None,
        num_transactions=len(native.transactions),
        number=native.number,
        timestamp=native.timestamp,
        gas_limit=native.gas_limit,
        gas_used=native.gas_used,
        base_fee=native.base_fee,
        difficulty=native.difficulty,
        total_difficulty=0,
        uncles=[],
    )
    _leave_hashes_open(block)
    block._native = native
    return block


def _leave_hashes_open(block: IngotBlock) -> None:
    """model_construct has put the defaults there."""
    block.__dict__.pop("hash", None)
    block.__dict__.pop("parent_hash", None)


def pending_block(engine: Engine) -> IngotBlock:
    """The block that would be mined now."""
    latest = engine.block(engine.block_number)
    return IngotBlock.model_construct(
        num_transactions=len(engine.pending_transactions()),
        hash=None,
        parent_hash=None,
        number=latest.number + 1,
        timestamp=engine.pending_timestamp,
        gas_limit=engine.gas_limit,
        gas_used=0,
        base_fee=engine.base_fee,
        difficulty=0,
        total_difficulty=0,
        uncles=[],
    )

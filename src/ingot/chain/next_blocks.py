"""The header of the next blocks: how they come to be, when, at what price, and whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingot.conversion import amount, to_address, to_int

if TYPE_CHECKING:
    import datetime as dt

    from ingot.engine import Engine
    from ingot.types import Address, AddressLike

__all__ = ["NextBlocks"]


class NextBlocks:
    """What can be read and assigned of blocks that are not there yet: the part of `Chain` that is about them."""

    engine: Engine

    @property
    def automine(self) -> bool:
        """Whether each transaction gets its block at once. Off: they wait for `mine`, in order."""
        return self.engine.automine

    @automine.setter
    def automine(self, on: bool) -> None:
        self.engine.automine = on

    @property
    def pending_timestamp(self) -> int:
        """Of the next block, in seconds; assignable: `chain.pending_timestamp += 86_400`."""
        return self.engine.pending_timestamp

    @pending_timestamp.setter
    def pending_timestamp(self, timestamp: int | dt.datetime) -> None:
        self.engine.pending_timestamp = to_int(timestamp)

    def set_timestamp(self, timestamp: int | dt.datetime) -> None:
        """Ape's name for assigning `pending_timestamp`."""
        self.pending_timestamp = to_int(timestamp)

    @property
    def base_fee(self) -> int:
        """Of the next block, wei for each gas; assignable, with amounts as text too."""
        return self.engine.base_fee

    @base_fee.setter
    def base_fee(self, fee: int | str) -> None:
        self.engine.base_fee = amount(fee)

    @property
    def gas_price(self) -> int:
        """What a gas costs in the next block, without a tip."""
        return self.engine.base_fee

    @property
    def gas_limit(self) -> int:
        """Of the next blocks; assignable."""
        return self.engine.gas_limit

    @gas_limit.setter
    def gas_limit(self, limit: int) -> None:
        self.engine.gas_limit = limit

    @property
    def coinbase(self) -> Address:
        """Of the next blocks; assignable."""
        return self.engine.coinbase

    @coinbase.setter
    def coinbase(self, address: AddressLike) -> None:
        self.engine.coinbase = to_address(address)

    @property
    def prev_randao(self) -> bytes:
        """Of the next blocks, 32 bytes; assignable."""
        return self.engine.prev_randao

    @prev_randao.setter
    def prev_randao(self, value: bytes) -> None:
        self.engine.prev_randao = value

    @property
    def blob_base_fee(self) -> int:
        """Of the next block; assignable."""
        return self.engine.blob_base_fee

    @blob_base_fee.setter
    def blob_base_fee(self, fee: int | str) -> None:
        self.engine.blob_base_fee = amount(fee)

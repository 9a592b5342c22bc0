"""The words that every layer speaks: addresses, and what may stand for one."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

__all__ = ["ZERO_ADDRESS", "Address", "AddressLike", "HasAddress", "RawAbi"]

RawAbi = list[dict[str, object]]
"""An ABI as solc prints it."""


class Address(str):
    """An account's address: text with the EIP-55 checksum, so that it prints, compares and hashes as such.

    Made by the engine (already checksummed) or by `ingot.convert`; never construct one from unchecked text.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return str.__str__(self)

    def __bytes__(self) -> bytes:
        return bytes.fromhex(self[2:])


@runtime_checkable
class HasAddress(Protocol):
    """An account, a contract: whatever has an address and may stand for it in a call."""

    @property
    def address(self) -> Address:
        """The account's address."""


AddressLike = Address | str | bytes | HasAddress
"""20 bytes, hex text (checksummed or all of one case), or an object with `.address`."""

ZERO_ADDRESS = Address("0x" + "00" * 20)

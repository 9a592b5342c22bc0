"""Numbers and bytes as JSON-RPC writes them, and back: what a node answers is checked before it is believed.

Source: the Ethereum JSON-RPC specification, "Hex encoding": quantities without leading zeros, data in pairs of digits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from ingot.conversion import to_address
from ingot.errors import AbiError, ProviderError

if TYPE_CHECKING:
    from ingot.types import Address

__all__ = ["address_of", "bytes_of", "field", "garbage", "hex_data", "number_of", "object_of", "quantity"]


def quantity(number: int) -> str:
    """0x and digits."""
    return hex(number)


def hex_data(value: bytes) -> str:
    """0x and pairs of digits."""
    return f"0x{value.hex()}"


def garbage(answer: object, method: str) -> NoReturn:
    """Raises: ProviderError, for an answer that cannot be."""
    shown = repr(answer)
    shown = f"{shown[:60]}..." if len(shown) > 63 else shown
    raise ProviderError(
        f"the node's answer to {method} makes no sense: {shown}. Is the URL one of a JSON-RPC node?",
        method=method,
    )


def number_of(answer: object, method: str) -> int:
    """From a quantity. Raises: ProviderError, if it is none."""
    if isinstance(answer, str):
        try:
            return int(answer, 16)
        except ValueError:
            garbage(answer, method)
    if isinstance(answer, int) and not isinstance(answer, bool):
        return answer
    garbage(answer, method)


def bytes_of(answer: object, method: str, *, size: int | None = None) -> bytes:
    """From data, of `size` bytes if given. Raises: ProviderError, if it is none."""
    if not isinstance(answer, str) or answer[:2] != "0x":
        garbage(answer, method)
    try:
        value = bytes.fromhex(answer[2:])
    except ValueError:
        garbage(answer, method)
    if size is not None and len(value) != size:
        garbage(answer, method)
    return value


def address_of(answer: object, method: str) -> Address:
    """From 20 bytes of data. Raises: ProviderError, if it is none."""
    if not isinstance(answer, str):
        garbage(answer, method)
    try:
        return to_address(answer)
    except AbiError:
        garbage(answer, method)


def object_of(answer: object, method: str) -> dict[str, Any]:
    """An object. Raises: ProviderError, if it is none."""
    if not isinstance(answer, dict):
        garbage(answer, method)
    return answer


def field(answer: object, name: str, method: str) -> Any:
    """A field of an object. Raises: ProviderError, if it has none of that name."""
    if not isinstance(answer, dict) or name not in answer:
        garbage(answer, method)
    return answer[name]

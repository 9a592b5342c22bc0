"""Amounts, addresses and times as people write them, turned into what contracts take. Exact integers only."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from string import hexdigits
from typing import TYPE_CHECKING, Any, overload

from ingot.errors import AbiError, UsageError
from ingot.types import Address

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingot.types import AddressLike

__all__ = [
    "UNITS",
    "amount",
    "convert",
    "format_amount",
    "readable_amount",
    "resembles_key",
    "to_address",
    "to_bytes",
    "to_int",
]

UNITS: Mapping[str, int] = {
    "wei": 1,
    "kwei": 10**3,
    "babbage": 10**3,
    "mwei": 10**6,
    "lovelace": 10**6,
    "gwei": 10**9,
    "shannon": 10**9,
    "microether": 10**12,
    "szabo": 10**12,
    "milliether": 10**15,
    "finney": 10**15,
    "ether": 10**18,
    "eth": 10**18,
}
"""wei in one of each. Source: ethereum/go-ethereum params/denomination.go, web3's and ape's names."""

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:_\d+)*(?:\.\d+(?:_\d+)*)?|\.\d+"
_AMOUNT = re.compile(rf"\s*(?P<number>{_NUMBER})(?P<exponent>[eE][+-]?\d{{1,4}})?\s*(?P<unit>[A-Za-z]*)\s*")
_MOST_OF_A_KEY = re.compile(r"[0-9a-fA-F]{56}")
_HEX = re.compile(r"0[xX][0-9a-fA-F]+")


def amount(value: int | str) -> int:
    """Return the wei of `value`: an int as it is, or text such as "1 ether", "1.5 gwei", "1e18", "10,000 ETH".

    Raises: UsageError, if it is no amount, negative, or not a whole number of wei.
    """
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise UsageError(
            f"{_quoted(value)} is no amount: give wei as an int, or text such as '1.5 ether' "
            "(floats and booleans are refused: they cannot be exact)"
        )
    wei = _parse(value) if isinstance(value, str) else int(value)
    if wei < 0:
        raise UsageError(f"{value!r} is below 0; an amount cannot be")
    return wei


def _parse(text: str) -> int:
    if _HEX.fullmatch(text.strip()):
        return int(text, 16)
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise UsageError(
            f"{_quoted(text)} is no amount: write a number and a unit, such as '1.5 ether' or '30 gwei'"
        )
    unit = match["unit"].lower() or "wei"
    if unit not in UNITS:
        from difflib import get_close_matches

        near = get_close_matches(unit, UNITS, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(UNITS)}"
        raise UsageError(f"{_quoted(text)}: there is no unit {match['unit']!r}{hint}")
    digits = match["number"].replace(",", "").replace("_", "")
    with localcontext(prec=max(100, len(digits) + 40)):
        exact = Decimal(digits + (match["exponent"] or "")) * UNITS[unit]
        if exact.adjusted() > 77:
            raise UsageError(f"{_quoted(text)} is more than a uint256 holds")
        if exact != exact.to_integral_value():
            raise UsageError(f"{text!r} is {exact.normalize():f} wei: not a whole number")
        return int(exact)


def format_amount(wei: int, unit: str = "ether") -> str:
    """Exact text of `wei` in `unit`, without trailing zeros: `1.5 ether`."""
    scale = len(str(UNITS[unit])) - 1
    sign, digits = ("-" if wei < 0 else ""), str(abs(wei)).rjust(scale + 1, "0")
    whole, fraction = (digits[:-scale], digits[-scale:].rstrip("0")) if scale else (digits, "")
    return f"{sign}{whole}{'.' + fraction if fraction else ''} {unit}"


def readable_amount(wei: int) -> str:
    """Exact text in the largest of ether, gwei and wei that needs at most six decimals."""
    for unit in ("ether", "gwei"):
        if wei and wei % (UNITS[unit] // 10**6) == 0:
            return format_amount(wei, unit)
    return f"{wei} wei"


def to_address(value: AddressLike) -> Address:
    """Checksummed address of an account, a contract, hex text or 20 bytes. Raises: AbiError."""
    from ingot._engine import to_address as native

    try:
        return native(value)
    except AbiError as error:
        error.__dict__.pop("__notes__", None)  # PyO3's: it names a parameter of ours, not of the caller's
        raise


def resembles_key(value: object) -> bool:
    """Whether `value` may be a private key that went to the wrong place, mistyped perhaps: messages must not quote it.

    A key has 64 hex digits, an address 40, a signature 130.
    """
    if isinstance(value, int):
        return value.bit_length() > 160
    if not isinstance(value, str):
        return False
    text = value.strip()
    return 48 <= len(text) <= 100 and sum(character in hexdigits for character in text) >= 0.9 * len(text)


def _quoted(value: object) -> str:
    """What an error calls `value`: its repr, unless it may be a private key."""
    if isinstance(value, (bytes, bytearray)) and len(value) >= 32:
        return f"{len(value)} bytes (not shown)"
    if resembles_key(value) or (isinstance(value, str) and _MOST_OF_A_KEY.search(value)):
        return "this, as long as a private key (it is not shown)"
    return repr(value)


def to_int(value: object) -> int:
    """An int from an amount, a time (seconds since 1970), a duration (seconds) or big-endian bytes."""
    if isinstance(value, datetime):
        return int(value.timestamp())
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    if isinstance(value, (bytes, bytearray)):
        return int.from_bytes(value, "big")
    if isinstance(value, str):
        text = value.strip()
        return -_parse(text[1:]) if text.startswith("-") else _parse(text)
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    raise UsageError(f"cannot make an int of {_quoted(value)}: give an int, '1.5 ether', a datetime or bytes")


def to_bytes(value: object) -> bytes:
    """Bytes from bytes, hex text with 0x, an int >= 0 (big-endian, as short as can be), or an address. Raises: UsageError."""
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    if isinstance(value, str) and not hasattr(value, "__bytes__"):
        text = value[2:] if value[:2] in ("0x", "0X") else None
        if text is None:
            raise UsageError(f"cannot make bytes of {_quoted(value)}: hex text starts with 0x")
        try:
            return bytes.fromhex(text)
        except ValueError:
            raise UsageError(
                f"cannot make bytes of {_quoted(value)}: not hex, or an odd number of digits"
            ) from None
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big")
    if hasattr(value, "__bytes__"):
        return bytes(value)
    if hasattr(value, "address"):
        return bytes(to_address(value))
    raise UsageError(f"cannot make bytes of {_quoted(value)}: give bytes, hex text or an int >= 0")


def _to_decimal(value: object) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int):
        return Decimal(value)
    raise UsageError(f"cannot make a Decimal of {_quoted(value)}: give an int")


@overload
def convert(value: object, to: type[Address]) -> Address: ...
@overload
def convert(value: object, to: type[int]) -> int: ...
@overload
def convert(value: object, to: type[bytes]) -> bytes: ...
@overload
def convert(value: object, to: type[Decimal]) -> Decimal: ...
def convert(value: Any, to: type) -> Any:
    """Turn `value` into `to`: int (amounts, times), Address, bytes or Decimal.

        ingot.convert("1.5 gwei", int) == 1_500_000_000
        ingot.convert(alice, ingot.Address)

    Raises: UsageError, if it cannot be; AbiError, for an address that is none.
    """
    if to is int:
        return to_int(value)
    if to is Address or to is str:
        return to_address(value)
    if to is bytes:
        return to_bytes(value)
    if to is Decimal:
        return _to_decimal(value)
    raise UsageError(
        f"cannot convert to {getattr(to, '__name__', to)!r}: int, Address, bytes and Decimal are the targets"
    )

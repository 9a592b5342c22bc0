"""What the parameters of requests may be: quantities, data, addresses, blocks. Source: EIP-1474, EIP-1898."""

from __future__ import annotations

from typing import Any

from ingot.rpc.method import Parameter

__all__ = [
    "ADDRESS",
    "ANYTHING",
    "BLOCK",
    "BOOL",
    "DATA",
    "HASH",
    "INTEGER",
    "KEY",
    "LIST",
    "NUMBER",
    "OBJECT",
    "QUANTITY",
    "SLOT",
    "TEXT",
    "WORD",
    "BlockId",
    "list_of",
    "read_address",
    "read_block",
    "read_data",
    "read_hash",
    "read_key",
    "read_quantity",
    "read_slot",
    "read_small",
]

BlockId = int | str | bytes
"""A number, a tag, or a hash."""

TAGS = frozenset(("latest", "pending", "earliest", "safe", "finalized"))


def _shown(value: Any) -> str:
    text = (
        repr(value) if isinstance(value, (str, int, float, bool)) or value is None else type(value).__name__
    )
    return text if len(text) <= 80 else f"{text[:77]}..."


def read_quantity(value: Any) -> int:
    """0 <= quantity < 2**256: hex text, empty for 0 as in geth, or a number as some clients send it."""
    if isinstance(value, str):
        if value[:2] not in _PREFIXES:
            if not value:
                return 0
            raise ValueError("hex string without 0x prefix")
        try:
            number = int(value, 16)
        except ValueError:
            raise ValueError(f"{_shown(value)} is not a hex number") from None
        if not (value.isalnum() and value.isascii()):
            raise ValueError(f"{_shown(value)} is not a hex number")
    elif type(value) is int:
        number = value
    else:
        raise ValueError(f"a hex number was expected, not {_shown(value)}")
    if number < 0 or number >> 256:
        raise ValueError(f"{_shown(value)} is not in the range 0 to 2**256 - 1")
    return number


_PREFIXES = ("0x", "0X")


def read_small(value: Any) -> int:
    """0 <= quantity < 2**64."""
    number = read_quantity(value)
    if number >> 64:
        raise ValueError(f"{_shown(value)} is above 2**64 - 1")
    return number


def read_integer(value: Any) -> int:
    """A quantity, or an integer as decimal text, which may be negative."""
    if isinstance(value, str) and value[:2] != "0x":
        try:
            return int(value)
        except ValueError:
            raise ValueError(f"{_shown(value)} is not a number") from None
    if type(value) is int and abs(value) < 1 << 64:
        return value
    return read_quantity(value)


def read_data(value: Any) -> bytes:
    """Bytes as hex text, an even number of digits; none for an empty text, as in geth."""
    if not isinstance(value, str):
        raise ValueError(f"hex data was expected, not {_shown(value)}")
    if value[:2] not in _PREFIXES:
        if not value:
            return b""
        raise ValueError("hex string without 0x prefix")
    try:
        data = bytes.fromhex(value[2:])
    except ValueError:
        problem = "an odd number of digits" if len(value) % 2 else "what is no hex digit"
        raise ValueError(f"{_shown(value)} has {problem}") from None
    if len(data) * 2 + 2 != len(value):
        raise ValueError(f"{_shown(value)} has what is no hex digit")
    return data


def read_address(value: Any) -> bytes:
    """20 bytes; the checksum of mixed case is not looked at, as in geth."""
    data = read_data(value)
    if len(data) != 20:
        raise ValueError(f"an address has 20 bytes, {_shown(value)} has {len(data)}")
    return data


def read_hash(value: Any) -> bytes:
    """32 bytes."""
    data = read_data(value)
    if len(data) != 32:
        raise ValueError(f"32 bytes were expected, {_shown(value)} has {len(data)}")
    return data


def read_slot(value: Any) -> int:
    """A storage slot: a quantity, or up to 32 bytes."""
    if isinstance(value, str) and len(value) > 66:
        raise ValueError(f"a slot has at most 32 bytes: {_shown(value)}")
    if value == "0x":
        raise ValueError("a slot is a hex number or 32 bytes, '0x' is neither")
    return read_quantity(value)


def read_key(value: Any) -> bytes:
    """A storage slot as it was written: up to 32 bytes. The prefix may be missing, and a digit, as in geth."""
    if type(value) is int and 0 <= value < 1 << 256:
        return value.to_bytes((value.bit_length() + 7) // 8, "big")
    if value is None:  # in a list, as in geth
        return b""
    if not isinstance(value, str):
        raise ValueError(f"a storage slot was expected, not {_shown(value)}")
    digits = value[2:] if value[:2] in _PREFIXES else value
    if len(digits) > 64:
        raise ValueError(f"storage key too long (want at most 32 bytes): {_shown(value)}")
    return read_data("0x" + "0" * (len(digits) % 2) + digits)


def read_word(value: Any) -> int:
    """A word, as a quantity or as data."""
    if isinstance(value, str) and len(value) > 66:
        raise ValueError(f"a word has at most 32 bytes: {_shown(value)}")
    return read_quantity(value)


def read_block(value: Any) -> BlockId:
    """A block number, a tag, or an object with blockNumber or blockHash (EIP-1898)."""
    if isinstance(value, str):
        if value in TAGS:
            return value
        if len(value) == 66:
            return read_hash(value)
        return _read_number(value)
    if isinstance(value, dict):
        number, block_hash = value.get("blockNumber"), value.get("blockHash")
        if (number is None) == (block_hash is None):
            raise ValueError("give blockNumber or blockHash, and not both")
        if number is not None:
            return number if isinstance(number, str) and number in TAGS else _read_number(number)
        return read_hash(block_hash)
    if type(value) is int:
        return _read_number(value)
    raise ValueError(f"a block number, a tag or a hash was expected, not {_shown(value)}")


def _read_number(value: Any) -> int:
    if value == "":
        raise ValueError("a block number, a tag or a hash was expected, not ''")
    number = read_small(value)
    if number >> 63:
        raise ValueError(f"block number {_shown(value)} is larger than 2**63 - 1")
    return number


def read_bool(value: Any) -> bool:
    """True or false."""
    if type(value) is not bool:
        raise ValueError(f"true or false was expected, not {_shown(value)}")
    return value


def read_text(value: Any) -> str:
    """Any text."""
    if not isinstance(value, str):
        raise ValueError(f"text was expected, not {_shown(value)}")
    return value


def read_object(value: Any) -> dict[str, Any]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise ValueError(f"an object was expected, not {_shown(value)}")
    return value


def read_list(value: Any) -> list[Any]:
    """A JSON array."""
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"an array was expected, not {_shown(value)}")
    return list(value)


def list_of(parameter: Parameter) -> Parameter:
    """An array of such values."""

    def read(value: Any) -> list[Any]:
        values = []
        for index, item in enumerate(read_list(value)):
            try:
                values.append(parameter.read(item))
            except ValueError as error:
                raise ValueError(f"[{index}]: {error}") from None
        return values

    return Parameter(read, f"array of {parameter.kind}")


ADDRESS = Parameter(read_address, "address")
ANYTHING = Parameter(lambda value: value, "anything")
BLOCK = Parameter(read_block, "block")
BOOL = Parameter(read_bool, "boolean")
DATA = Parameter(read_data, "data")
HASH = Parameter(read_hash, "32 bytes")
INTEGER = Parameter(read_integer, "integer")
KEY = Parameter(read_key, "slot")
LIST = Parameter(read_list, "array")
NUMBER = Parameter(read_small, "quantity")
OBJECT = Parameter(read_object, "object")
QUANTITY = Parameter(read_quantity, "quantity")
SLOT = Parameter(read_slot, "slot")
TEXT = Parameter(read_text, "text")
WORD = Parameter(read_word, "word")

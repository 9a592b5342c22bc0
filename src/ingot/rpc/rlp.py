"""Recursive Length Prefix. Source: Yellow Paper, appendix B."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["decode_list", "encode", "header_of", "join", "length_of_block", "without_signature"]

Item = bytes | int | Sequence[Any]


def encode(item: Item) -> bytes:
    """Encode bytes, numbers (without leading zeros) and lists of them."""
    if isinstance(item, int):
        item = item.to_bytes((item.bit_length() + 7) // 8, "big")
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < 0x80:
            return item
        return _prefix(0x80, len(item)) + item
    return join([encode(each) for each in item])


def join(encoded: Sequence[bytes]) -> bytes:
    """A list of items that are encoded already."""
    payload = b"".join(encoded)
    return _prefix(0xC0, len(payload)) + payload


def _prefix(kind: int, length: int) -> bytes:
    if length < 56:
        return bytes([kind + length])
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([kind + 55 + len(size)]) + size


def decode_list(encoded: bytes) -> list[bytes]:
    """The items of a list; lists in it stay encoded. Only for what the engine made: malformed input is not looked for."""
    start, end, _ = _span(encoded, 0)
    items = []
    while start < end:
        first = encoded[start]
        if 0x80 <= first < 0xB8:  # a short string, as almost all of a header are
            stop = start + first - 0x7F
            items.append(encoded[start + 1 : stop])
        else:
            begin, stop, is_list = _span(encoded, start)
            items.append(encoded[start:stop] if is_list else encoded[begin:stop])
        start = stop
    return items


def _span(encoded: bytes, at: int) -> tuple[int, int, bool]:
    """Where the payload of the item at `at` begins and ends, and whether it is a list."""
    first = encoded[at]
    if first < 0x80:
        return at, at + 1, False
    is_list, kind = first >= 0xC0, 0xC0 if first >= 0xC0 else 0x80
    if first < kind + 56:
        begin = at + 1
        return begin, begin + first - kind, is_list
    width = first - kind - 55
    begin = at + 1 + width
    return begin, begin + int.from_bytes(encoded[at + 1 : begin], "big"), is_list


def header_of(block: bytes) -> bytes:
    """The header's RLP, the first item of a block's. Raises: ValueError, if there is none."""
    try:
        header = decode_list(block)[0]
    except IndexError:
        raise ValueError("no RLP of a block") from None
    if not header or header[0] < 0xC0:
        raise ValueError("no RLP of a block")
    return header


def length_of_block(header: bytes) -> int:
    """Bytes of a block of which there is nothing but its header, given as RLP."""
    size = len(header) + 2
    return len(_prefix(0xC0, size)) + size


def without_signature(raw: bytes) -> bytes:
    """A transaction's encoding with a signature of zeros: its last three fields."""
    kind = raw[:1] if raw[0] < 0xC0 else b""
    body = raw[len(kind) :]
    start, end, _ = _span(body, 0)
    fields = []
    while start < end:
        _, stop, _ = _span(body, start)
        fields.append(body[start:stop])
        start = stop
    payload = b"".join(fields[:-3]) + b"\x80" * 3
    return kind + _prefix(0xC0, len(payload)) + payload

"""The WebAssembly module inside soljson.js: base64, and since 0.8.12 LZ4 beneath it."""

from __future__ import annotations

import base64
import binascii
import re

from ingot.compile.solc.wasm.shape import ShapeError

__all__ = ["extract_wasm"]

_COMPRESSED = re.compile(r'\}\)\("([A-Za-z0-9+/=]+)",\s*(\d+)\)')
_PLAIN = re.compile(r"data:application/octet-stream;base64,([A-Za-z0-9+/=]+)")
_MAGIC = b"\0asm\1\0\0\0"
_STORED = 0x8000_0000  # a block that is not compressed


def extract_wasm(soljson: str) -> bytes:
    """The module's bytes. Raises: ShapeError, if there is none or it is damaged."""
    try:
        if match := _COMPRESSED.search(soljson):
            module = _lz4_frame(_decode(match[1]), size=int(match[2]))
        elif match := _PLAIN.search(soljson):
            module = _decode(match[1])
        else:
            raise ShapeError("it holds no WebAssembly")
    except (binascii.Error, IndexError) as error:
        raise ShapeError(f"its WebAssembly is damaged: {error}") from error
    if not module.startswith(_MAGIC):
        raise ShapeError("its WebAssembly is damaged")
    return module


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))


def _lz4_frame(packed: bytes, *, size: int) -> bytes:
    """Blocks, each after its length as 4 bytes, little-endian. Source: soljson.js, `uncompress`."""
    output = bytearray()
    position = 0
    while position + 4 <= len(packed):
        length = int.from_bytes(packed[position : position + 4], "little")
        position += 4
        if length == 0:
            break
        if length & _STORED:
            length &= ~_STORED
            output += packed[position : position + length]
        else:
            _lz4_block(packed, position, position + length, output)
        position += length
    if len(output) != size:
        raise ShapeError(f"its WebAssembly unpacks to {len(output)} bytes, not {size}")
    return bytes(output)


def _lz4_block(packed: bytes, position: int, end: int, output: bytearray) -> None:
    """Append one block. Source: LZ4 block format description."""
    while position < end:
        token = packed[position]
        literals, position = _length(packed, position + 1, token >> 4)
        output += packed[position : position + literals]
        position += literals
        if position >= end:
            return
        offset = packed[position] | packed[position + 1] << 8
        matched, position = _length(packed, position + 2, token & 15)
        matched += 4
        start = len(output) - offset
        if offset == 0 or start < 0:
            raise ShapeError("its WebAssembly is damaged: a match before the start")
        if offset >= matched:
            output += output[start : start + matched]
        else:
            whole, rest = divmod(matched, offset)
            pattern = bytes(output[start:])
            output += pattern * whole + pattern[:rest]


def _length(packed: bytes, position: int, nibble: int) -> tuple[int, int]:
    """(length, position behind it): 15 is continued by bytes, the last of which is below 255."""
    length = nibble
    if nibble == 15:
        while True:
            more = packed[position]
            position += 1
            length += more
            if more != 255:
                break
    return length, position

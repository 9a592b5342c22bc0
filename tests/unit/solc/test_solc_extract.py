"""Taking soljson.js apart: LZ4, base64, the wiring, and the WebAssembly that is made from it."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingot.compile.solc.wasm.extract import extract_wasm
from ingot.compile.solc.wasm.glue import Signature, runtime_text, stubs_text
from ingot.compile.solc.wasm.shape import Shape, ShapeError, read_shape

MAGIC = b"\0asm\1\0\0\0"


def _number(value: int) -> bytes:
    """The bytes after a nibble of 15."""
    return b"\xff" * ((value - 15) // 255) + bytes([(value - 15) % 255]) if value >= 15 else b""


def _sequence(literals: bytes, offset: int, length: int) -> bytes:
    """One LZ4 sequence; length 0: the last one, which has literals only."""
    token = min(len(literals), 15) << 4 | (min(length - 4, 15) if length else 0)
    match = offset.to_bytes(2, "little") + _number(length - 4) if length else b""
    return bytes([token]) + _number(len(literals)) + literals + match


def _compressed(blocks: list[bytes], size: int) -> str:
    packed = b"".join(len(block).to_bytes(4, "little") + block for block in blocks) + bytes(4)
    return f'var x = (function (a, b) {{}})("{base64.b64encode(packed).decode().rstrip("=")}", {size});'


sequences = st.lists(
    st.tuples(
        st.binary(max_size=40) | st.binary(min_size=300, max_size=320),
        st.integers(1, 2000),
        st.integers(4, 600),
    ),
    max_size=12,
)


@given(sequences, st.binary(max_size=300))
def test_lz4_sequences_unpack_to_what_they_say(parts: list[tuple[bytes, int, int]], tail: bytes) -> None:
    expected, block = bytearray(MAGIC), _sequence(MAGIC, 1, 4)
    expected += MAGIC[-1:] * 4
    for literals, distance, length in parts:
        expected += literals
        offset = 1 + distance % len(expected)
        block += _sequence(literals, offset, length)
        for _ in range(length):
            expected.append(expected[-offset])
    block += _sequence(tail, 0, 0)
    expected += tail
    assert extract_wasm(_compressed([block], len(expected))) == bytes(expected)


def test_a_stored_block_is_taken_as_it_is() -> None:
    stored = (len(MAGIC) | 0x8000_0000).to_bytes(4, "little") + MAGIC + bytes(4)
    text = f'}})("{base64.b64encode(stored).decode()}", {len(MAGIC)})'
    assert extract_wasm(text) == MAGIC


def test_older_builds_are_plain_base64() -> None:
    text = f'"data:application/octet-stream;base64,{base64.b64encode(MAGIC + b"rest").decode()}"'
    assert extract_wasm(text) == MAGIC + b"rest"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("module.exports = {};", "holds no WebAssembly"),
        (_compressed([_sequence(MAGIC, 0, 0)], 9), "unpacks to 8 bytes, not 9"),
        (_compressed([_sequence(b"other", 0, 0)], 5), "is damaged"),
        (_compressed([_sequence(b"ab", 3, 4)], 6), "a match before the start"),
        (_compressed([_sequence(b"ab", 0, 4)], 6), "a match before the start"),
        (_compressed([b"\xf0"], 15), "unpacks to 3 bytes, not 15"),
        ('"data:application/octet-stream;base64,AAAA"', "is damaged"),
    ],
)
def test_damage_is_said(text: str, words: str) -> None:
    with pytest.raises(ShapeError, match=words):
        extract_wasm(text)


def test_the_wiring_of_a_real_build_is_read(soljson: Path) -> None:
    text = soljson.read_text()
    shape = read_shape(text)
    assert shape.imports
    assert {"malloc", "stackSave", "__cxa_can_catch", "solidity_compile"} <= shape.exports.keys()
    assert shape.memory
    assert shape.table
    assert shape.words == {}


WIRING = """
DYNAMIC_BASE=6266464,DYNAMICTOP_PTR=1023408;
var asmLibraryArg = { "a": _abort, "b": invoke_iii, "c": ___cxa_throw };
"""
EXPORTS = (
    "_solidity_compile",
    "_solidity_version",
    "_malloc",
    "_free",
    "___wasm_call_ctors",
    "___cxa_can_catch",
    "stackSave",
)


def _wired(*exports: str) -> str:
    return WIRING + "".join(
        f'var {name} = Module["{name}"] = asm["{i}"];\n' for i, name in enumerate(exports)
    )


def test_a_build_that_imports_its_memory_is_read() -> None:
    shape = read_shape(_wired(*EXPORTS))
    assert shape.imports == {"a": "_abort", "b": "invoke_iii", "c": "___cxa_throw"}
    assert shape.exports["malloc"] == "2"
    assert shape.exports["__wasm_call_ctors"] == "4"
    assert shape.exports["stackSave"] == "6"
    assert (shape.memory, shape.table) == ("", "")
    assert shape.words == {1023408: 6266464}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "its imports are not where"),
        (WIRING, "exports no solidity_compile"),
        (_wired(*EXPORTS[:-2]), "exports no __cxa_can_catch"),
    ],
)
def test_an_unknown_wiring_is_refused(text: str, words: str) -> None:
    with pytest.raises(ShapeError, match=words):
        read_shape(text)


def test_glue_says_what_a_build_lacks() -> None:
    void = Signature((), ())
    shape = Shape({"a": "_abort"}, {name: name for name in ("malloc",)}, "m", "t", {})
    with pytest.raises(ShapeError, match="exports no stackSave"):
        runtime_text(shape, {"a": void}, {"malloc": void})
    names = (
        "stackSave",
        "stackRestore",
        "setThrew",
        "malloc",
        "free",
        "__cxa_can_catch",
        "__cxa_is_pointer_type",
    )
    whole = Shape({"a": "_abort"}, {name: name for name in names}, "m", "t", {})
    exports = dict.fromkeys(names, void)
    with pytest.raises(ShapeError, match="import 'z' has no implementation"):
        runtime_text(whole, {"z": void}, exports)
    assert "(unreachable)" in runtime_text(whole, {"a": void}, exports)


def test_stubs_call_through_the_table_in_the_order_of_the_imports() -> None:
    import wasmtime

    text = stubs_text({"a": Signature(("i32",), ("i32",)), "b": Signature((), ())})
    module = wasmtime.Module(wasmtime.Engine(), bytes(wasmtime.wat2wasm(text)))
    assert [export.name for export in module.exports] == ["table", "a", "b"]

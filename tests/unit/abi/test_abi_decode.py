"""Malformed data is refused with a path, however it is malformed; nothing small decodes to something huge."""

from __future__ import annotations

import time

import eth_utils
import pytest

from ingot.abi import Error, Event, Function, decode, encode
from ingot.errors import AbiError


def words(*numbers: int) -> bytes:
    return b"".join((number % 2**256).to_bytes(32, "big") for number in numbers)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("uint256", b"", "the data ends after 0 bytes"),
        ("uint256", b"\0" * 31, "the data ends after 31 bytes"),
        ("bool", words(2), "is no bool"),
        ("bool", words(2**255), "is no bool"),
        ("uint8", words(256), "is no uint8"),
        ("int8", words(128), "is no int8"),
        ("int8", words(2**256 - 129), "is no int8"),
        ("address", words(2**160), "is no address"),
        ("bytes4", words(1), "is no bytes4"),
        ("function", words(1), "is no function"),
        ("bytes", words(32, 1, 1), "padding"),
        ("bytes", words(32, 33, 0), "reach beyond"),
        ("bytes", words(32, 1) + b"a", "reach beyond"),
        ("bytes", words(32, 2**255), "the length at byte 32"),
        ("bytes", words(2**255, 0), "the offset at byte 0"),
        ("bytes", words(96, 0), "the offset at byte 0"),
        ("bytes", words(0), "points back"),
        ("string", words(32, 1) + b"\xff" + bytes(31), "not valid UTF-8 from byte 0"),
        ("string", words(32, 3) + b"a\xed\xa0" + bytes(29), "not valid UTF-8 from byte 1"),
        ("uint8[]", words(32, 3, 1, 2), "3 items of uint8 need more"),
        ("uint8[]", words(32, 2**64), "the length at byte 32"),
        ("string[]", words(32, 1, 31, 0), "points back"),
        ("(string,uint8)", words(32, 64, 300, 0), "is no uint8"),
    ],
)
def test_malformed_data_is_refused(name: str, data: bytes, message: str) -> None:
    with pytest.raises(AbiError) as caught:
        decode([name], data)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"data[0] ({name})")


def test_data_may_be_longer_than_needed() -> None:
    assert decode(["uint8"], words(1, 2, 3)) == (1,)


def test_values_may_share_their_tails() -> None:
    assert decode(["string", "string"], words(64, 64, 1) + b"a" + bytes(31)) == ("a", "a")


def test_tails_shared_without_measure_are_refused_at_once() -> None:
    level = words(100, *[100 * 32] * 100)
    data = words(32) + level * 8 + words(0)
    started = time.monotonic()
    with pytest.raises(AbiError, match="refers to itself too often"):
        decode(["uint8" + "[]" * 9], data)
    assert time.monotonic() - started < 1


def test_items_without_size_are_bounded_by_the_data() -> None:
    with pytest.raises(AbiError, match="beyond"):
        decode(["()[]"], words(32, 2**32))
    assert decode(["()[]"], words(32, 3)) == ([(), (), ()],)


def test_data_is_bytes_or_hex_text() -> None:
    assert decode(["uint8"], "0x" + words(5).hex()) == (5,)  # type: ignore[arg-type]
    assert decode(["uint8"], bytearray(words(5))) == (5,)
    with pytest.raises(AbiError, match="neither bytes nor"):
        decode(["uint8"], 5)  # type: ignore[arg-type]


def test_paths_lead_to_the_member() -> None:
    function = Function(
        """{"type": "function", "name": "g", "inputs": [], "outputs": [{"name": "list", "type": "tuple[]",
        "components": [{"name": "ok", "type": "bool"}, {"name": "who", "type": "address"}]}]}"""
    )
    with pytest.raises(AbiError, match=r"^the result of g\(\): list\[1\]\.who: 0x0*1f{40} is no address$"):
        function.decode_output(words(32, 2, 1, 5, 0, 2**161 - 1))


def test_results_are_none_a_value_or_a_struct() -> None:
    nothing = Function("function f()")
    single = Function("function f() returns (uint256)")
    several = Function("function f() returns (uint256 left, bool right)")
    assert nothing.decode_output(b"") is None
    assert single.decode_output(words(7)) == 7
    assert several.decode_output(words(7, 1)) == (7, True)
    assert several.decode_output(words(7, 1)).left == 7
    with pytest.raises(AbiError, match="ends after 0 bytes"):
        single.decode_output(b"")


def test_calldata_of_another_function_is_refused() -> None:
    function = Function("function f(uint256 x)")
    assert function.decode_input(function.encode((5,))).x == 5
    with pytest.raises(AbiError, match="another selector"):
        function.decode_input(b"\0" * 36)
    with pytest.raises(AbiError, match="another selector"):
        function.decode_input(b"")


def test_constructor_arguments_have_no_selector() -> None:
    constructor = Function('{"type": "constructor", "inputs": [{"name": "supply", "type": "uint256"}]}')
    assert constructor.selector == b""
    assert constructor.encode((5,)) == words(5)
    assert constructor.decode_input(words(5)).supply == 5


def test_errors_decode_what_they_encode() -> None:
    error = Error("error InsufficientBalance(uint256 available, uint256 required)")
    data = error.encode((1, 2))
    assert data[:4] == error.selector
    decoded = error.decode(data)
    assert (decoded.available, decoded.required) == (1, 2)
    assert repr(decoded) == "InsufficientBalance(available=1, required=2)"
    with pytest.raises(AbiError, match="another selector"):
        error.decode(b"\x08\xc3\x79\xa0" + data[4:])
    with pytest.raises(AbiError, match="takes 2 arguments, 1 was given"):
        error.encode((1,))


TRANSFER = Event("event Transfer(address indexed from, address indexed to, uint256 value)")


def test_events_are_structs_in_the_order_of_the_abi() -> None:
    event = Event("event E(uint256 a, uint256 indexed b, string indexed c, uint256 d)")
    assert event.inputs == [
        ("a", "uint256", False),
        ("b", "uint256", True),
        ("c", "string", True),
        ("d", "uint256", False),
    ]
    decoded = event.decode([event.topic, words(2), b"h" * 32], words(1, 4))
    assert decoded == (1, 2, b"h" * 32, 4)
    assert decoded._fields == ("a", "b", "c", "d")


@pytest.mark.parametrize(
    ("topics", "data", "message"),
    [
        ([], words(5), "another event"),
        ([b"\0" * 32, words(1), words(2)], words(5), "another event"),
        ([TRANSFER.topic, words(1)], words(5), "has 1 indexed parameters, 2 were expected"),
        ([TRANSFER.topic, words(1), words(2), words(3)], words(5), "has 3 indexed parameters"),
        ([TRANSFER.topic, words(1), words(2)], b"", "value: the data ends after 0 bytes"),
        ([TRANSFER.topic, words(2**160), words(2)], words(5), "from: 0x"),
        ([TRANSFER.topic, b"\0" * 31, words(2)], words(5), "a topic has 32 bytes"),
        ("topics", words(5), "topics must be a list"),
    ],
)
def test_logs_of_other_events_are_refused(topics: list[bytes], data: bytes, message: str) -> None:
    with pytest.raises(AbiError) as caught:
        TRANSFER.decode(topics, data)
    assert message in str(caught.value)


def test_anonymous_events_have_no_topic_of_their_own() -> None:
    event = Event(
        """{"type": "event", "name": "A", "anonymous": true,
        "inputs": [{"name": "x", "type": "uint256", "indexed": true}]}"""
    )
    assert (event.topic, event.anonymous) == (b"", True)
    assert event.decode([words(5)], b"").x == 5


def test_topics_of_indexed_values() -> None:
    event = Event(
        """{"type": "event", "name": "E", "inputs": [{"name": "a", "type": "string", "indexed": true},
        {"name": "b", "type": "tuple", "indexed": true, "components": [{"name": "x", "type": "uint8"},
        {"name": "y", "type": "string[]"}]}, {"name": "c", "type": "int8", "indexed": true}, {"name": "d", "type": "bool"}]}"""
    )
    assert event.encode_topic(0, "hello") == eth_utils.keccak(b"hello")
    padded = words(7) + b"one".ljust(32, b"\0") + b"t" * 33 + bytes(31)
    assert event.encode_topic(1, (7, ["one", "t" * 33])) == eth_utils.keccak(padded)
    assert event.encode_topic(2, -1) == b"\xff" * 32
    with pytest.raises(AbiError, match="d is not indexed"):
        event.encode_topic(3, True)
    with pytest.raises(AbiError, match="no parameter 4"):
        event.encode_topic(4, True)
    with pytest.raises(AbiError, match=r"b\.x: 256 is above 255"):
        event.encode_topic(1, (256, []))


@pytest.mark.parametrize("kind", [Function, Event, Error])
@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", "nonsense", '{"type": "fallback"}', '{"name": "f", "type": 5}']
)
def test_entries_that_are_none_are_refused(kind: type, text: str) -> None:
    with pytest.raises(AbiError):
        kind(text)


def test_a_library_type_is_refused_by_name() -> None:
    with pytest.raises(AbiError, match="a type of a library"):
        Function('{"name": "f", "type": "function", "inputs": [{"name": "s", "type": "L.S storage"}]}')


def test_entries_describe_themselves() -> None:
    function = Function("function transfer(address to, uint256 value) payable returns (bool ok)")
    assert function.name == "transfer"
    assert function.signature == "transfer(address,uint256)"
    assert function.selector.hex() == "a9059cbb"
    assert function.description == "transfer(to: address, value: uint256)"
    assert repr(function) == "<Function transfer(to: address, value: uint256)>"
    assert function.inputs == [("to", "address"), ("value", "uint256")]
    assert function.outputs == [("ok", "bool")]
    assert (function.is_view, function.is_payable) == (False, True)
    assert repr(TRANSFER) == "<Event Transfer(from: address, to: address, value: uint256)>"
    assert TRANSFER.description == "Transfer(from: address, to: address, value: uint256)"
    assert TRANSFER.signature == "Transfer(address,address,uint256)"
    assert TRANSFER.name == "Transfer"
    error = Error("error Bad(uint256 code)")
    assert (error.name, error.signature, error.inputs) == ("Bad", "Bad(uint256)", [("code", "uint256")])
    assert error.description == "Bad(code: uint256)"
    assert repr(error) == "<Error Bad(code: uint256)>"


def test_huge_nested_values_pass_both_ways() -> None:
    value = [[(number, "x" * (number % 50), [number % 256] * 3) for number in range(100)] for _ in range(100)]
    name = "(uint256,string,uint8[3])[][]"
    assert decode([name], encode([name], [value])) == (value,)

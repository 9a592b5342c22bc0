"""The native ABI codec against eth-abi: random types, values and malformed data, in both directions.

INGOT_ABI_EXAMPLES sets the number of examples of each test; 250 by default.
"""

from __future__ import annotations

import os
from typing import Any

import eth_abi
import eth_abi.packed
import pytest
from eth_abi.exceptions import DecodingError
from hypothesis import HealthCheck, given, settings, target
from hypothesis import strategies as st

from ingot.abi import decode, encode, encode_packed
from ingot.errors import AbiError

EXAMPLES = int(os.environ.get("INGOT_ABI_EXAMPLES", "250"))
bounded = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)

STRICTER = ("the data refers to itself too often", "points back among the offsets")
"""Where our decoder refuses what eth-abi decodes; docs/abi.md explains each."""

WORDS = st.sampled_from(
    [
        0,
        1,
        2,
        31,
        32,
        33,
        64,
        96,
        255,
        256,
        2**31,
        2**32,
        2**63,
        2**64 - 32,
        2**64,
        2**160,
        2**255,
        2**256 - 1,
    ]
)


def elementary() -> st.SearchStrategy[tuple[str, st.SearchStrategy[Any]]]:
    """(type, strategy of its values)."""
    bits = st.integers(1, 32).map(lambda count: count * 8)
    return st.one_of(
        bits.map(lambda n: (f"uint{n}", st.integers(0, 2**n - 1))),
        bits.map(lambda n: (f"int{n}", st.integers(-(2 ** (n - 1)), 2 ** (n - 1) - 1))),
        st.integers(1, 32).map(lambda n: (f"bytes{n}", st.binary(min_size=n, max_size=n))),
        st.just(("bool", st.booleans())),
        st.just(("address", st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex()))),
        st.just(("function", st.binary(min_size=24, max_size=24))),
        st.just(("bytes", st.binary(max_size=70))),
        st.just(("string", st.text(st.characters(exclude_categories=["Cs"]), max_size=40))),
    )


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def tuple_of(members: list[Any]) -> Any:
        return f"({','.join(name for name, _ in members)})", st.tuples(*(values for _, values in members))

    return st.one_of(
        inner.map(lambda item: (f"{item[0]}[]", st.lists(item[1], max_size=4))),
        st.tuples(inner, st.integers(1, 3)).map(
            lambda both: (
                f"{both[0][0]}[{both[1]}]",
                st.lists(both[0][1], min_size=both[1], max_size=both[1]),
            )
        ),
        st.lists(inner, min_size=1, max_size=4).map(tuple_of),
    )


TYPES = st.recursive(elementary(), nested, max_leaves=6)


@st.composite
def typed_values(draw: st.DrawFn) -> tuple[list[str], list[Any]]:
    drawn = draw(st.lists(TYPES, min_size=1, max_size=4))
    return [name for name, _ in drawn], [draw(values) for _, values in drawn]


@st.composite
def damaged(draw: st.DrawFn) -> tuple[list[str], bytes]:
    """Valid data with a few words replaced, bits flipped, parts cut out or doubled."""
    types, values = draw(typed_values())
    data = bytearray(eth_abi.encode(types, values))
    for _ in range(draw(st.integers(1, 3))):
        words = len(data) // 32
        match draw(st.sampled_from(["word", "bit", "cut", "insert", "copy"])):
            case "word" if words:
                at = draw(st.integers(0, words - 1)) * 32
                data[at : at + 32] = draw(WORDS).to_bytes(32, "big")
            case "bit" if data:
                data[draw(st.integers(0, len(data) - 1))] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del data[draw(st.integers(0, len(data))) :]
            case "insert":
                at = draw(st.integers(0, words)) * 32
                data[at:at] = draw(WORDS).to_bytes(32, "big")
            case "copy" if words:
                source, to = (draw(st.integers(0, words - 1)) * 32 for _ in range(2))
                data[to : to + 32] = data[source : source + 32]
    return types, bytes(data)


def plain(value: Any) -> Any:
    """Lists as tuples and addresses in lower case, as eth-abi decodes them."""
    if isinstance(value, (list, tuple)):
        return tuple(plain(item) for item in value)
    if isinstance(value, str) and type(value) is not str:
        return value.lower()
    return value


def attempt(types: list[str], data: bytes) -> tuple[Any, str]:
    """(what we decode, why we refuse)"""
    try:
        return decode(types, data), ""
    except AbiError as error:
        return None, str(error)


@bounded
@given(typed_values())
def test_both_encode_to_the_same_data(drawn: tuple[list[str], list[Any]]) -> None:
    types, values = drawn
    assert encode(types, values).hex() == eth_abi.encode(types, values).hex()


@bounded
@given(typed_values())
def test_both_decode_to_the_same_values(drawn: tuple[list[str], list[Any]]) -> None:
    types, values = drawn
    decoded = plain(decode(types, eth_abi.encode(types, values)))
    assert decoded == eth_abi.decode(types, eth_abi.encode(types, values))
    assert decoded == plain(values)


@bounded
@given(damaged())
def test_both_refuse_damaged_data_or_read_the_same(drawn: tuple[list[str], bytes]) -> None:
    types, data = drawn
    target(len(data))
    try:
        theirs = eth_abi.decode(types, data)
    except (DecodingError, UnicodeDecodeError, OverflowError):
        with pytest.raises(AbiError):
            decode(types, data)
        return
    ours, refusal = attempt(types, data)
    if refusal:
        assert any(kind in refusal for kind in STRICTER), f"{refusal}, but eth-abi reads {theirs!r}"
    else:
        assert plain(ours) == theirs


@bounded
@given(st.lists(TYPES, min_size=1, max_size=3), st.binary(max_size=400))
def test_random_data_never_crashes_the_decoder(drawn: list[Any], data: bytes) -> None:
    types = [name for name, _ in drawn]
    _, refusal = attempt(types, data)
    assert refusal.startswith("data[") or not refusal


@bounded
@given(st.text("abfinorstuxydegmlc()[],0123456789 ", max_size=30))
def test_random_text_is_a_type_of_both_or_of_none(text: str) -> None:
    try:
        encode([text], [[]])
    except AbiError as error:
        if "is not a type" not in str(error):
            return
        with pytest.raises(Exception):  # noqa: B017, PT011 - eth-abi raises many kinds
            eth_abi.encode([text], [[]])


def overshooting(types: str) -> st.SearchStrategy[Any]:
    """Values around the bounds of an integer type, most of them outside."""
    bits = int(types.removeprefix("u").removeprefix("int"))
    bounds = [0, 2**bits, 2 ** (bits - 1), -(2 ** (bits - 1))]
    return st.builds(lambda bound, off: bound + off, st.sampled_from(bounds), st.integers(-2, 2))


@bounded
@given(st.data(), st.sampled_from(["uint8", "int8", "uint72", "int128", "uint248", "uint256", "int256"]))
def test_both_draw_the_same_bounds(data: st.DataObject, name: str) -> None:
    value = data.draw(overshooting(name))
    try:
        theirs = eth_abi.encode([name], [value])
    except eth_abi.exceptions.EncodingError:
        with pytest.raises(AbiError, match=f"is (above|below) .*(0$|{name})"):
            encode([name], [value])
    else:
        assert encode([name], [value]) == theirs


@bounded
@given(st.data(), st.lists(elementary(), min_size=1, max_size=4))
def test_both_pack_elementary_values_the_same(data: st.DataObject, drawn: list[Any]) -> None:
    types = [name for name, _ in drawn]
    values = [data.draw(values) for _, values in drawn]
    assert encode_packed(types, values).hex() == eth_abi.packed.encode_packed(types, values).hex()


@bounded
@given(st.data(), elementary().filter(lambda one: one[0] not in ("bytes", "string")))
def test_packed_arrays_pad_their_items_as_solidity_does(data: st.DataObject, drawn: Any) -> None:
    name, values = drawn
    items = data.draw(st.lists(values, max_size=3))
    assert encode_packed([f"{name}[]"], [items]) == eth_abi.encode([name] * len(items), items)

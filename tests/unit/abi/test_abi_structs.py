"""Struct: a tuple whose members have the ABI's names, also those that Python cannot take."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingot.abi import Function, Struct
from ingot.abi.structs import struct_class


def made(*names: str) -> Any:
    """A Struct with members of these names and the values 0, 1, ...; as a call returns it."""
    outputs = [{"name": name, "type": "uint256"} for name in names]
    function = Function(json.dumps({"type": "function", "name": "f", "inputs": [], "outputs": outputs}))
    return function.decode_output(b"".join(number.to_bytes(32, "big") for number in range(len(names))))


def test_members_by_attribute_name_and_index() -> None:
    struct = made("left", "right")
    assert isinstance(struct, Struct)
    assert struct.left == struct["left"] == struct[0] == 0
    assert struct.right == struct["right"] == struct[-1] == 1
    left, right = struct
    assert (left, right) == struct == (0, 1)
    assert struct[:1] == (0,)
    assert struct._fields == ("left", "right")
    assert struct._asdict() == {"left": 0, "right": 1}
    assert repr(struct) == "f(left=0, right=1)"


def test_it_compares_and_hashes_as_the_tuple() -> None:
    struct = made("a", "b")
    assert struct == (0, 1)
    assert hash(struct) == hash((0, 1))
    assert {struct: "x"}[(0, 1)] == "x"
    assert struct != (0, 2)
    assert struct < (0, 2)


@pytest.mark.parametrize(
    "name", ["from", "class", "_x", "__init__", "None", "_fields", "_asdict", "__class__"]
)
def test_names_that_python_cannot_take_get_an_alias(name: str) -> None:
    struct = made("ok", name)
    assert struct[name] == struct[1] == struct[f"{name}_"] == 1
    assert getattr(struct, f"{name}_") == 1
    assert struct._fields == ("ok", name)
    assert struct._asdict() == {"ok": 0, name: 1}
    assert struct.ok == 0
    assert f"{name}=1" in repr(struct)


def test_names_of_tuple_methods_are_members() -> None:
    struct = made("count", "index")
    assert (struct.count, struct.index) == (0, 1)


def test_names_given_twice_stay_reachable() -> None:
    struct = made("a", "a", "a")
    assert (struct.a, struct.a_, struct.a__) == (0, 1, 2)
    assert (struct["a"], struct["a_"], struct[2]) == (0, 1, 2)
    assert len(struct._asdict()) == 3


def test_members_without_a_name_have_their_position() -> None:
    struct = made("", "x", "")
    assert struct._fields == ("_0", "x", "_2")
    assert (struct["_0"], struct.x, struct["_2"]) == (0, 1, 2)


def test_an_alias_never_hides_a_member() -> None:
    struct = made("from", "from_")
    assert (struct["from"], struct["from_"], struct.from_) == (0, 1, 1)
    assert (struct[0], struct[1]) == (0, 1)


def test_unknown_names_are_explained() -> None:
    struct = made("left", "right")
    with pytest.raises(AttributeError, match="f has no member 'middle', only left, right"):
        _ = struct.middle
    with pytest.raises(KeyError, match="has no member 'middle', only left, right"):
        _ = struct["middle"]
    with pytest.raises(IndexError):
        _ = struct[2]
    with pytest.raises(TypeError):
        _ = struct[1.5]
    with pytest.raises(AttributeError):
        struct.left = 5


def test_it_pickles_and_copies() -> None:
    struct = made("a", "from", "a")
    for again in (pickle.loads(pickle.dumps(struct)), copy.copy(struct), copy.deepcopy(struct)):
        assert again == struct
        assert again._fields == struct._fields
        assert type(again) is type(struct)


def test_equal_shapes_share_one_class() -> None:
    assert type(made("a", "b")) is type(made("a", "b"))
    assert type(made("a", "b")) is not type(made("a", "c"))


def test_nested_structs_bear_the_name_of_the_source() -> None:
    components = [{"name": "maker", "type": "uint256"}, {"name": "from", "type": "uint8"}]
    outputs = [
        {"name": "order", "type": "tuple", "internalType": "struct Market.Order", "components": components}
    ]
    function = Function(json.dumps({"type": "function", "name": "f", "inputs": [], "outputs": outputs}))
    order = function.decode_output(b"\x01".rjust(32, b"\0") + b"\x02".rjust(32, b"\0"))
    assert repr(order) == "Order(maker=1, from=2)"
    assert (order.maker, order.from_, order["from"]) == (1, 2, 2)


@given(
    st.lists(
        st.text(st.sampled_from("ab_ fr0é"), max_size=3) | st.sampled_from(["from", "from_", "_0", "index"]),
        max_size=6,
    )
)
def test_every_member_is_reachable_whatever_the_names(names: list[str]) -> None:
    if len(names) < 2:
        return
    struct = made(*names)
    assert tuple(struct) == tuple(range(len(names)))
    assert len(set(struct._fields)) == len(names)
    for position, key in enumerate(struct._fields):
        assert struct[key] == position
    assert list(struct._asdict().values()) == list(range(len(names)))


def test_classes_are_cached() -> None:
    assert struct_class("A", ("x",)) is struct_class("A", ("x",))

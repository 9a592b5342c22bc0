"""Which Python value fits which type; every refusal names the parameter's path."""

from __future__ import annotations

import dataclasses
import enum
import fractions
from collections import OrderedDict, UserList, deque
from types import MappingProxyType
from typing import Any

import pytest

from ingot.abi import Function, Struct, decode, encode, encode_packed
from ingot.errors import AbiError

ALICE = "0x" + "a1" * 20

TRANSFER = Function("function transfer(address to, uint256 value) returns (bool)")
ORDERS = Function(
    """{"type": "function", "name": "f", "inputs": [{"name": "orders", "type": "tuple[]", "internalType": "struct M.Order[]",
    "components": [{"name": "maker", "type": "address"}, {"name": "amount", "type": "uint256"}]}]}"""
)


class Index:
    def __index__(self) -> int:
        return 7


class Level(enum.IntEnum):
    HIGH = 3


def roundtrip(name: str, value: Any) -> Any:
    return decode([name], encode([name], [value]))[0]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("uint256", 2**256 - 1, 2**256 - 1),
        ("uint8", Index(), 7),
        ("uint8", Level.HIGH, 3),
        ("int256", -(2**255), -(2**255)),
        ("int256", -(2**63) - 1, -(2**63) - 1),
        ("int72", -(2**71), -(2**71)),
        ("int256", -1, -1),
        ("bool", True, True),
        ("bytes4", "0xa9059cbb", bytes.fromhex("a9059cbb")),
        ("bytes4", bytearray(b"abcd"), b"abcd"),
        ("bytes", memoryview(b"abc"), b"abc"),
        ("bytes", "0x", b""),
        ("string", "ünï 🦔", "ünï 🦔"),
        ("string", "", ""),
        ("uint8[]", (1, 2), [1, 2]),
        ("uint8[]", deque([1, 2]), [1, 2]),
        ("uint8[2]", UserList([1, 2]), [1, 2]),
        ("uint8[]", range(3), [0, 1, 2]),
        ("uint8[]", [], []),
        ("(uint8,bool)", [1, True], (1, True)),
        ("function", b"f" * 24, b"f" * 24),
        ("uint8[0]", [], []),
        ("()", (), ()),
    ],
)
def test_values_that_fit(name: str, value: Any, expected: Any) -> None:
    assert roundtrip(name, value) == expected


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("uint256", -1, "-1 is below 0"),
        ("uint256", 2**256, "above 2**256 - 1, the greatest uint256"),
        ("uint256", 10**400, "above 2**256 - 1, the greatest uint256"),
        ("uint256", -(10**400), "is below 0"),
        ("uint8", 256, "256 is above 255, the greatest uint8"),
        ("int8", 128, "128 is above 127, the greatest int8"),
        ("int8", -129, "-129 is below -128, the least int8"),
        ("int256", 2**255, "above 2**255 - 1, the greatest int256"),
        ("int256", -(2**255) - 1, "below -2**255, the least int256"),
        ("uint256", True, "True (bool) is not an int"),
        ("uint256", 1.0, "1.0 (float) is not an int"),
        ("uint256", "1", "'1' (str) is not an int"),
        ("uint256", "0x01", "(str) is not an int"),
        ("uint256", b"\x01", "(bytes) is not an int"),
        ("uint256", None, "None is not an int"),
        ("uint256", fractions.Fraction(1), "(Fraction) is not an int"),
        ("bool", 1, "1 (int) is not a bool"),
        ("bool", 0, "0 (int) is not a bool"),
        ("bool", "true", "(str) is not a bool"),
        ("bool", None, "None is not a bool"),
        ("bytes4", b"abc", "bytes4 takes exactly 4 bytes, 3 were given"),
        ("bytes4", b"abcde", "bytes4 takes exactly 4 bytes, 5 were given"),
        ("bytes4", "0xa9059c", "bytes4 takes exactly 4 bytes, 3 were given"),
        ("bytes4", "a9059cbb", "starts with 0x"),
        ("bytes4", "abcd", "starts with 0x"),
        ("bytes4", "0xa9059cb", "odd number of hex digits"),
        ("bytes4", "0xa9059cbg", "is not hex"),
        ("bytes4", 0xA9059CBB, "(int) is not bytes"),
        ("bytes", [1, 2], "(list) is not bytes"),
        ("bytes", None, "None is not bytes"),
        ("function", b"f" * 20, "takes exactly 24 bytes, 20 were given"),
        ("string", b"abc", "(bytes) is not a str"),
        ("string", 5, "(int) is not a str"),
        ("string", "a\ud800", "surrogates"),
        ("uint8[]", "ab", "(str) is not a list or tuple"),
        ("uint8[]", b"ab", "(bytes) is not a list or tuple"),
        ("uint8[]", {1, 2}, "(set) is not a list or tuple"),
        ("uint8[]", 5, "(int) is not a list or tuple"),
        ("uint8[]", iter([1]), "is not a list or tuple"),
        ("uint8[2]", [1], "uint8[2] takes 2 items, 1 were given"),
        ("(uint8,bool)", (1,), "takes 2 members, 1 was given"),
        ("(uint8,bool)", 5, "is not a tuple, a dict"),
        ("(uint8,bool)", "ab", "is not a tuple, a dict"),
    ],
)
def test_values_that_do_not_fit(name: str, value: Any, message: str) -> None:
    with pytest.raises(AbiError) as caught:
        encode([name], [value])
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"values[0] ({name})")


@pytest.mark.parametrize("name", ["fixed", "ufixed128x18", "fixed128x18[]", "(fixed)"])
def test_fixed_point_is_refused_by_name(name: str) -> None:
    with pytest.raises(AbiError, match="fixed-point"):
        encode([name], [1])


@pytest.mark.parametrize(
    "name", ["", "uint7", "uint264", "bytes33", "Address", "uint256[", "(uint256", "tuple", "enum"]
)
def test_unknown_types_are_refused(name: str) -> None:
    with pytest.raises(AbiError, match="is not a type of the ABI"):
        decode([name], b"")


def test_types_nested_without_end_are_refused() -> None:
    with pytest.raises(AbiError, match="deeper than 32"):
        encode(["(" * 100_000 + "bool" + ")" * 100_000], [1])
    with pytest.raises(AbiError, match="more than"):
        decode(["uint8[99999999][99999999]"], b"")


def test_deeply_nested_values_pass() -> None:
    value: Any = True
    for _ in range(31):
        value = [value]
    assert roundtrip("bool" + "[]" * 31, value) == value


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ((ALICE, -1), None, "transfer(to: address, value: uint256): value: -1 is below 0"),
        ((5, 1), None, "transfer(to: address, value: uint256): to: 5 (int) is not an address"),
        ((ALICE, 1, 2), None, "transfer(to: address, value: uint256) takes 2 arguments, 3 were given"),
        ((ALICE,), None, "takes 2 arguments, 1 was given: 'value' is missing"),
        ((), None, "takes 2 arguments, 0 were given: 'to' is missing"),
        ((), {"value": 1}, "takes 2 arguments, 1 was given: 'to' is missing"),
        ((ALICE,), {"valeu": 1}, "has no parameter 'valeu'; did you mean 'value'?"),
        ((ALICE,), {"nonsense": 1}, "has no parameter 'nonsense'"),
        ((ALICE,), {"to": 1}, "got 'to' twice, by position and by name"),
        ((ALICE, 1), {"value": 1}, "got 'value' twice"),
        ((ALICE, 1), {"gas": 1}, "has no parameter 'gas'"),
        (ALICE, None, "must be a sequence"),
        (5, None, "must be a sequence"),
    ],
)
def test_wrong_arguments_are_explained(args: Any, kwargs: Any, message: str) -> None:
    with pytest.raises(AbiError) as caught:
        TRANSFER.encode(args, kwargs)
    assert message in str(caught.value)
    assert TRANSFER.accepts(args, kwargs) is False


def test_arguments_by_name_and_by_position_encode_the_same() -> None:
    data = TRANSFER.encode((ALICE, 5))
    assert data.hex() == "a9059cbb" + "00" * 12 + "a1" * 20 + "00" * 31 + "05"
    assert TRANSFER.encode([ALICE], {"value": 5}) == data
    assert TRANSFER.encode((), {"value": 5, "to": ALICE}) == data
    assert TRANSFER.encode((ALICE, 5), {}) == data
    assert TRANSFER.accepts((ALICE, 5)) is True


def test_parameters_named_as_keywords_have_an_alias() -> None:
    function = Function("function f(uint256 from, uint256 to)")
    assert function.encode((), {"from_": 1, "to": 2}) == function.encode((1, 2))
    assert function.encode((), {"from": 1, "to": 2}) == function.encode((1, 2))


def test_the_path_leads_into_arrays_and_structs() -> None:
    with pytest.raises(AbiError) as caught:
        ORDERS.encode(([(ALICE, 1), (ALICE, 2), ("0x12", 3)],))
    assert str(caught.value) == (
        'f(orders: (address,uint256)[]): orders[2].maker: "0x12" has 2 hex digits, an address has 40'
    )
    with pytest.raises(
        AbiError, match=r"orders\[0\]: Order\(maker: address, amount: uint256\) takes 2 members, 3"
    ):
        ORDERS.encode(([(ALICE, 1, 2)],))


def test_structs_come_from_tuples_dicts_dataclasses_and_structs() -> None:
    @dataclasses.dataclass
    class Order:
        maker: str
        amount: int

    wanted = ORDERS.encode(([(ALICE, 1)],))
    for order in (
        [ALICE, 1],
        {"maker": ALICE, "amount": 1},
        OrderedDict(amount=1, maker=ALICE),
        MappingProxyType({"amount": 1, "maker": ALICE}),
        Order(ALICE, 1),
        ORDERS.decode_input(wanted).orders[0],
    ):
        assert ORDERS.encode(([order],)) == wanted


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ({"maker": ALICE}, 'lacks "amount"'),
        ({"maker": ALICE, "amount": 1, "taker": ALICE}, "has no member 'taker'; did you mean 'maker'?"),
        ({"maker": ALICE, "amount": 1, 5: 1}, "has no member '5'"),
        ({}, 'lacks "maker"'),
    ],
)
def test_dicts_must_have_the_names_of_the_struct(order: Any, message: str) -> None:
    with pytest.raises(AbiError) as caught:
        ORDERS.encode(([order],))
    assert message in str(caught.value)
    assert "orders[0]: Order(maker: address, amount: uint256)" in str(caught.value)


def test_a_given_dict_is_left_alone() -> None:
    order = {"maker": ALICE, "amount": 1}
    kwargs = {"orders": [order]}
    ORDERS.encode((), kwargs)
    assert (order, kwargs) == ({"maker": ALICE, "amount": 1}, {"orders": [order]})


def test_errors_of_values_pass_through() -> None:
    class Broken:
        def __index__(self) -> int:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        encode(["uint256"], [Broken()])


def test_a_list_that_shrinks_while_it_is_read_is_harmless() -> None:
    items: list[Any] = []

    class Shrinking:
        def __index__(self) -> int:
            items.clear()
            return 1

    items += [Shrinking(), 2, 3]
    assert decode(["uint8[]"], encode(["uint8[]"], [items])) == ([1, 2, 3],)


def test_values_and_types_must_be_as_many() -> None:
    with pytest.raises(AbiError, match="1 value for 2 types"):
        encode(["bool", "bool"], [True])
    with pytest.raises(AbiError, match="values must be a list or tuple"):
        encode(["bool"], True)  # type: ignore[arg-type]


@pytest.mark.parametrize("types", ["uint8", b"uint8", None, 5, [5], [None], ["\ud800"]])
def test_types_are_a_list_of_names(types: Any) -> None:
    for use in (lambda: encode(types, [1]), lambda: encode_packed(types, [1]), lambda: decode(types, b"")):
        with pytest.raises(AbiError, match="types must be a list of type names"):
            use()


def test_packed_follows_solidity() -> None:
    # abi.encodePacked(int16(-1), bytes1(0x42), uint16(0x03), string("Hello, world!")), as in solc's documentation
    packed = encode_packed(["int16", "bytes1", "uint16", "string"], [-1, b"\x42", 3, "Hello, world!"])
    assert packed.hex() == "ffff42000348656c6c6f2c20776f726c6421"
    assert encode_packed(["uint8[]"], [[1, 2]]) == encode(["uint8", "uint8"], [1, 2])


@pytest.mark.parametrize("name", ["string[]", "bytes[2]", "uint8[][]", "(uint8)", "(uint8)[]"])
def test_packed_refuses_what_solidity_cannot_pack(name: str) -> None:
    with pytest.raises(AbiError, match="no packed encoding"):
        encode_packed([name], [[]])


def test_a_struct_is_plain_where_the_abi_gave_no_names() -> None:
    decoded = roundtrip("(uint8,bool)", (1, True))
    assert type(decoded) is tuple
    assert not isinstance(decoded, Struct)

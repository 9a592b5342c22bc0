"""What stands for an address, and the variety of what does not."""

from __future__ import annotations

import dataclasses
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingot.engine import to_address
from ingot.errors import AbiError
from ingot.types import Address

TEXT = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
RAW = bytes.fromhex(TEXT[2:])


class Account:
    def __init__(self, address: object) -> None:
        self.address = address


class BytesLike(bytes):
    """As hexbytes has it."""


@pytest.mark.parametrize(
    "value",
    [
        TEXT,
        TEXT.lower(),
        "0x" + TEXT[2:].upper(),
        RAW,
        bytearray(RAW),
        BytesLike(RAW),
        Address(TEXT),
        Account(TEXT),
        Account(RAW),
        Account(Address(TEXT)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_all_forms_of_an_address_are_the_same(value: object) -> None:
    address = to_address(value)  # type: ignore[arg-type]
    assert address == TEXT
    assert type(address) is Address


def test_checksums_are_those_of_eip_55() -> None:
    for text in (
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "0xde709f2102306220921060314715629080e2fb77",
    ):
        assert to_address(text.lower()) == text
        assert to_address(text) == text


def test_digits_without_letters_have_any_case() -> None:
    assert to_address("0x" + "12" * 20) == "0x" + "12" * 20


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("", "empty"),
        ("0x", "has 0 hex digits, an address has 40"),
        ("0x1234", "has 4 hex digits"),
        ("0x1", "has 1 hex digit, an address"),
        (TEXT + "0", "has 41 hex digits"),
        (TEXT[:-1], "has 39 hex digits"),
        (TEXT[2:], "lacks the prefix 0x"),
        ("0X" + TEXT[2:], "write 0x"),
        (" " + TEXT, "white space"),
        (TEXT + "\n", "white space"),
        (TEXT[:-1] + "g", "'g' is no hex digit"),
        (TEXT[:-1] + "é", "'é' is no hex digit"),
        ("0x" + "４" * 40, "is no hex digit"),
        (TEXT[:-1] + "7", "fails its checksum"),
        (TEXT.replace("F6F4", "f6F4"), "fails its checksum"),
        (TEXT[:2] + TEXT[2:].swapcase(), "fails its checksum"),
        ("vitalik.eth", "names are not resolved"),
        ("alice", "is no hex digit"),
        ("\ud800", "not valid Unicode"),
        ("0x" + "a" * 100_000, "has 100000 hex digits"),
        (b"", "has 20 bytes, 0 were given"),
        (RAW[:-1], "19 were given"),
        (RAW + b"\0", "21 were given"),
        (bytes(12) + RAW, "32 were given"),
        (bytearray(3), "3 were given"),
        (None, "None is not an address"),
        (0, "0 (int) is not an address"),
        (int.from_bytes(RAW, "big"), "(int) is not an address"),
        (True, "True (bool) is not an address"),
        (1.5, "is not an address"),
        ([TEXT], "(list) is not an address"),
        ({"address": TEXT}, "(dict) is not an address"),
        (object(), "is not an address"),
        (Account, "is not an address"),
        (Account(None), "is not an address"),
        (Account(Account(TEXT)), "is not an address"),
        (Account("0x12"), "has 2 hex digits"),
        (Address("0x12"), "has 2 hex digits"),
        (Address("nonsense"), "is no hex digit"),
    ],
    ids=repr,
)
def test_what_is_no_address_is_explained(value: object, message: str) -> None:
    with pytest.raises(AbiError) as caught:
        to_address(value)  # type: ignore[arg-type]
    assert message in str(caught.value)
    assert len(str(caught.value)) < 250


def test_a_wrong_checksum_shows_a_way_out() -> None:
    with pytest.raises(AbiError, match=TEXT.lower()[:-1] + "7"):
        to_address(TEXT[:-1] + "7")


def test_errors_of_the_holder_pass_through() -> None:
    class Locked:
        @property
        def address(self) -> str:
            raise PermissionError("locked")

    with pytest.raises(PermissionError, match="locked"):
        to_address(Locked())  # type: ignore[arg-type]


def test_a_dataclass_with_an_address_is_a_holder() -> None:
    @dataclasses.dataclass(frozen=True)
    class Holder:
        address: Address

    assert to_address(Holder(Address(TEXT))) == TEXT


@given(st.binary(min_size=20, max_size=20))
def test_text_and_bytes_are_inverse(raw: bytes) -> None:
    address = to_address(raw)
    assert bytes(address) == raw
    assert to_address(str(address)) == to_address(str(address).lower()) == address


@given(st.text(max_size=44))
def test_random_text_is_refused(text: str) -> None:
    with pytest.raises(AbiError):
        to_address(text)


def test_known_addresses_are_the_same_object() -> None:
    assert to_address(RAW) is to_address(TEXT)


def test_more_addresses_than_the_cache_holds_stay_right() -> None:
    numbers = range(20_000)
    made = [to_address(number.to_bytes(20, "big")) for number in numbers]
    assert [int(text, 16) for text in made] == list(numbers)
    assert [to_address(text) for text in made] == made


def test_addresses_pickle() -> None:
    assert pickle.loads(pickle.dumps(to_address(TEXT))) == TEXT

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ingot
from ingot.conversion import UNITS, amount, format_amount, readable_amount
from ingot.errors import AbiError, UsageError

VITALIK = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"


@pytest.mark.parametrize(
    ("text", "wei"),
    [
        ("1 ether", 10**18),
        ("1 ETH", 10**18),
        ("1ether", 10**18),
        ("1.5 gwei", 1_500_000_000),
        ("1_000 wei", 1000),
        ("10,000 ETH", 10_000 * 10**18),
        ("10_000 ETH", 10_000 * 10**18),
        ("1e18", 10**18),
        ("1.5e3 gwei", 1_500 * 10**9),
        (".5 finney", 5 * 10**14),
        ("0x10", 16),
        ("5", 5),
        ("  7 wei ", 7),
        ("0.000000000000000001 ether", 1),
        ("1e-18 ether", 1),
        (f"{2**256 - 1} wei", 2**256 - 1),
        (3, 3),
    ],
)
def test_an_amount_is_exact(text, wei):
    assert amount(text) == wei


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("0.1 wei", "not a whole number"),
        ("1e-19 ether", "not a whole number"),
        ("1 dollar", "no unit 'dollar'; there are wei,"),
        ("1 elther", "no unit 'elther'; did you mean 'ether'?"),
        ("one ether", "no amount"),
        ("", "no amount"),
        ("-1 ether", "no amount"),
        ("1,00 ether", "no amount"),
        ("1__0 wei", "no amount"),
        ("1 ether 2 wei", "no amount"),
        ("1e9999", "more than a uint256"),
        ("nan", "no amount"),
        (-1, "below 0"),
        (1.5, "floats"),
        (True, "booleans"),
        (None, "no amount"),
    ],
)
def test_what_is_no_amount_is_refused(text, says):
    with pytest.raises(UsageError, match=says):
        amount(text)


@given(wei=st.integers(0, 2**256 - 1), unit=st.sampled_from(sorted(UNITS)))
def test_formatting_an_amount_and_reading_it_again_gives_the_same(wei, unit):
    assert amount(format_amount(wei, unit)) == wei


@pytest.mark.parametrize(
    ("wei", "text"),
    [(0, "0 wei"), (1, "1 wei"), (10**18, "1 ether"), (15 * 10**14, "0.0015 ether"), (7 * 10**9, "7 gwei")],
)
def test_a_readable_amount_is_short(wei, text):
    assert readable_amount(wei) == text


def test_convert_knows_its_targets():
    assert ingot.convert("1.5 gwei", int) == 1_500_000_000
    assert ingot.convert("-2 wei", int) == -2
    assert ingot.convert(VITALIK.lower(), ingot.Address) == VITALIK
    assert ingot.convert(bytes.fromhex(VITALIK[2:]), ingot.Address) == VITALIK
    assert ingot.convert("0x0102", bytes) == b"\x01\x02"
    assert ingot.convert(258, bytes) == b"\x01\x02"
    assert ingot.convert(datetime(2026, 1, 1, tzinfo=UTC), int) == 1_767_225_600
    assert ingot.convert(timedelta(days=1), int) == 86_400
    assert ingot.convert(3, Decimal) == Decimal(3)


@pytest.mark.parametrize(
    ("value", "to"),
    [
        ("abc", bytes),
        ("0xabc", bytes),
        (-1, bytes),
        (object(), int),
        (1.0, int),
        ("x", float),
        (1.5, Decimal),
    ],
)
def test_convert_refuses_what_it_cannot(value, to):
    with pytest.raises(UsageError):
        ingot.convert(value, to)


@pytest.mark.parametrize(
    "value", ["0x123", VITALIK[:-1], VITALIK.swapcase().replace("0X", "0x"), b"\1" * 19, 5, None]
)
def test_a_wrong_address_is_refused(value):
    with pytest.raises((AbiError, UsageError)):
        ingot.convert(value, ingot.Address)


def test_importing_modules_does_not_hide_the_public_functions():
    import ingot.conversion
    import ingot.expectation

    assert callable(ingot.convert)
    assert callable(ingot.reverts)


@pytest.mark.parametrize("to", [int, bytes, Decimal, ingot.Address])
@pytest.mark.parametrize("key", ["ac09" * 16, "ac09" * 16 + "z", "ac0" * 21, b"\xac\x09" * 16])
def test_what_may_be_a_private_key_is_not_quoted(to, key):
    if isinstance(key, bytes) and to in (int, bytes):
        return  # what they take
    with pytest.raises((UsageError, ingot.AbiError)) as caught:
        ingot.convert(key, to)
    assert "ac09" not in str(caught.value)
    assert "ac0a" not in str(caught.value)
    assert "xac" not in str(caught.value)

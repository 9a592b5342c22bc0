"""`ingot.reverts` against errors raised by hand: what it accepts, and above all what it does not."""

import re

import pytest

import ingot
from ingot.abi import encode
from ingot.errors import CustomError, Halt, Panic, Revert, RevertString, UsageError
from ingot.interface import error_type

LACKING = error_type(
    {
        "type": "error",
        "name": "InsufficientBalance",
        "inputs": [{"name": "available", "type": "uint256"}, {"name": "account", "type": "address"}],
    }
)
PAUSED = error_type({"type": "error", "name": "IsPaused", "inputs": []})
ALICE = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
BOB = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


def lacking(available=0, account=ALICE):
    return LACKING.from_data(LACKING.abi.selector + encode(["uint256", "address"], [available, account]))


FAILURES = {
    "string": RevertString("too late"),
    "empty": Revert(),
    "unknown": Revert("?", data=b"\1\2\3\4"),
    "overflow": Panic(0x11),
    "lacking": lacking(),
    "paused": PAUSED.from_data(PAUSED.abi.selector),
    "out of gas": Halt("out of gas"),
    "invalid": Halt("invalid opcode: 0xef"),
}

EXPECTATIONS = [
    ((), {}, {"string", "empty", "unknown", "overflow", "lacking", "paused"}),
    (("too late",), {}, {"string"}),
    (("too",), {}, set()),
    (("",), {}, set()),
    ((re.compile("too"),), {}, {"string"}),
    ((re.compile("late"),), {}, set()),
    ((re.compile(".*late"),), {}, {"string"}),
    ((re.compile("Insuff"),), {}, {"lacking"}),
    ((LACKING,), {}, {"lacking"}),
    ((LACKING,), {"available": 0}, {"lacking"}),
    ((LACKING,), {"available": 1}, set()),
    ((LACKING,), {"account": ALICE.lower()}, {"lacking"}),
    ((LACKING,), {"account": BOB}, set()),
    ((LACKING(0, ALICE),), {}, {"lacking"}),
    ((LACKING(available=0),), {}, {"lacking"}),
    ((LACKING(1),), {}, set()),
    ((PAUSED,), {}, {"paused"}),
    ((PAUSED(),), {}, {"paused"}),
    ((ingot.Panic.OVERFLOW,), {}, {"overflow"}),
    ((0x11,), {}, {"overflow"}),
    ((ingot.Panic.ASSERT,), {}, set()),
    ((ingot.Panic,), {}, {"overflow"}),
    ((ingot.RevertString,), {}, {"string"}),
    ((ingot.CustomError,), {}, {"lacking", "paused"}),
    ((ingot.Revert,), {}, {"string", "empty", "unknown", "overflow", "lacking", "paused"}),
    ((ingot.Halt,), {}, {"out of gas", "invalid"}),
    ((ingot.Halt("out of gas"),), {}, {"out of gas"}),
    ((ingot.Halt("invalid opcode"),), {}, {"invalid"}),
    ((ingot.Halt("out"),), {}, set()),
    ((ingot.ExecutionError,), {}, set(FAILURES)),
]


@pytest.mark.parametrize("name", FAILURES)
@pytest.mark.parametrize(("expected", "fields", "accepted"), EXPECTATIONS)
def test_just_what_is_expected_is_accepted(name, expected, fields, accepted):
    expectation = ingot.reverts(*expected, **fields)
    if name in accepted:
        with expectation as caught:
            raise FAILURES[name]
        assert caught.value is FAILURES[name]
    else:
        with pytest.raises(AssertionError, match=r"^expected .*, but ") as failed, expectation:
            raise FAILURES[name]
        assert failed.value.__cause__ is FAILURES[name]


@pytest.mark.parametrize(("expected", "fields"), [case[:2] for case in EXPECTATIONS])
def test_nothing_reverting_is_a_failure(expected, fields):
    with pytest.raises(AssertionError, match="but nothing reverted"), ingot.reverts(*expected, **fields):
        pass


@pytest.mark.parametrize(
    "error", [AssertionError("1 == 2"), ValueError("x"), UsageError("x"), KeyboardInterrupt()]
)
def test_what_is_no_failure_of_a_contract_passes_through(error):
    with pytest.raises(type(error)) as caught, ingot.reverts():
        raise error
    assert caught.value is error


@pytest.mark.parametrize(
    ("expected", "fields", "says"),
    [
        ((LACKING,), {"availabel": 0}, "did you mean 'available'"),
        (("text",), {"available": 0}, "belong to a custom error"),
        ((), {"available": 0}, "belong to a custom error"),
        ((ingot.Panic,), {"code": 1}, "belong to a custom error"),
        ((0x99,), {}, "no panic code"),
        ((ValueError,), {}, "nothing that a contract fails with"),
        ((True,), {}, "nothing that a contract fails with"),
        ((object(),), {}, "nothing that a contract fails with"),
    ],
)
def test_an_expectation_that_cannot_be_is_refused_at_once(expected, fields, says):
    with pytest.raises(UsageError, match=says):
        ingot.reverts(*expected, **fields)


def test_the_failure_says_which_fields_differ():
    with (
        pytest.raises(AssertionError, match="available is 0, not 7") as failed,
        ingot.reverts(LACKING, available=7, account=ALICE),
    ):
        raise lacking()
    assert "account is" not in str(failed.value)


def test_an_error_of_another_class_with_the_same_selector_is_accepted():
    foreign = CustomError("IsPaused", "IsPaused()", ())
    with ingot.reverts(PAUSED):
        raise foreign


def test_what_as_gives_holds_the_error_after_the_block():
    with ingot.reverts(LACKING) as caught:
        with pytest.raises(AttributeError, match="nothing has reverted yet"):
            _ = caught.available
        raise lacking(3)
    assert caught.available == 3
    assert caught.name == "InsufficientBalance"
    assert "InsufficientBalance(available=3" in str(caught.value)


def test_an_expectation_can_be_used_again():
    expectation = ingot.reverts("too late")
    for _ in range(2):
        with expectation:
            raise FAILURES["string"]

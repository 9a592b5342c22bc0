"""`ingot.reverts` understands the failures that ape raises: the real classes of eth-ape, made by hand."""

import re
from types import SimpleNamespace

import pytest

import ingot
from ingot.engine import keccak256
from ingot.errors import UsageError

ape = pytest.importorskip("ape.exceptions")
abi = pytest.importorskip("ethpm_types.abi")

ALICE = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"

pytestmark = pytest.mark.filterwarnings("ignore")


def error_abi(name, **inputs):
    fields = [{"name": field, "type": kind} for field, kind in inputs.items()]
    return abi.ErrorABI.model_validate({"type": "error", "name": name, "inputs": fields})


LACKING_ABI = error_abi("Lacking", account="address", available="uint256")
LACKING = type("Lacking", (ape.CustomError,), {"abi": LACKING_ABI, "contract": SimpleNamespace()})
OTHER = type("Other", (ape.CustomError,), {"abi": error_abi("Other"), "contract": SimpleNamespace()})


def lacking(available=0):
    return LACKING(LACKING_ABI, {"account": ALICE, "available": available})


def panic():
    from ape_solidity.exceptions import SolidityArithmeticError

    return SolidityArithmeticError()


def halt():
    error = ape.ContractLogicError("out of gas")
    error.halt_reason = "out of gas"  # as ape-ingot's has
    return error


def encoded(available):
    selector = keccak256(b"Lacking(address,uint256)")[:4]
    return selector + bytes(12) + bytes.fromhex(ALICE[2:]) + available.to_bytes(32, "big")


MADE = {
    "lacking": lacking,
    "string": lambda: ape.ContractLogicError("too late"),
    "empty": lambda: ape.ContractLogicError(),
    "panic": panic,
    "out of gas": lambda: ape.OutOfGasError(),
    "halt": halt,
    # Of a contract that does not declare the error: ape gives the data for a message, in one of these ways.
    "data": lambda: ape.ContractLogicError("0x" + encoded(0).hex()),
    "bytes": lambda: ape.ContractLogicError(encoded(0)),
    "repr": lambda: ape.ContractLogicError(repr(encoded(0xA27))),
}


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize(
    ("expected", "fields", "accepted"),
    [
        ((), {}, {"lacking", "string", "empty", "panic", "data", "bytes", "repr"}),
        ((LACKING,), {}, {"lacking", "data", "bytes", "repr"}),
        ((LACKING,), {"available": 0, "account": ALICE.lower()}, {"lacking", "data", "bytes"}),
        ((LACKING,), {"available": 0xA27}, {"repr"}),
        ((LACKING,), {"available": 1}, set()),
        ((OTHER,), {}, set()),
        (("too late",), {}, {"string"}),
        ((re.compile("too"),), {}, {"string"}),
        ((ingot.Panic.OVERFLOW,), {}, {"panic"}),
        ((ingot.Panic.ASSERT,), {}, set()),
        ((ingot.Halt("out of gas"),), {}, {"out of gas", "halt"}),
    ],
)
def test_just_what_is_expected_is_accepted(name, expected, fields, accepted):
    if name in accepted:
        with ingot.reverts(*expected, **fields):
            raise MADE[name]()
    else:
        with pytest.raises(AssertionError, match=r"^expected "), ingot.reverts(*expected, **fields):
            raise MADE[name]()


def test_a_field_that_there_is_not_is_refused_at_once():
    with pytest.raises(UsageError, match="did you mean 'available'"):
        ingot.reverts(LACKING, availabel=0)


def test_what_ape_raises_for_other_reasons_passes_through():
    with pytest.raises(ape.AccountsError), ingot.reverts():
        raise ape.AccountsError("no such account")

"""`ingot.reverts` means the same with ape's provider and with ours: what was expected, and nothing else."""

import re

import pytest

import ingot

FAILURES = {
    "failWithText": (),
    "failBare": (),
    "failPlain": (),
    "failNamed": (5,),
    "failNested": (6,),
    "failAssert": (),
    "overflow": (2**256 - 1,),
    "divide": (0,),
    "element": (2,),
}

EXPECTATIONS = {
    "text": ("no way", {}, {"failWithText"}),
    "part of a text": ("no", {}, set()),
    "pattern": (re.compile("no w.y"), {}, {"failWithText"}),
    "Plain": ("custom", {}, {"failPlain"}),
    "Named": ("custom", {}, {"failNamed"}),
    "Named, its field": ("custom", {"amount": 5}, {"failNamed"}),
    "Named, another field": ("custom", {"amount": 6}, set()),
    "Nested": ("custom", {}, {"failNested"}),
    "overflow": (ingot.Panic.OVERFLOW, {}, {"overflow"}),
    "division": (0x12, {}, {"divide"}),
    "index": (0x32, {}, {"element"}),
    "assertion": (ingot.Panic.ASSERT, {}, {"failAssert"}),
    "anything": (None, {}, set(FAILURES)),
}
"""Expected, fields, and the methods that fail so; `custom`: an error of the contract with that name."""


@pytest.mark.parametrize("name", EXPECTATIONS)
def test_just_what_is_expected_is_accepted(probe, owner, name):
    expected, fields, accepted = EXPECTATIONS[name]
    if expected == "custom":
        expected = getattr(probe, name.split(",")[0])
    for method, arguments in FAILURES.items():
        handler = getattr(probe, method)
        for send in (handler.transact, getattr(handler, "call", handler)):
            if method in accepted:
                with ingot.reverts(expected, **fields):
                    send(*arguments, sender=owner)
            else:
                with (
                    pytest.raises(AssertionError, match=r"^expected "),
                    ingot.reverts(expected, **fields),
                ):
                    send(*arguments, sender=owner)


def test_what_does_not_revert(probe, owner):
    with pytest.raises(AssertionError, match="nothing reverted"), ingot.reverts():
        probe.setNumber(1, sender=owner)


def test_what_is_no_failure_of_a_contract_passes_through(probe):
    with pytest.raises(ZeroDivisionError), ingot.reverts():
        probe.number() / 0


@pytest.mark.only_ingot
def test_an_execution_without_end_is_no_revert(probe, owner):
    with ingot.reverts(ingot.Halt("out of gas")):
        probe.burnAll(sender=owner, gas_limit=100_000)
    with pytest.raises(AssertionError, match=r"^expected a revert"), ingot.reverts():
        probe.burnAll(sender=owner, gas_limit=100_000)

"""Every form of `ape.reverts`, and the words of every failure."""

import re

import ape
import pytest
from ape.exceptions import ContractLogicError, CustomError, SignatureError


def call_of(probe, name):
    """Ape gives views a handler that calls, and others one that sends."""
    handler = getattr(probe, name)
    return getattr(handler, "call", handler)


def told(error):
    return {
        "kind": type(error).__name__,
        "message": error.message,
        "text": str(error),
        "revert_message": error.revert_message,
        "contract": str(error.contract_address),
        "dev": str(error.dev_message),
    }


FAILURES = [
    ("failWithText", ()),
    ("failWithEmptyText", ()),
    ("failBare", ()),
    ("failPlain", ()),
    ("failNamed", (5,)),
    ("failNested", (6,)),
    ("failAssert", ()),
    ("overflow", (2**256 - 1,)),
    ("divide", (0,)),
    ("element", (2,)),
]


@pytest.mark.parametrize(("name", "arguments"), FAILURES)
def test_a_transaction_that_fails_is_told_in_the_same_words(probe, owner, record, name, arguments):
    with ape.reverts() as caught:
        getattr(probe, name).transact(*arguments, sender=owner)
    record(**told(caught.value), txn=type(caught.value.txn).__name__.replace("Ingot", ""))
    assert caught.value.address == probe.address


@pytest.mark.parametrize(("name", "arguments"), FAILURES)
def test_a_call_that_fails_is_told_in_the_same_words(probe, owner, record, name, arguments):
    with ape.reverts() as caught:
        call_of(probe, name)(*arguments, sender=owner)
    record(**told(caught.value))


@pytest.mark.parametrize(("name", "arguments"), FAILURES)
def test_a_failure_that_is_not_raised_is_in_the_receipt(probe, owner, record, name, arguments):
    receipt = getattr(probe, name).transact(*arguments, sender=owner, raise_on_revert=False)
    record(failed=receipt.failed, status=int(receipt.status), **told(receipt.error))
    assert receipt.failed
    assert receipt.events == []
    assert receipt.transaction.nonce == owner.nonce - 1


@pytest.mark.parametrize(("name", "arguments"), FAILURES)
def test_a_call_may_return_its_failure(probe, owner, record, name, arguments):
    record(answer=call_of(probe, name)(*arguments, sender=owner, raise_on_revert=False))


def test_text_exact_or_as_a_pattern(probe, owner):
    with ape.reverts("no way"):
        probe.failWithText(sender=owner)
    with ape.reverts(re.compile("no w.y")):
        probe.failWithText(sender=owner)
    for expected in ("no", re.compile("way")):
        with pytest.raises(AssertionError), ape.reverts(expected):
            probe.failWithText(sender=owner)


def test_assertions_say_what_was_expected(probe, owner, record):
    with pytest.raises(AssertionError) as other, ape.reverts("other"):
        probe.failWithText(sender=owner)
    with pytest.raises(AssertionError) as none, ape.reverts("other"):
        probe.failBare(sender=owner)
    with pytest.raises(AssertionError) as nothing, ape.reverts("other"):
        probe.setNumber(1, sender=owner)
    with pytest.raises(AssertionError) as different, ape.reverts(probe.Plain):
        probe.failNamed(1, sender=owner)
    with pytest.raises(AssertionError) as field, ape.reverts(probe.Named, amount=2):
        probe.failNamed(1, sender=owner)
    record(
        **{
            name: str(caught.value)
            for name, caught in {
                "other": other,
                "none": none,
                "nothing": nothing,
                "different": different,
                "field": field,
            }.items()
        }
    )


def test_custom_errors(project, probe, owner):
    with ape.reverts(probe.Plain):
        probe.failPlain(sender=owner)
    with ape.reverts(probe.Named, who=owner, amount=3):
        probe.failNamed(3, sender=owner)
    with ape.reverts(project.Probe.Named, amount=3):
        probe.failNamed.transact(3, sender=owner)
    with ape.reverts(probe.contract_type.errors["Named"]) as caught:
        probe.failNamed(3, sender=owner)
    assert isinstance(caught.value, CustomError)
    assert caught.value.inputs == {"who": owner.address, "amount": 3}
    assert caught.value.name == "Named"


def test_custom_error_as_message(probe, owner, record):
    with ape.reverts(f"amount=3, who={owner.address}") as caught:
        probe.failNamed(3, sender=owner)
    record(shown=repr(caught.value))


def test_failures_of_a_contract_below(caller, owner, record):
    with ape.reverts() as named:
        caller.failBelow(9, sender=owner)
    with ape.reverts("no way") as text:
        caller.failBelowWithText(sender=owner)
    record(named=told(named.value), text=told(text.value))


def test_a_constructor_that_fails(project, owner, record):
    with ape.reverts("unlucky") as caught:
        project.Probe.deploy(13, sender=owner)
    record(**told(caught.value))


def test_a_constructor_that_fails_with_an_error_of_its_own(project, owner, record):
    with ape.reverts(project.Probe.Named, who=owner, amount=14) as named:
        project.Probe.deploy(14, sender=owner)
    with ape.reverts() as panic:
        owner.deploy(project.Probe, 15)
    with ape.reverts("unlucky") as text:
        owner.deploy(project.Probe, 13)
    record(named=told(named.value), panic=told(panic.value), text=told(text.value))
    assert named.value.inputs == {"who": owner.address, "amount": 14}


def test_the_status_of_a_transaction_that_failed(probe, owner, record, capsys):
    receipt = probe.failPlain.transact(sender=owner, raise_on_revert=False)
    logged = [line for line in capsys.readouterr().out.splitlines() if "ERROR" in line]
    with pytest.raises(ape.exceptions.TransactionError) as caught:
        receipt.raise_for_status()
    record(status=repr(receipt.status), logged=str(logged), kind=type(caught.value).__name__)
    assert str(caught.value) == f"Transaction '{receipt.txn_hash}' failed."
    with pytest.raises(ape.exceptions.TransactionError):
        ape.chain.provider.get_receipt(receipt.txn_hash).raise_for_status()
    assert probe.setNumber(5, sender=owner).raise_for_status() is None


def test_a_call_that_fails_and_shall_not_raise_says_nothing(probe, capsys):
    probe.failPlain(raise_on_revert=False)
    assert "ERROR" not in capsys.readouterr().out


def test_a_call_that_sends_more_than_there_is(probe, alice, record):
    with pytest.raises(ape.exceptions.VirtualMachineError) as caught:
        probe.identify.call(1, value=10**40, sender=alice)
    record(
        kind=type(caught.value).__name__,
        nothing=len(probe.identify.call(1, value=10**40, sender=alice, raise_on_revert=False, decode=False)),
    )


def test_an_execution_without_end_and_an_invalid_opcode_are_reverts_for_ape(probe, owner):
    with ape.reverts():
        probe.burnAll(sender=owner, gas_limit=100_000)
    with ape.reverts():
        probe.invalid.transact(sender=owner, gas_limit=100_000)
    receipt = probe.burnAll(sender=owner, gas_limit=100_000, raise_on_revert=False)
    assert receipt.failed
    assert receipt.ran_out_of_gas
    assert receipt.gas_used == receipt.gas_limit == 100_000
    assert isinstance(receipt.error, ContractLogicError)


def test_a_transaction_without_a_sender(probe, record):
    with pytest.raises(SignatureError) as caught:
        probe.setNumber(3)
    record(text=str(caught.value).splitlines()[0])


def test_value_that_nobody_accepts(probe, owner, record):
    with ape.reverts() as caught:
        probe.setNumber(1, sender=owner, value=1)
    record(**told(caught.value))

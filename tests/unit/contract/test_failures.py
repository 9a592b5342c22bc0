"""Every way in which a call can fail is told apart, and says where it arose."""

import re

import pytest

import ingot
from ingot.errors import CustomError, ExecutionError, Halt, Panic, Revert, RevertString

CASES = {
    "withString": (RevertString, "too late"),
    "withNothing": (Revert, "without a reason"),
    "withBare": (CustomError, r"Bare\(\)"),
    "withUnknown": (Revert, "no known error explains: 0xdeadbeef"),
    "withAssert": (Panic, "assertion failed"),
    "withOverflow": (Panic, "overflow"),
    "withIndex": (Panic, "out of bounds"),
    "withInvalid": (Halt, "invalid"),
    "withAllGas": (Halt, "out of gas"),
}


@pytest.mark.parametrize("way", ["call", "transact"])
@pytest.mark.parametrize("name", CASES)
def test_failures_are_typed_and_name_the_call(failing, alice, name, way):
    kind, says = CASES[name]
    with pytest.raises(kind, match=says) as caught:
        getattr(failing.methods[name], way)(sender=alice, gas_limit=200_000)
    error = caught.value
    assert f"Failing.{name}() from {alice.address}" in str(error)
    assert isinstance(error, Revert) == (kind is not Halt)
    assert (error.receipt is None) == (way == "call")
    if error.receipt is not None:
        assert error.receipt.failed
        assert type(error.receipt.error) is type(error)


def test_the_fields_of_an_error_are_there(ledger, alice, bob):
    with pytest.raises(ledger.Lacking) as caught:
        ledger.transfer(alice, 5, sender=bob)
    error = caught.value
    assert (error.account, error.available, error.needed) == (bob, 0, 5)
    assert error.arguments == (bob, 0, 5)
    assert error.inputs == {"account": bob.address, "available": 0, "needed": 5}
    assert str(error).startswith(f"Lacking(account={bob.address}, available=0, needed=5)")
    assert f"in Ledger.transfer(to={alice.address}, value=5) from {bob.address}" in str(error)


def test_a_failure_inside_says_where_it_arose(ledger, failing, sample, alice):
    outer = sample.Failing.deploy(sender=alice)
    with pytest.raises(ledger.Lacking) as caught:
        outer.deeper(failing, ledger, 3, sender=alice)
    lines = str(caught.value).split("\n  in ")
    assert lines[0].startswith("Lacking(")
    assert [line.partition("(")[0] for line in lines[1:]] == [
        "Ledger.transfer",
        "Failing.inside",
        "Failing.deeper",
    ]
    assert lines[-1].endswith(f"from {alice.address}")


def test_a_failure_inside_a_call_says_so_too(ledger, failing, alice):
    with pytest.raises(ledger.Lacking, match=r"in Ledger.transfer\(.*\n  in Failing.inside\("):
        failing.inside.call(ledger, 3, sender=alice)


def test_a_failure_that_was_wrapped_is_the_wrappers(ledger, failing, alice):
    with pytest.raises(failing.Wrapped) as caught:
        failing.wrapped(ledger, sender=alice)
    assert caught.value.reason[:4] == ledger.Lacking.abi.selector
    assert "in Ledger" not in str(caught.value)


def test_a_failure_that_was_caught_is_none(ledger, failing, alice):
    assert failing.caught(ledger, sender=alice).return_value is False


def test_an_account_without_code_inside_is_a_revert_without_reason(failing, alice, bob):
    with pytest.raises(Revert, match="without a reason"):
        failing.inside(bob, 1, sender=alice)


def test_labels_stand_for_addresses(local, ledger, bob):
    carol = local.accounts.new("carol")
    local.label(bob, "bob")
    with pytest.raises(ledger.Lacking, match="from carol"):
        ledger.transfer(bob, 5, sender=carol)
    with pytest.raises(ledger.Lacking, match="from bob"):
        ledger.transfer(bob, 5, sender=bob)


def test_an_error_is_known_by_the_project_through_a_foreign_abi(ledger, alice, bob, local):
    abi = [entry for entry in ledger.abi if entry["type"] == "function"]
    stranger = ingot.Contract(ledger.address, abi=abi, chain=local)
    with pytest.raises(ledger.Lacking):
        stranger.transfer(alice, 5, sender=bob)


def test_reverts_works_on_contracts(ledger, failing, alice, bob):
    with ingot.reverts(ledger.Lacking, available=0, needed=5) as caught:
        ledger.transfer(alice, 5, sender=bob)
    assert caught.account == bob
    with ingot.reverts(ledger.Lacking(account=bob)):
        ledger.transfer.call(alice, 5, sender=bob)
    with ingot.reverts("too late"):
        failing.withString()
    with ingot.reverts(re.compile("too")):
        failing.withString.transact(sender=alice)
    with ingot.reverts(ingot.Panic.OVERFLOW):
        failing.withOverflow()
    with ingot.reverts(ingot.Halt("out of gas")):
        failing.withAllGas(sender=alice, gas_limit=100_000)
    with pytest.raises(AssertionError, match="nothing reverted"), ingot.reverts(ledger.Lacking):
        ledger.transfer(bob, 1, sender=alice)
    with pytest.raises(AssertionError, match="expected Lacking"), ingot.reverts(ledger.Lacking):
        failing.withBare()


def test_every_failure_is_an_execution_error_and_no_provider_error(failing, alice):
    for name in CASES:
        with pytest.raises(ExecutionError) as caught:
            failing.methods[name].transact(sender=alice, gas_limit=100_000)
        assert not isinstance(caught.value, ingot.ProviderError)


def test_a_trace_shows_the_calls(ledger, failing, sample, alice):
    outer = sample.Failing.deploy(sender=alice)
    receipt = outer.deeper(failing, ledger, 3, sender=alice, raise_on_revert=False)
    trace = receipt.trace
    assert [frame.method.partition("(")[0] for frame in trace] == ["deeper", "inside", "transfer"]
    assert [frame.depth for frame in trace] == [0, 1, 2]
    assert all(frame.failed for frame in trace)
    assert trace[2].arguments.value == 3
    assert trace[2].contract_name == "Ledger"
    assert trace.root.calls[0].calls[0] is trace[2]
    assert str(trace).count("\n") == 2
    assert len(trace) == 3


def test_a_trace_of_a_success_has_return_values(ledger, alice, bob, local):
    with local.record(frames=True):
        receipt = ledger.transfer(bob, 5, sender=alice)
    (frame,) = receipt.trace
    assert (frame.return_value, frame.failed, frame.kind) == (True, False, "CALL")
    assert frame.words == f"Ledger.transfer(to={bob.address}, value=5)"

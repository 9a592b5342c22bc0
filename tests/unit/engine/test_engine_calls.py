"""Calls and transactions by ABI and by data: results, failures, refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tiny_contracts import ALICE, BOB, COUNTER, ECHO, FOREVER, INVALID, LOGGER, RELAY, REVERTER, TIME

from ingot.abi import Function
from ingot.engine import Engine, Outcome, Transaction
from ingot.errors import AbiError, InvalidTransaction, ProviderError, UsageError
from ingot.types import Address

Deploy = Callable[[bytes], Address]

IDENTITY = Function(
    "function identity(bytes4 padding, uint256 value) view returns (bytes32 selector, uint256 value)"
)
COUNT = Function("function count() returns (uint256)")


def test_a_call_by_function_returns_the_value_and_changes_nothing(engine: Engine, deploy: Deploy) -> None:
    counter = deploy(COUNTER)
    assert engine.call_function(COUNT, counter, ()) == 1
    assert engine.call_function(COUNT, counter, ()) == 1
    assert engine.storage(counter, 0) == 0


def test_a_transaction_by_function_is_mined_at_once(engine: Engine, deploy: Deploy) -> None:
    counter = deploy(COUNTER)
    height = engine.block_number
    transaction = engine.send_function(COUNT, counter, (), None, ALICE)
    assert isinstance(transaction, Transaction)
    assert transaction.succeeded
    assert transaction.gas_used == transaction.outcome.gas_used > 21_000
    assert transaction.block_number == engine.block_number == height + 1
    assert engine.storage(counter, 0) == 1
    assert int.from_bytes(transaction.outcome.output, "big") == 1


def test_a_failed_call_returns_its_outcome(engine: Engine, deploy: Deploy) -> None:
    outcome = engine.call_function(COUNT, deploy(REVERTER), ())
    assert isinstance(outcome, Outcome)
    assert (outcome.status, outcome.succeeded, outcome.halt_reason) == ("revert", False, None)
    assert outcome.output == COUNT.selector
    halted = engine.call_function(COUNT, deploy(INVALID), ())
    assert (halted.status, halted.output) == ("halt", b"")
    assert "invalid opcode" in halted.halt_reason


def test_a_failed_transaction_is_mined_too(engine: Engine, deploy: Deploy) -> None:
    transaction = engine.send_function(COUNT, deploy(REVERTER), (), None, ALICE)
    assert (transaction.is_mined, transaction.succeeded) == (True, False)
    assert transaction.outcome.output == COUNT.selector
    assert transaction.outcome.logs == []


@pytest.mark.parametrize("send", [False, True], ids=["call", "send"])
def test_an_address_without_code_is_said(engine: Engine, send: bool) -> None:
    method: Any = engine.send_function if send else engine.call_function
    with pytest.raises(ProviderError, match=f"no code at {BOB}"):
        method(COUNT, BOB, (), None, ALICE)
    assert engine.block_number == 0


def test_arguments_that_do_not_fit_execute_nothing(engine: Engine, deploy: Deploy) -> None:
    counter = deploy(COUNTER)
    with pytest.raises(AbiError, match=r"^count\(\) takes 0 arguments, 1 was given"):
        engine.send_function(COUNT, counter, (1,), None, ALICE)
    with pytest.raises(AbiError, match="is not an address"):
        engine.call_function(COUNT, 5, ())  # type: ignore[arg-type]
    with pytest.raises(AbiError, match="is not an address"):
        engine.send_function(COUNT, counter, (), None, "alice")
    assert engine.storage(counter, 0) == 0


def test_results_that_are_not_the_type_are_refused(engine: Engine, deploy: Deploy) -> None:
    with pytest.raises(AbiError, match=r"^the result of count\(\): .*ends after 4 bytes"):
        engine.call_function(COUNT, deploy(ECHO), ())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"value": -1}, "value: -1 is below 0"),
        ({"value": 2**256}, "value: the number is above 2"),
        ({"value": True}, "value must be an int, not True"),
        ({"value": "1 ether"}, "value must be an int"),
        ({"gas_limit": -1}, "gas_limit: -1 is below 0"),
        ({"gas_limit": 2**64}, "above 2"),
        ({"gas_limit": 1.5}, "gas_limit must be an int"),
    ],
)
def test_amounts_that_do_not_fit_are_named(
    engine: Engine, deploy: Deploy, options: dict[str, Any], message: str
) -> None:
    counter = deploy(COUNTER)
    for method in (engine.call_function, engine.send_function):
        with pytest.raises(UsageError, match=message):
            method(COUNT, counter, (), sender=ALICE, **options)
    with pytest.raises(UsageError, match=message):
        engine.call(to=counter, sender=ALICE, **options)
    with pytest.raises(UsageError, match=message):
        engine.send(to=counter, sender=ALICE, **options)


def test_a_transaction_needs_a_sender(engine: Engine, deploy: Deploy) -> None:
    with pytest.raises(UsageError, match="sender"):
        engine.send_function(COUNT, deploy(COUNTER), ())
    with pytest.raises(TypeError, match="sender"):
        engine.send(to=BOB)  # type: ignore[call-arg]


def test_calls_by_data_return_an_outcome(engine: Engine, deploy: Deploy) -> None:
    echo = deploy(ECHO)
    outcome = engine.call(to=echo, data=b"abc")
    assert (outcome.status, outcome.output, outcome.contract_address) == ("success", b"abc", None)
    assert engine.call(to=echo, data="0x0102").output == b"\1\2"  # type: ignore[arg-type]
    assert engine.call(to=BOB).output == b""
    with pytest.raises(AbiError, match="starts with 0x"):
        engine.call(to=echo, data="nonsense")  # type: ignore[arg-type]


def test_a_call_pays_nothing(engine: Engine, deploy: Deploy) -> None:
    nobody = "0x" + "99" * 20
    assert engine.call(sender=nobody, to=deploy(ECHO), data=b"x").succeeded
    assert engine.balance(nobody) == 0


def test_runaway_code_ends_by_gas(engine: Engine, deploy: Deploy) -> None:
    forever = deploy(FOREVER)
    outcome = engine.call(to=forever)
    assert (outcome.status, outcome.halt_reason) == ("halt", "out of gas")
    transaction = engine.send(sender=ALICE, to=forever, gas_limit=100_000)
    assert (transaction.succeeded, transaction.gas_used) == (False, 100_000)


def test_logs_tell_address_topics_and_data(engine: Engine, deploy: Deploy) -> None:
    logger = deploy(LOGGER)
    log = engine.send(sender=ALICE, to=logger, data=b"hello").outcome.logs[0]
    assert (log.address, log.topics, log.data) == (logger, [(7).to_bytes(32, "big")], b"hello")
    assert (log.log_index, log.frame) == (0, None)
    assert type(log.address) is Address
    relay = deploy(RELAY)
    call = engine.call(to=relay, data=bytes(12) + bytes(logger) + b"x")
    assert [(entry.address, entry.data) for entry in call.logs] == [(logger, b"x")]


def test_log_indices_count_through_the_block(engine: Engine, deploy: Deploy) -> None:
    logger = deploy(LOGGER)
    engine.automine = False
    sent = [engine.send(sender=ALICE, to=logger, data=bytes([n]), gas_limit=100_000) for n in range(3)]
    engine.mine()
    assert [transaction.outcome.logs[0].log_index for transaction in sent] == [0, 1, 2]
    assert [transaction.index for transaction in sent] == [0, 1, 2]
    assert sent[2].cumulative_gas_used == sum(transaction.gas_used for transaction in sent)


def test_an_outcome_outlives_a_revert_of_the_chain(engine: Engine, deploy: Deploy) -> None:
    logger = deploy(LOGGER)
    snapshot = engine.snapshot()
    transaction = engine.send(sender=ALICE, to=logger, data=b"kept")
    engine.revert(snapshot)
    assert transaction.outcome.logs[0].data == b"kept"
    assert transaction.gas_used > 21_000


def test_refusals_are_in_the_words_of_geth(engine: Engine) -> None:
    for options, reason in (
        ({"nonce": 5}, "nonce too high"),
        ({"gas_limit": 20_000}, "intrinsic gas too low"),
        ({"value": 10**30}, "insufficient funds for gas * price + value"),
    ):
        with pytest.raises(InvalidTransaction) as caught:
            engine.send(sender=ALICE, to=BOB, **options)  # type: ignore[arg-type]
        assert caught.value.reason == reason
    engine.send(sender=ALICE, to=BOB)
    with pytest.raises(InvalidTransaction, match="nonce too low"):
        engine.send(sender=ALICE, to=BOB, nonce=0)
    assert engine.block_number == 1


def test_a_call_sees_the_pending_block(engine: Engine, deploy: Deploy) -> None:
    clock = deploy(TIME)
    engine.pending_timestamp = 1_800_000_000
    assert int.from_bytes(engine.call(to=clock).output, "big") == 1_800_000_000


def test_unknown_arguments_are_refused(engine: Engine) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'form'"):
        engine.call(form=ALICE)  # type: ignore[call-arg]
    with pytest.raises(UsageError, match="recording"):
        engine.call(to=BOB, recording=128)

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ingot
from ingot.errors import AbiError, UsageError


@pytest.fixture
def receipt(ledger, alice, bob):
    return ledger.transfer(bob, 5, sender=alice)


def test_fields_are_read_in_every_way(receipt, ledger, alice, bob, local):
    (log,) = receipt.events
    assert log.event_name == "Moved"
    assert (log.value, log.to, log["from"], log.from_) == (5, bob, alice, alice)
    assert log[2] == log["value"] == log.get("value") == 5
    assert log.get("amount", 7) == 7
    assert log.event_arguments == {"from": alice.address, "to": bob.address, "value": 5}
    assert log.contract_address == ledger
    assert log.transaction_hash == receipt.txn_hash
    assert (log.block_number, log.log_index, log.transaction_index) == (receipt.block_number, 0, 0)
    assert log.timestamp == receipt.timestamp
    assert log.block == local.blocks.head
    assert "value" in log
    assert "amount" not in log
    assert "value" in dir(log)
    assert repr(log) == f"Moved(from={alice.address}, to={bob.address}, value=5)"
    with pytest.raises(AttributeError, match="no field 'amount'"):
        _ = log.amount


def test_events_compare_with_all_or_some_of_their_fields(receipt, ledger, alice, bob):
    assert receipt.events == [ledger.Moved(alice, bob, 5)]
    assert receipt.events == [ledger.Moved(value=5)]
    assert receipt.events == [ledger.Moved(None, bob)]
    assert receipt.events[0] == ledger.Moved(from_=alice)
    assert receipt.events[0] == ledger.Moved(**{"from": alice})
    assert receipt.events != [ledger.Moved(alice, bob, 6)]
    assert receipt.events != [ledger.Moved(bob)]
    assert ledger.Moved(value=5) in receipt.events
    assert ledger.Moved in receipt.events
    assert ledger.Moved(value=6) not in receipt.events
    assert receipt.events[0] != 5


def test_events_of_another_contract_are_not_equal(receipt, sample, alice, bob, ledger):
    other = sample.Ledger.deploy("other", 10, sender=alice)
    assert receipt.events != [other.Moved(alice, bob, 5)]
    assert receipt.events == [sample.Ledger.Moved(alice, bob, 5)]
    assert receipt.events.filter(other.Moved) == []
    assert other.transfer(bob, 5, sender=alice).events[0] != receipt.events[0]
    assert ledger.transfer(bob, 5, sender=alice).events[0] == receipt.events[0]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"amount": 5}, UsageError),
        ({"value": -1}, AbiError),
        ({"to": "0x12"}, AbiError),
        ({"value": "5"}, AbiError),
    ],
)
def test_wrong_fields_are_refused_at_once(receipt, ledger, fields, error):
    with pytest.raises(error):
        ledger.Moved(**fields)
    with pytest.raises(error):
        receipt.events.filter(ledger.Moved, **fields)


def test_filter_and_decode_logs(sample, alice, local):
    factory = sample.Factory.deploy(sender=alice)
    receipt = factory.make("inner", 100, sender=alice)
    inner = sample.Ledger.at(receipt.return_value, chain=local)
    assert receipt.events == [factory.Made(inner), inner.Moved(factory, alice, 1)]
    assert [log.event_name for log in receipt.decode_logs(inner.Moved)] == ["Moved"]
    assert [log.event_name for log in receipt.decode_logs([factory.Made, inner.Moved])] == ["Made", "Moved"]
    assert receipt.decode_logs(factory.Made, inner.Moved) == receipt.events == receipt.decode_logs()
    assert inner.Moved.from_receipt(receipt) == receipt.events[1:]
    with pytest.raises(UsageError, match="give the fields once"):
        receipt.events.filter(inner.Moved(value=1), to=alice)


def test_events_of_contracts_that_nobody_introduced_are_known_by_the_project(sample, alice):
    receipt = sample.Factory.deploy(sender=alice).make("inner", 100, sender=alice)
    assert [log.event_name for log in receipt.events] == ["Made", "Moved"]
    assert receipt.events[1].value == 1


def test_what_is_indexed_as_a_hash_compares_with_the_text(ledger, alice):
    receipt = ledger.note("hello", sender=alice)
    (log,) = receipt.events
    assert log.text == "hello"
    assert len(log.topic) == 32
    assert receipt.events == [ledger.Noted("hello", "hello", alice)]
    assert receipt.events != [ledger.Noted("hullo", "hello", alice)]


def test_raw_logs_have_the_keys_of_json_rpc(receipt, ledger):
    (log,) = receipt.logs
    assert log["address"] == ledger
    assert log["topics"][0] == ledger.Moved.abi.topic
    assert log["transactionHash"] == receipt.transaction.hash
    assert log["blockHash"] == receipt.block.hash
    assert int.from_bytes(log["data"], "big") == 5


def test_the_logs_of_many_blocks_are_found(ledger, alice, bob, local):
    for value in (1, 2, 3):
        ledger.transfer(bob, value, sender=alice)
    last = local.blocks.height
    assert [log.value for log in ledger.Moved.range()] == [1, 2, 3]
    assert [log.value for log in ledger.Moved] == [1, 2, 3]
    assert [log.value for log in ledger.Moved.range(last - 1, last)] == [2]
    assert [log.value for log in ledger.Moved.range(value=3)] == [3]
    assert list(ledger.Moved.range(last + 1)) == []


def test_an_event_without_a_chain_has_no_logs(sample):
    with pytest.raises(UsageError, match="deployed contract"):
        list(sample.Ledger.Moved.range())


def test_an_event_explains_itself(ledger, sample):
    assert ledger.Moved.__doc__ == "event Moved(address indexed from, address indexed to, uint256 value)"
    assert repr(ledger.Moved) == f"<event Ledger.Moved(address,address,uint256) at {ledger.address}>"
    assert ledger.Moved == ledger.Moved != sample.Ledger.Moved
    assert ledger.get_event_by_signature("Moved(address, address, uint256)") == ledger.Moved
    with pytest.raises(UsageError, match="no event"):
        ledger.get_event_by_signature("Moved(address)")


@given(values=st.lists(st.integers(0, 10), max_size=5), wanted=st.integers(0, 10))
def test_filter_keeps_just_the_logs_that_are_equal(shared_chain, sample, values, wanted):
    alice, bob = shared_chain.accounts[:2]
    with shared_chain.isolate():
        ledger = sample.Ledger.deploy("units", 1000, sender=alice)
        logs = [log for value in values for log in ledger.transfer(bob, value, sender=alice).events]
        kept = ingot.interface.Events(logs).filter(ledger.Moved, value=wanted)
    assert [log.value for log in kept] == [value for value in values if value == wanted]

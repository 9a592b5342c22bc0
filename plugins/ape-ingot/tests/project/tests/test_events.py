"""Logs, decoded and raw."""

from eth_pydantic_types import HexBytes


def test_events_of_a_receipt(probe, owner, record):
    receipt = probe.many(3, sender=owner)
    record(
        events=str([(event.event_name, str(event.event_arguments)) for event in receipt.events]),
        shown=str(receipt.events[0]),
        indices=[event.log_index for event in receipt.events],
        position=receipt.events[0].transaction_index,
    )
    assert receipt.events == [
        probe.Changed(owner, 0, 0),
        probe.Changed(owner, 1, 1),
        probe.Changed(owner, 2, 2),
        probe.Note("many", b"\x01\x02"),
        receipt.events[4],
    ]
    assert receipt.events[0].block_hash == receipt.block.hash
    record(kind=type(receipt.events[0].transaction_hash).__name__, of_hash=type(receipt.txn_hash).__name__)
    assert HexBytes(receipt.events[0].transaction_hash) == HexBytes(receipt.txn_hash)
    assert receipt.events[0].contract_address == probe.address
    assert receipt.events[0].timestamp == receipt.timestamp


def test_filtering(probe, owner):
    receipt = probe.many(3, sender=owner)
    assert [event.key for event in receipt.events.filter(probe.Changed)] == [0, 1, 2]
    assert [event.key for event in receipt.events.filter(probe.Changed, value=2)] == [2]
    assert [event.text for event in receipt.decode_logs(probe.Note)] == ["many"]
    assert len(receipt.decode_logs([probe.Changed, probe.Note])) == 4
    assert probe.Changed.from_receipt(receipt)[1].value == 1
    assert probe.Changed(value=1) in receipt.events
    assert probe.Changed(value=7) not in receipt.events


def test_raw_logs(probe, owner, record):
    log = probe.set(1, 2, sender=owner).logs[0]
    record(
        keys=sorted(
            set(log) & {"logIndex", "transactionIndex", "transactionHash", "blockHash", "blockNumber"}
        ),
        address=log["address"],
        topics=[bytes(topic).hex() for topic in log["topics"]],
        data=bytes(log["data"]).hex(),
        index=log["logIndex"],
        block=log["blockNumber"],
    )


def test_no_logs_for_what_fails(probe, owner):
    receipt = probe.failBare.transact(sender=owner, raise_on_revert=False)
    assert receipt.logs == []
    assert list(receipt.events) == []


def test_logs_of_a_contract(probe, owner, alice, chain, record):
    probe.set(1, 10, sender=owner)
    start = chain.blocks.height
    probe.set(2, 20, sender=alice)
    chain.mine(2)
    probe.set(3, 30, sender=owner)
    stop = chain.blocks.height
    event = probe.Changed
    record(
        all=[log.key for log in event],
        range=[log.key for log in event.range(start, stop + 1)],
        short=[log.key for log in event.range(start, stop)],
        by=[log.key for log in event.range(0, stop + 1, search_topics={"by": owner})],
        either=[log.key for log in event.range(0, stop + 1, search_topics={"key": [2, 3]})],
        first=event[0].key,
        last=event[-1].key,
        middle=[log.key for log in event[0:2]],
        length=len(list(event)),
    )
    frame = event.query("*", start_block=0)
    record(rows=len(frame), columns=list(frame.columns))


def test_logs_disappear_with_their_block(probe, owner, chain):
    snapshot = chain.snapshot()
    probe.set(1, 10, sender=owner)
    chain.restore(snapshot)
    assert list(probe.Changed) == []

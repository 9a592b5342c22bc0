"""Settings, blocks, time, snapshots and surgery through the binding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tiny_contracts import ALICE, BOB, COUNTER, ECHO, LOGGER, TIME

from ingot.engine import Block, Engine, Transaction, keccak256
from ingot.errors import AbiError, ProviderError, UsageError
from ingot.types import Address

Deploy = Callable[[bytes], Address]


def test_settings_of_a_new_chain() -> None:
    engine = Engine(hardfork="cancun", chain_id=5, timestamp=1_000, gas_limit=10**7, base_fee=7, coinbase=BOB)
    assert (engine.hardfork, engine.chain_id, engine.block_number) == ("cancun", 5, 0)
    assert (engine.gas_limit, engine.base_fee, engine.coinbase) == (10**7, 7, BOB)
    assert engine.pending_timestamp >= 1_001
    assert (engine.automine, engine.recording) == (True, 0)
    assert type(engine.coinbase) is Address
    assert engine.block(0).timestamp == 1_000


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hardfork": "berlim"}, "berlin"),
        ({"chain_id": -1}, "chain_id: -1 is below 0"),
        ({"timestamp": "now"}, "timestamp must be an int"),
        ({"gas_limit": 2**64}, "gas_limit"),
        ({"base_fee": 1.5}, "base_fee must be an int"),
        ({"memory_limit": "lots"}, "memory_limit must be an int"),
    ],
)
def test_settings_that_cannot_be_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Engine(**options)


def test_a_coinbase_must_be_an_address() -> None:
    with pytest.raises(AbiError, match="is not an address"):
        Engine(coinbase=5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("base_fee", 123),
        ("gas_limit", 10**7),
        ("coinbase", BOB),
        ("prev_randao", b"\x09" * 32),
        ("blob_base_fee", 1),
        ("recording", 3),
        ("automine", False),
        ("pending_timestamp", 1_900_000_000),
    ],
)
def test_settings_are_assigned_and_restored_by_revert(engine: Engine, name: str, value: Any) -> None:
    before = getattr(engine, name)
    snapshot = engine.snapshot()
    setattr(engine, name, value)
    assert getattr(engine, name) == value
    engine.mine()
    engine.revert(snapshot)
    assert getattr(engine, name) == before


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("base_fee", -1, "base_fee: -1 is below 0"),
        ("gas_limit", "many", "gas_limit must be an int"),
        ("prev_randao", b"short", "prev_randao"),
        ("pending_timestamp", 5, "timestamp 5 is not after"),
        ("pending_timestamp", 1.5, "pending_timestamp must be an int"),
        ("recording", 1 << 20, "recording"),
        ("recording", "all", "recording must be an int"),
        ("blob_base_fee", -1, "blob_base_fee: -1 is below 0"),
    ],
)
def test_settings_that_do_not_fit_are_refused(engine: Engine, name: str, value: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        setattr(engine, name, value)


@pytest.mark.parametrize("name", ["chain_id", "hardfork", "block_number"])
def test_what_a_chain_is_cannot_be_assigned(engine: Engine, name: str) -> None:
    with pytest.raises(AttributeError):
        setattr(engine, name, 5)


def test_blocks_have_real_headers(engine: Engine) -> None:
    engine.mine(2)
    first, second = engine.block(1), engine.block(2)
    assert isinstance(second, Block)
    assert second.parent_hash == first.hash == keccak256(first.header_rlp)
    assert engine.block_by_hash(first.hash).number == 1  # type: ignore[union-attr]
    assert engine.block_by_hash(b"\0" * 32) is None
    assert second.state_root == engine.state_root()
    assert len(second.logs_bloom) == 256
    for root in ("state_root", "transactions_root", "receipts_root", "withdrawals_root", "requests_hash"):
        assert len(getattr(second, root)) == 32
    assert (second.gas_used, second.transactions, second.difficulty, second.extra_data) == (0, [], 0, b"")
    assert (second.excess_blob_gas, second.blob_gas_used) == (0, 0)
    assert second.gas_limit == 30_000_000
    assert second.base_fee < first.base_fee
    assert second.coinbase == engine.coinbase
    assert len(second.prev_randao) == 32
    assert engine.block(2).hash == second.hash != first.hash


def test_old_hardforks_have_no_roots_of_later_ones() -> None:
    engine = Engine(hardfork="london")
    engine.mine()
    assert engine.block(1).withdrawals_root is None
    assert engine.block(1).requests_hash is None


@pytest.mark.parametrize("number", [3, 2**63, 2**64 - 1])
def test_blocks_that_do_not_exist_are_said(engine: Engine, number: int) -> None:
    with pytest.raises(ProviderError, match=f"no block {number}"):
        engine.block(number)


@pytest.mark.parametrize("number", [-1, 2**64, 1.5, "latest", None])
def test_block_numbers_are_ints(engine: Engine, number: Any) -> None:
    with pytest.raises(UsageError, match="number"):
        engine.block(number)


def test_a_block_reverted_away_keeps_its_numbers(engine: Engine) -> None:
    snapshot = engine.snapshot()
    engine.send(sender=ALICE, to=BOB)
    block = engine.block(1)
    engine.revert(snapshot)
    assert (block.number, block.gas_used, len(block.transactions)) == (1, 21_000, 1)
    assert engine.block_number == 0


def test_time_moves_as_told(engine: Engine, deploy: Deploy) -> None:
    clock = deploy(TIME)
    start = engine.block(engine.block_number).timestamp
    engine.mine(timestamp=start + 100)
    assert engine.block(engine.block_number).timestamp == start + 100
    engine.mine(deltatime=50)
    assert engine.block(engine.block_number).timestamp == start + 150
    engine.pending_timestamp = start + 1_000
    transaction = engine.send(sender=ALICE, to=clock)
    assert transaction.timestamp == start + 1_000 == int.from_bytes(transaction.outcome.output, "big")
    with pytest.raises(UsageError, match="is not after"):
        engine.mine(timestamp=start)


def test_many_blocks_are_mined_at_once(engine: Engine) -> None:
    engine.mine(100_000)
    assert engine.block_number == 100_000
    assert engine.block(99_999).hash == engine.block(100_000).parent_hash


@pytest.mark.parametrize("count", [-1, 1.5, "two", 2**64])
def test_counts_of_blocks_are_ints(engine: Engine, count: Any) -> None:
    with pytest.raises(UsageError, match="count"):
        engine.mine(count)
    assert engine.block_number == 0


def test_without_automine_transactions_wait_for_their_block(engine: Engine, deploy: Deploy) -> None:
    counter = deploy(COUNTER)
    engine.automine = False
    sent = [engine.send(sender=ALICE, to=counter, gas_limit=100_000) for _ in range(3)]
    assert [transaction.is_mined for transaction in sent] == [False] * 3
    assert engine.pending_transactions() == sent
    for name in (
        "outcome",
        "gas_used",
        "succeeded",
        "block_number",
        "index",
        "timestamp",
        "effective_gas_price",
    ):
        with pytest.raises(ProviderError, match="not mined yet"):
            getattr(sent[0], name)
    engine.mine()
    assert engine.pending_transactions() == []
    assert engine.storage(counter, 0) == 3
    assert engine.block(engine.block_number).transactions == sent


def test_snapshots_nest_and_are_used_up(engine: Engine) -> None:
    balances = []
    snapshots = []
    for step in range(5):
        balances.append(engine.balance(BOB))
        snapshots.append(engine.snapshot())
        engine.send(sender=ALICE, to=BOB, value=step + 1)
    engine.revert(snapshots[3])
    assert engine.balance(BOB) == balances[3]
    for used in (snapshots[3], snapshots[4]):
        with pytest.raises(ProviderError, match="no snapshot"):
            engine.revert(used)
    engine.revert(snapshots[0])
    assert (engine.balance(BOB), engine.block_number, engine.nonce(ALICE)) == (0, 0, 0)


@pytest.mark.parametrize("snapshot", [0, 99, 2**64 - 1])
def test_unknown_snapshots_are_said(engine: Engine, snapshot: int) -> None:
    with pytest.raises(ProviderError, match=f"no snapshot {snapshot}"):
        engine.revert(snapshot)


@pytest.mark.parametrize("snapshot", [-1, "1", None, 2**70])
def test_snapshots_are_ints(engine: Engine, snapshot: Any) -> None:
    with pytest.raises(UsageError, match="snapshot"):
        engine.revert(snapshot)


def test_state_is_set_and_read(engine: Engine) -> None:
    engine.set_balance(BOB, 2**256 - 1)
    engine.set_nonce(BOB, 7)
    engine.set_code(BOB, ECHO)
    engine.set_storage(BOB, 2**256 - 1, 2**255)
    assert engine.balance(BOB) == 2**256 - 1
    assert engine.nonce(BOB) == 7
    assert engine.code(BOB) == ECHO
    assert engine.code_hash(BOB) == keccak256(ECHO)
    assert engine.storage(BOB, 2**256 - 1) == 2**255
    assert engine.storage(BOB, 0) == 0
    assert engine.call(to=BOB, data=b"x").output == b"x"


def test_accounts_that_do_not_exist_are_empty(engine: Engine) -> None:
    assert (engine.balance(BOB), engine.nonce(BOB), engine.code(BOB), engine.storage(BOB, 5)) == (
        0,
        0,
        b"",
        0,
    )


@pytest.mark.parametrize(
    ("method", "arguments", "message"),
    [
        ("set_balance", (BOB, -1), "balance: -1 is below 0"),
        ("set_balance", (BOB, 2**256), "balance: the number is above"),
        ("set_balance", (BOB, "1 ether"), "balance must be an int"),
        ("set_nonce", (BOB, 2**64), "nonce"),
        ("set_storage", (BOB, -1, 0), "slot: -1 is below 0"),
        ("set_storage", (BOB, 0, 2**256), "value: the number is above"),
        ("storage", (BOB, 2**256), "slot: the number is above"),
        ("storage", (BOB, "0x0"), "slot must be an int"),
        ("set_code", (BOB, bytes.fromhex("ef0100")), "code"),
    ],
)
def test_surgery_that_does_not_fit_is_named(
    engine: Engine, method: str, arguments: tuple[Any, ...], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        getattr(engine, method)(*arguments)
    assert engine.balance(BOB) == 0


@pytest.mark.parametrize("method", ["balance", "nonce", "code", "code_hash"])
def test_whose_state_is_asked_must_be_an_address(engine: Engine, method: str) -> None:
    with pytest.raises(AbiError, match="hex digits"):
        getattr(engine, method)("0x12")


def test_state_of_earlier_blocks_is_kept(engine: Engine, deploy: Deploy) -> None:
    counter = deploy(COUNTER)
    height = engine.block_number
    engine.send(sender=ALICE, to=counter, value=0)
    engine.send(sender=ALICE, to=counter, value=0)
    assert [engine.storage(counter, 0, height + step) for step in range(3)] == [0, 1, 2]
    assert engine.nonce(ALICE, height) + 2 == engine.nonce(ALICE)
    assert engine.balance(ALICE, height) > engine.balance(ALICE)
    assert engine.code(counter, 0) == b""
    assert int.from_bytes(engine.call(to=counter, block=height).output, "big") == 1
    assert int.from_bytes(engine.call(to=counter).output, "big") == 3
    with pytest.raises(ProviderError, match="no block"):
        engine.balance(ALICE, height + 9)


def test_overrides_hold_for_one_call(engine: Engine, deploy: Deploy) -> None:
    counter = deploy(COUNTER)
    overrides = {counter: {"storage": {0: 41}}, BOB: {"balance": 5, "nonce": 1, "code": ECHO}}
    assert int.from_bytes(engine.call(to=counter, overrides=overrides).output, "big") == 42
    assert engine.call(to=BOB, data=b"hi", overrides=overrides).output == b"hi"
    assert (engine.code(BOB), engine.balance(BOB), engine.storage(counter, 0)) == (b"", 0, 0)
    for wrong, message in (
        ({BOB: {"balanec": 5}}, "did you mean 'balance'"),
        ({BOB: 5}, "mapping"),
        ({BOB: {"balance": -1}}, "balance: -1 is below 0"),
        (5, "overrides"),
    ):
        with pytest.raises(UsageError, match=message):
            engine.call(to=BOB, overrides=wrong)  # type: ignore[arg-type]


def test_logs_are_found_by_block_address_and_topic(engine: Engine, deploy: Deploy) -> None:
    logger, other = deploy(LOGGER), deploy(LOGGER)
    seven = (7).to_bytes(32, "big")
    first = engine.send(sender=ALICE, to=logger, data=b"a")
    second = engine.send(sender=ALICE, to=other, data=b"b")
    span = {"from_block": 0, "to_block": engine.block_number}
    found = engine.logs(**span)
    assert [(transaction, log.data) for transaction, log in found] == [(first, b"a"), (second, b"b")]
    assert isinstance(found[0][0], Transaction)
    assert [log.data for _, log in engine.logs(**span, addresses=[other])] == [b"b"]
    assert [log.data for _, log in engine.logs(**span, topics=[seven])] == [b"a", b"b"]
    assert [log.data for _, log in engine.logs(**span, topics=[[b"\1" * 32, seven]])] == [b"a", b"b"]
    assert [log.data for _, log in engine.logs(**span, topics=[None])] == [b"a", b"b"]
    assert engine.logs(**span, topics=[b"\1" * 32]) == []
    assert engine.logs(**span, topics=[None, None]) == []
    assert engine.logs(from_block=first.block_number, to_block=first.block_number)[0][1].data == b"a"
    for wrong in ({"topics": [b"short"]}, {"topics": 5}, {"topics": [[5.5]]}):
        with pytest.raises((UsageError, AbiError), match="topics"):
            engine.logs(**span, **wrong)  # type: ignore[arg-type]


def test_a_dump_loads_into_another_chain(engine: Engine, deploy: Deploy) -> None:
    counter = deploy(COUNTER)
    engine.send(sender=ALICE, to=counter)
    other = Engine()
    other.load(engine.dump())
    assert other.storage(counter, 0) == 1
    assert other.state_root() == engine.state_root()
    assert other.block_number == engine.block_number
    for torn in (b"", b"nonsense", engine.dump()[:-5]):
        with pytest.raises(UsageError, match="state file"):
            other.load(torn)
    assert other.storage(counter, 0) == 1


def test_estimates_are_the_least_that_succeeds(engine: Engine, deploy: Deploy) -> None:
    counter = deploy(COUNTER)
    estimate = engine.estimate_gas(sender=ALICE, to=counter)
    assert isinstance(estimate, int)
    assert engine.call(sender=ALICE, to=counter, gas_limit=estimate).succeeded
    assert not engine.call(sender=ALICE, to=counter, gas_limit=estimate - 1).succeeded
    failed = engine.estimate_gas(sender=ALICE, to=deploy(bytes.fromhex("5f5ffd")))
    assert not isinstance(failed, int)
    assert failed.status == "revert"

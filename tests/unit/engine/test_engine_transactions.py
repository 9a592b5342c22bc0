"""The five types of transactions, keys, raw transactions, replays and recordings."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest
from eth_account import Account
from tiny_contracts import ALICE, BOB, COUNTER, KEY, LOGGER, RELAY, REVERTER, initcode

from ingot.engine import (
    RECORD_COVERAGE,
    RECORD_EDGES,
    RECORD_FRAMES,
    RECORD_STEPS,
    RECORD_STORAGE,
    RECORD_TAILS,
    Engine,
    create2_address,
    create_address,
    keccak256,
    key_address,
    public_key,
    recover_hash,
    sign_hash,
    to_address,
)
from ingot.errors import InvalidTransaction, ProviderError, UsageError
from ingot.types import Address

Deploy = Callable[[bytes], Address]
ALL = RECORD_FRAMES | RECORD_COVERAGE | RECORD_STORAGE | RECORD_STEPS
SLOT = (1).to_bytes(32, "big")


@pytest.fixture
def owner(engine: Engine) -> Address:
    """An account whose key the chain holds."""
    owner = engine.add_key(KEY)
    engine.set_balance(owner, 10**24)
    return owner


def test_keys_sign_and_recover_as_eth_account_does() -> None:
    account = Account.from_key(KEY)
    assert key_address(KEY) == account.address
    assert public_key(KEY) == account._key_obj.public_key.to_compressed_bytes()
    digest = keccak256(b"message")
    signature = sign_hash(KEY, digest)
    assert signature == bytes(account.unsafe_sign_hash(digest).signature)
    assert recover_hash(digest, signature) == account.address
    assert recover_hash(digest, signature[:64] + bytes([signature[64] - 27])) == account.address


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (key_address, (b"\0" * 32,), "private key is 0"),
        (key_address, (b"\xff" * 32,), "not below the order"),
        (key_address, (b"\1" * 31,), "32 bytes, 31 were given"),
        (sign_hash, (KEY, b"short"), "a digest has 32 bytes"),
        (recover_hash, (b"\0" * 32, b"\0" * 64), "65 bytes"),
        (recover_hash, (b"\0" * 32, b"\0" * 65), "not valid"),
        (recover_hash, (b"\0" * 32, b"\1" * 64 + b"\5"), "65 bytes"),
    ],
)
def test_keys_and_signatures_that_cannot_be(function: Any, arguments: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        function(*arguments)
    assert KEY.hex() not in str(caught.value)


def test_addresses_of_new_contracts(engine: Engine) -> None:
    assert (
        create_address(ALICE, 0) == engine.send(sender=ALICE, data=initcode(COUNTER)).outcome.contract_address
    )
    # The first example of EIP-1014.
    zero = "0x" + "00" * 20
    assert create2_address(zero, b"\0" * 32, b"\0") == "0x4D1A2e2bB4F88F0250f26Ffff098B0b30B26BF38"
    with pytest.raises(UsageError, match="salt has 32 bytes"):
        create2_address(zero, b"", b"")


def fields_of(kind: int, engine: Engine) -> dict[str, Any]:
    """What a transaction of this type has, for `Engine.send` and for eth-account."""
    fee = engine.base_fee * 2
    price: dict[str, Any] = {"gas_price": fee} if kind < 2 else {"max_fee": fee, "max_priority_fee": 10**6}
    if kind >= 1:
        price["access_list"] = [(BOB, [SLOT])]
    if kind == 3:
        price |= {"blob_hashes": [b"\1" + b"\7" * 31], "max_fee_per_blob_gas": 10**9}
    if kind == 4:
        signed = Account.from_key(b"\5" * 32).sign_authorization(
            {"chainId": 31337, "address": BOB, "nonce": 0}
        )
        price["authorizations"] = [
            {
                "chain_id": signed.chain_id,
                "address": to_address(signed.address),
                "nonce": signed.nonce,
                "y_parity": signed.y_parity,
                "r": signed.r,
                "s": signed.s,
            }
        ]
    return price


@pytest.mark.parametrize("kind", range(5))
def test_each_type_has_its_fields(engine: Engine, owner: Address, kind: int) -> None:
    options = fields_of(kind, engine)
    sent = engine.send(sender=owner, to=BOB, value=5, data=b"x", gas_limit=200_000, type=kind, **options)
    assert (sent.type, sent.sender, sent.to, sent.value, sent.data) == (kind, owner, BOB, 5, b"x")
    assert (sent.nonce, sent.gas_limit, sent.chain_id) == (0, 200_000, 31337)
    assert sent.max_fee_per_gas == options.get("gas_price", options.get("max_fee"))
    assert sent.max_priority_fee_per_gas == options.get("max_priority_fee")
    assert sent.access_list == options.get("access_list", [])
    assert sent.blob_hashes == options.get("blob_hashes", [])
    assert sent.max_fee_per_blob_gas == options.get("max_fee_per_blob_gas")
    assert sent.authorizations == options.get("authorizations", [])
    assert sent.succeeded
    assert sent.hash == keccak256(sent.raw)
    assert Account.recover_transaction(sent.raw) == owner
    assert sent.effective_gas_price <= sent.max_fee_per_gas
    assert engine.transaction(sent.hash) == sent
    if kind == 4:
        delegated = key_address(b"\5" * 32)
        assert engine.code(delegated) == bytes.fromhex("ef0100") + bytes(BOB)


@pytest.mark.parametrize("kind", [0, 1, 2, 4])
def test_raw_transactions_are_those_of_eth_account(engine: Engine, owner: Address, kind: int) -> None:
    twin = Engine(timestamp=1_700_000_000)
    twin.set_balance(owner, 10**24)
    options = fields_of(kind, engine)
    sent = engine.send(sender=owner, to=BOB, value=5, gas_limit=200_000, type=kind, **options)
    received = twin.send_raw(sent.raw)
    assert (received.hash, received.sender, received.signature) == (sent.hash, owner, sent.signature)
    assert received.gas_used == sent.gas_used
    assert twin.balance(BOB) == 5


def test_raw_transactions_are_checked(engine: Engine) -> None:
    account = Account.from_key(KEY)
    transaction = {"to": BOB, "value": 1, "gas": 21_000, "gasPrice": 10**10, "nonce": 0, "chainId": 31337}
    raw = bytes(account.sign_transaction(transaction).raw_transaction)
    with pytest.raises(InvalidTransaction, match="insufficient funds"):
        engine.send_raw(raw)
    engine.set_balance(account.address, 10**20)
    other_chain = bytes(account.sign_transaction(transaction | {"chainId": 1}).raw_transaction)
    with pytest.raises(InvalidTransaction, match="chain id"):
        engine.send_raw(other_chain)
    for torn in (b"", raw[:-1], raw + b"\0", b"\x09" + raw, b"nonsense"):
        with pytest.raises(InvalidTransaction):
            engine.send_raw(torn)
    assert engine.send_raw(raw).succeeded
    with pytest.raises(InvalidTransaction, match="nonce too low"):
        engine.send_raw(raw)


def test_impersonated_senders_skip_only_the_signature(engine: Engine) -> None:
    sent = engine.send(sender=ALICE, to=BOB)
    assert sent.signature == (0, int(ALICE, 16), 0)
    assert sent.hash == keccak256(sent.raw)
    again = engine.send(sender=ALICE, to=BOB)
    assert again.hash != sent.hash
    assert again != sent
    assert len({again, sent, engine.transaction(sent.hash)}) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"type": 9}, "type"),
        ({"type": -1}, "type: -1 is below 0"),
        ({"gas_price": 1, "max_fee": 1}, "type 2 has no gas_price"),
        ({"type": 0, "max_fee": 10**10}, "type 0 has no max_fee"),
        ({"access_list": 5}, "access_list must be a list"),
        ({"access_list": [BOB]}, "access_list: .* was expected"),
        ({"access_list": [(BOB, [b"short"])]}, "access_list: 32 bytes"),
        ({"access_list": [{"address": BOB}]}, "'storage_keys' is missing|\"storage_keys\" is missing"),
        ({"authorizations": [5]}, "authorizations: a mapping"),
        ({"authorizations": [{"chain_id": 1}]}, '"address" is missing'),
        ({"blob_hashes": [b"short"]}, "blob_hashes: 32 bytes"),
        ({"nonce": "0"}, "nonce must be an int"),
        ({"max_fee": -1}, "max_fee: -1 is below 0"),
        ({"max_fee": 2**128}, "max_fee"),
    ],
)
def test_fields_that_cannot_be_are_named(engine: Engine, options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        engine.send(sender=ALICE, to=BOB, **options)
    assert engine.block_number == 0


def test_unknown_transactions_are_none(engine: Engine) -> None:
    assert engine.transaction(b"\0" * 32) is None
    with pytest.raises(UsageError, match="32 bytes"):
        engine.transaction(b"\0")


def test_a_replay_records_what_a_transaction_did(engine: Engine, deploy: Deploy) -> None:
    counter = deploy(COUNTER)
    snapshot = engine.snapshot()
    sent = engine.send(sender=ALICE, to=counter)
    engine.send(sender=ALICE, to=counter)
    assert sent.outcome.recording is None
    outcome = engine.replay(sent, ALL)
    assert (outcome.gas_used, outcome.output) == (sent.gas_used, sent.outcome.output)
    recording = outcome.recording
    assert recording is not None
    assert recording.storage == [(0, False, counter, 0, 0, 0), (0, True, counter, 0, 0, 1)]
    assert engine.storage(counter, 0) == 2
    engine.revert(snapshot)
    with pytest.raises(ProviderError, match="reverted away"):
        engine.replay(sent, ALL)


def test_a_replay_with_something_altered_changes_nothing(engine: Engine, deploy: Deploy) -> None:
    counter = deploy(COUNTER)
    sent = engine.send(sender=ALICE, to=counter, data=b"\x01", gas_limit=100_000)
    engine.send(sender=ALICE, to=counter)
    codes = {counter: {"code": REVERTER}}
    outcome = engine.replay(sent, RECORD_TAILS, overrides=codes, data=b"\x07", gas_limit=10**8)
    assert (outcome.status, outcome.output) == ("revert", b"\x07")
    assert outcome.recording is not None
    assert outcome.recording.tails()["op"] == REVERTER
    assert engine.code(counter) == COUNTER
    assert engine.storage(counter, 0) == 2
    assert engine.replay(sent, 0).output == sent.outcome.output
    history = to_address("0x0000F90827F1C53a10cb7A02335B175320002935")
    with pytest.raises(ProviderError, match="a system contract cannot be altered"):
        engine.replay(sent, 0, overrides={history: {"code": b"\0"}})


def test_recordings_show_frames_logs_storage_coverage_and_steps(engine: Engine, deploy: Deploy) -> None:
    logger, relay = deploy(LOGGER), deploy(RELAY)
    engine.recording = ALL
    outcome = engine.send(sender=ALICE, to=relay, data=bytes(12) + bytes(logger) + b"abc").outcome
    recording = outcome.recording
    assert recording is not None
    outer, inner = recording.frames
    assert (outer.kind, outer.parent, outer.depth, outer.sender, outer.to) == ("CALL", None, 0, ALICE, relay)
    assert (inner.kind, inner.parent, inner.depth, inner.sender, inner.to) == ("CALL", 0, 1, relay, logger)
    assert (inner.code_address, inner.code_hash) == (logger, keccak256(LOGGER))
    assert (inner.input, inner.output, inner.value, inner.status) == (b"abc", b"", 0, "success")
    assert 0 < inner.gas_used < inner.gas < outer.gas
    assert outcome.logs[0].frame == 1
    assert set(recording.coverage) == {keccak256(LOGGER), keccak256(RELAY)}
    assert recording.coverage[keccak256(LOGGER)][0] & 1
    assert recording.storage == []
    steps = recording.steps()
    assert recording.step_count == len(steps["op"]) == len(steps["pc"]) // 4 == len(steps["gas"]) // 8
    assert struct.unpack("<I", steps["pc"][:4]) == (0,)
    assert steps["op"][0] == RELAY[0]
    assert set(steps["frame"][::4]) == {0, 1}
    assert {len(steps[name]) // recording.step_count for name in ("stack_len", "memory_len", "refund")} == {
        2,
        4,
        8,
    }
    assert recording.stack(0) == []
    assert recording.stack(1) == [0x20]
    assert recording.memory(0) == b""
    with pytest.raises(UsageError, match="no step"):
        recording.stack(10**6)
    with pytest.raises(UsageError, match="no step"):
        recording.memory(recording.step_count)


def test_logs_of_reverted_frames_are_recorded_without_an_index(engine: Engine, deploy: Deploy) -> None:
    log_and_revert = deploy(LOGGER + bytes.fromhex("5f5ffd"))
    outcome = engine.send(
        sender=ALICE, to=deploy(RELAY), data=bytes(12) + bytes(log_and_revert) + b"lost"
    ).outcome
    assert outcome.logs == []
    outcome = engine.call(
        to=deploy(RELAY), data=bytes(12) + bytes(log_and_revert) + b"lost", recording=RECORD_FRAMES
    )
    assert outcome.recording is not None
    assert outcome.recording.logs == [(1, 2, None, log_and_revert, [(7).to_bytes(32, "big")], b"lost")]
    kept = engine.call(to=deploy(LOGGER), data=b"kept", recording=RECORD_FRAMES).recording
    assert kept is not None
    assert [(frame, index, data) for frame, _, index, _, _, data in kept.logs] == [(0, 0, b"kept")]


def test_edges_count_the_jumps_that_were_taken(engine: Engine, deploy: Deploy) -> None:
    # 3 times round: PUSH1 3, JUMPDEST, PUSH1 1, SWAP1, SUB, DUP1, PUSH1 2, JUMPI, STOP
    loop = bytes.fromhex("60035b60019003806002" + "5700")
    recording = engine.call(to=deploy(loop), recording=RECORD_EDGES).recording
    assert recording is not None
    rows = struct.iter_unpack("<III", recording.edges[keccak256(loop)])
    assert sorted(rows) == [(10, 2, 2), (10, 11, 1)]
    assert (recording.frames, recording.coverage, recording.is_truncated) == ([], {}, False)


def test_recording_of_one_call_leaves_the_setting_alone(engine: Engine, deploy: Deploy) -> None:
    reverter = deploy(REVERTER)
    outcome = engine.call(to=reverter, data=b"no", recording=RECORD_FRAMES)
    assert outcome.recording is not None
    assert [(frame.status, frame.output) for frame in outcome.recording.frames] == [("revert", b"no")]
    assert outcome.recording.step_count == 0
    assert outcome.recording.steps()["op"] == b""
    assert engine.call(to=reverter).recording is None
    assert engine.recording == 0


def test_reprs_are_short_and_hold_no_secret(engine: Engine, owner: Address, deploy: Deploy) -> None:
    sent = engine.send(sender=owner, to=BOB)
    logged = engine.send(sender=owner, to=deploy(LOGGER), recording=RECORD_FRAMES)
    assert logged.outcome.recording is not None
    shown = [repr(thing) for thing in (engine, sent, sent.outcome, engine.block(1), logged.outcome.logs[0])]
    shown += [repr(logged.outcome.recording), repr(logged.outcome.recording.frames[0])]
    for text in shown:
        assert len(text) < 150
        assert KEY.hex() not in text

"""`Chain.fork`: a chain in process on top of another one's state."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import pytest

import ingot
from ingot import Chain
from ingot.errors import AbiError, InvalidTransaction, ProviderError, UsageError
from ingot.types import Address

ALICE = ingot.convert("0x" + "a1" * 20, Address)
BOB = ingot.convert("0x" + "b0" * 20, Address)
COUNTER = ingot.convert("0x" + "c0" * 20, Address)
HASHER = ingot.convert("0x" + "ca" * 20, Address)
COUNTER_CODE = bytes.fromhex("5f54600101805f555f5260205ff3")
"""Adds 1 to slot 0 and returns the sum."""
HASHER_CODE = bytes.fromhex("5f35405f5260205ff3")
"""BLOCKHASH of the first word of the calldata."""
BLOCK: dict[str, Any] = {
    "number": 1000,
    "hash": b"\x11" * 32,
    "timestamp": 1_700_000_000,
    "gas_limit": 30_000_000,
    "gas_used": 30_000_000,
    "base_fee": 8_000_000_000,
    "coinbase": BOB,
}


class State:
    """A state that counts what is read of it."""

    def __init__(self) -> None:
        self.accounts: dict[str, Any] = {
            ALICE: (10**18, 7, b""),
            COUNTER: (0, 1, COUNTER_CODE),
            HASHER: (0, 1, HASHER_CODE),
        }
        self.words: dict[tuple[str, int], Any] = {(COUNTER, 0): 41}
        self.hashes: dict[int, Any] = {998: b"\x98" * 32}
        self.read: list[object] = []

    def account(self, address: Address) -> Any:
        self.read.append(address)
        return self.accounts.get(address)

    def storage(self, address: Address, slot: int) -> Any:
        self.read.append((address, slot))
        return self.words.get((address, slot), 0)

    def block_hash(self, number: int) -> Any:
        self.read.append(number)
        return self.hashes[number]


@pytest.fixture
def state() -> State:
    return State()


@pytest.fixture
def fork(state: State) -> Chain:
    return Chain.fork(state, block=BLOCK, chain_id=11155111)


def count(fork: Chain) -> int:
    return int.from_bytes(fork.call(to=COUNTER).output, "big")


def test_a_fork_begins_after_its_block(fork: Chain, state: State) -> None:
    assert (fork.chain_id, fork.block_number) == (11155111, 1000)
    assert fork.pending_timestamp == 1_700_000_001
    # A full block: an eighth more (EIP-1559).
    assert fork.base_fee == 9_000_000_000
    assert fork.gas_limit == 30_000_000
    assert fork.coinbase == BOB
    assert state.read == []
    assert fork.get_balance(ALICE) == 10**18
    sent = fork.send(sender=ALICE, to=COUNTER)
    assert (sent.block_number, sent.nonce) == (1001, 7)
    assert int.from_bytes(sent.outcome.output, "big") == 42
    assert fork.get_storage(COUNTER, 0) == 42
    assert fork.get_storage(COUNTER, 0, 1000) == 41
    assert fork.get_nonce(ALICE, 1000) == 7
    assert state.words == {(COUNTER, 0): 41}


def test_each_value_is_read_once_and_only_when_it_is_needed(fork: Chain, state: State) -> None:
    for _ in range(3):
        fork.send(sender=ALICE, to=COUNTER)
        fork.call(to=COUNTER)
    assert len(state.read) == len(set(state.read))
    assert (COUNTER, 0) in state.read
    assert HASHER not in state.read
    well_known = {account.address for account in Chain().accounts}
    assert not well_known & set(map(str, state.read))


def test_nobody_is_funded_unless_it_is_asked_for(state: State) -> None:
    fork = Chain.fork(state, block=BLOCK, chain_id=1)
    assert fork.accounts[0].balance == 0
    assert len(fork.accounts) == 0
    with pytest.raises(InvalidTransaction, match="insufficient funds"):
        fork.accounts[0].transfer(BOB, 1)
    rich = Chain.fork(state, block=BLOCK, chain_id=1, balance="5 ether")
    assert rich.accounts[0].balance == 5 * 10**18
    assert rich.accounts[0].transfer(BOB, 1).gas_used == 21_000


def test_a_rollback_forgets_nothing_for_a_chain_that_does_not_answer(fork: Chain, state: State) -> None:
    def unplugged(_: Address) -> Any:
        raise ProviderError("unplugged")

    known = ingot.Contract(COUNTER, [], chain=fork)
    fork.mine(2)
    created = fork.send(
        sender=ALICE, data=bytes.fromhex("6001600c60003960016000f300")
    ).outcome.contract_address
    ingot.Contract(created, [], chain=fork)
    fork.interfaces[HASHER] = fork.interfaces[COUNTER]
    assert HASHER not in state.read
    state.account = unplugged  # type: ignore[method-assign]
    fork.snapshots.roll_back(1001)
    assert set(fork.interfaces) == {known.address, HASHER}


def test_hashes_of_blocks_on_both_sides_of_the_fork(fork: Chain) -> None:
    def seen(number: int) -> bytes:
        return fork.call(to=HASHER, data=number.to_bytes(32, "big")).output

    fork.mine(2)
    assert seen(998) == b"\x98" * 32
    assert seen(1000) == b"\x11" * 32 == fork.blocks[1000].hash
    assert seen(1001) == fork.blocks[1001].hash
    assert fork.blocks[1001].parent_hash == b"\x11" * 32
    with pytest.raises(KeyError):
        seen(997)


def test_isolation_and_snapshots_work_as_on_any_chain(fork: Chain) -> None:
    with fork.isolate():
        fork.send(sender=ALICE, to=COUNTER)
        fork.set_balance(BOB, "3 ether")
        fork.set_code(COUNTER, b"")
        assert fork.get_code(COUNTER) == b""
    assert (fork.block_number, count(fork)) == (1000, 42)
    assert fork.get_balance(BOB) == 0
    snapshot = fork.snapshot()
    fork.set_storage(COUNTER, 0, 0)
    assert count(fork) == 1
    fork.restore(snapshot)
    assert count(fork) == 42


def test_what_only_the_whole_state_could_tell_is_refused(fork: Chain, tmp_path: Any) -> None:
    fork.mine()
    for ask in (fork.state_root, lambda: fork.blocks[-1].state_root, lambda: fork.dump(tmp_path / "state")):
        with pytest.raises(ProviderError, match="a fork has no"):
            ask()
    assert not list(tmp_path.iterdir())
    Chain().dump(tmp_path / "other")
    with pytest.raises(UsageError, match="a fork stays one"):
        fork.load(tmp_path / "other")
    below = fork.blocks[1000]
    for ask in (lambda: below.transactions, lambda: below.native.transactions_root, lambda: below.state_root):
        with pytest.raises(ProviderError, match=r"ask the other chain|a fork has no"):
            ask()
    assert (below.gas_used, repr(below)) == (30_000_000, "<block 1000, of the chain below>")
    assert [block.number for block in fork.blocks] == [1000, 1001]
    with pytest.raises(ProviderError, match="blocks 1000 to 1001"):
        fork.block(999)


def test_what_the_state_raises_reaches_the_caller_and_nothing_has_changed(fork: Chain, state: State) -> None:
    class Unplugged(Exception):
        pass

    error = Unplugged("no connection")

    def fail(*_: object) -> Any:
        raise error

    state.storage = fail  # type: ignore[method-assign]
    for ask in (
        lambda: fork.send(sender=ALICE, to=COUNTER),
        lambda: fork.call(to=COUNTER),
        lambda: fork.estimate_gas(sender=ALICE, to=COUNTER),
        lambda: fork.get_storage(COUNTER, 0),
    ):
        with pytest.raises(Unplugged) as caught:
            ask()
        assert caught.value is error
    assert (fork.block_number, fork.get_nonce(ALICE)) == (1000, 7)
    del state.storage  # type: ignore[method-assign]
    assert fork.send(sender=ALICE, to=COUNTER).succeeded


@pytest.mark.parametrize(
    ("account", "message"),
    [
        ("what", "balance, nonce, code"),
        ((1, 2), "balance, nonce, code"),
        ((1, 2, 3), "balance, nonce, code"),
        ((-1, 0, b""), "balance of the forked state"),
        ((0, 2**64, b""), "nonce of the forked state"),
        ((0, 0, b"\xef\x01\x00"), "of the forked state"),
    ],
)
def test_an_account_that_cannot_be_is_refused(
    fork: Chain, state: State, account: object, message: str
) -> None:
    state.accounts[BOB] = account
    with pytest.raises(UsageError, match=message):
        fork.get_balance(BOB)


@pytest.mark.parametrize(("word", "message"), [(None, "must be an int"), (2**256, "above"), ("1", "must be")])
def test_a_word_that_cannot_be_is_refused(fork: Chain, state: State, word: object, message: str) -> None:
    state.words[COUNTER, 0] = word
    with pytest.raises(UsageError, match=message):
        fork.send(sender=ALICE, to=COUNTER)


def test_an_empty_account_is_none(fork: Chain, state: State) -> None:
    empty, poor = bytes.fromhex("d0" * 20), bytes.fromhex("d1" * 20)
    state.accounts |= {
        ingot.convert(empty, Address): (0, 0, b""),
        ingot.convert(poor, Address): (1, 0, b""),
    }
    # A transfer to an account that does not exist costs 25,000 more inside of a call (EIP-161).
    caller = bytes.fromhex("5f5f5f5f600173") + empty + bytes.fromhex("5af1")
    fork.set_code(COUNTER, caller)
    fork.set_balance(COUNTER, 5)
    with_empty = fork.call(to=COUNTER).gas_used
    fork.set_code(COUNTER, caller.replace(empty, poor))
    assert with_empty - fork.call(to=COUNTER).gas_used == 25_000


def test_the_state_must_not_use_the_fork_itself() -> None:
    class Circular(State):
        def account(self, address: Address) -> Any:
            return (fork.get_balance(BOB), 0, b"") if address == ALICE else None

    fork = Chain.fork(Circular(), block=BLOCK, chain_id=1)
    for ask in (lambda: fork.get_balance(ALICE), lambda: fork.call(to=ALICE)):
        with pytest.raises(UsageError, match="must not use the chain itself"):
            ask()
    assert fork.block_number == 1000


def test_threads_take_turns_while_the_state_is_read() -> None:
    class Slow(State):
        def account(self, address: Address) -> Any:
            time.sleep(0.001)  # lets other threads run
            return super().account(address)

        def storage(self, address: Address, slot: int) -> Any:
            time.sleep(0.001)
            return super().storage(address, slot)

    fork = Chain.fork(Slow(), block=BLOCK, chain_id=1)

    def work(number: int) -> None:
        for turn in range(20):
            fork.get_balance((number * 100 + turn).to_bytes(20, "big"))
            fork.send(sender=ALICE, to=COUNTER)
            fork.call(to=COUNTER)
            _ = fork.blocks[-1].hash

    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(work, number) for number in range(1, 5)]
        assert not wait(done, timeout=60).not_done
    for one in done:
        one.result()
    assert (count(fork), fork.block_number) == (41 + 80 + 1, 1080)


def test_ctrl_c_while_the_state_is_read_ends_the_call(fork: Chain, state: State) -> None:
    def interrupted(*_: object) -> Any:
        raise KeyboardInterrupt

    state.account = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        fork.call(to=COUNTER)
    del state.account  # type: ignore[method-assign]
    assert count(fork) == 42


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"number": None}, "number must be an int"),
        ({"hash": b"\1"}, "hash: 32 bytes"),
        ({"coinbase": "x"}, "not an address"),
        ({"baseFeePerGas": 1}, 'fork_block has no "baseFeePerGas"'),
    ],
)
def test_a_block_that_cannot_be_is_refused(state: State, change: dict[str, Any], message: str) -> None:
    with pytest.raises((UsageError, AbiError), match=message):
        Chain.fork(state, block=BLOCK | change, chain_id=1)


@pytest.mark.parametrize("field", ["number", "hash", "timestamp", "gas_limit", "base_fee"])
def test_a_block_tells_what_the_next_depends_on(state: State, field: str) -> None:
    block = {name: value for name, value in BLOCK.items() if name != field}
    with pytest.raises(UsageError, match=f'fork_block lacks "{field}"'):
        Chain.fork(state, block=block, chain_id=1)
    if field == "base_fee":
        assert Chain.fork(state, block=block, chain_id=1, hardfork="berlin").block_number == 1000


def test_what_is_no_state_is_refused() -> None:
    with pytest.raises(UsageError, match="no method account"):
        Chain.fork(object(), block=BLOCK, chain_id=1)  # type: ignore[arg-type]

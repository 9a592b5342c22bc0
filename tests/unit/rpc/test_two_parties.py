"""A program and a client go back on the same chain, each in its ways: whatever they do, all that is told is true.

The model: a world is what there is, and the world before its latest block. Snapshots are a stack of worlds.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ingot.chain import Chain
from ingot.contract.contract import bound, interface_of
from ingot.conversion import to_address
from ingot.errors import ProviderError, UsageError
from ingot.rpc import Rpc, RpcError

CAROL = "0x" + "ca" * 20
COUNTER = "0x" + "33" * 20
COUNTS = "0x6000546001018060005560005260206000a000"  # slot 0 += 1, LOG0
INITCODE = bytes.fromhex("6001600c60003960016000f300")  # of a contract that stops
RICH = 10_000 * 10**18

WHICH = st.integers(0, 7)
"""Counted from the latest, as far as there are so many."""


@dataclass(frozen=True)
class World:
    """What there is. logs: of the blocks since `first`.      era: how often another state was loaded."""

    height: int
    block_hash: bytes
    parent: World | None = None
    first: int = 0
    era: int = 0
    count: int = 0
    logs: int = 0
    funded: frozenset[int] = frozenset()
    code: frozenset[str] = frozenset()
    known: tuple[tuple[str, str], ...] = ()

    def knowing(self, known: tuple[tuple[str, str], ...]) -> World:
        """With what is known of contracts, as far as they are there."""
        return replace(self, known=tuple(each for each in known if each[0] in self.code))


@dataclass(frozen=True)
class Ties:
    """What belongs to one client besides the chain."""

    offset: int = 0
    waiting: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Snapshot:
    """owner: who can go back to it.      number: as the owner knows it."""

    number: int
    owner: str
    world: World
    ties: tuple[Ties, ...]


@dataclass
class Client:
    """One that polls a filter, and believes what it is told."""

    rpc: Rpc
    logs: str
    believed: set[tuple[str, str]] = field(default_factory=set)
    pushed: set[tuple[str, str]] = field(default_factory=set)
    offset: int = 0
    waiting: frozenset[int] = frozenset()

    def learn(self, log: dict[str, Any], believed: set[tuple[str, str]]) -> None:
        """Believe a log, or that it is gone."""
        key = (log["blockHash"], log["logIndex"])
        assert (key in believed) == log["removed"]
        (believed.remove if log["removed"] else believed.add)(key)


class TwoParties(RuleBasedStateMachine):
    """A program with its chain, and clients over JSON-RPC."""

    def __init__(self) -> None:
        super().__init__()
        self.chain = Chain(timestamp=1_700_000_000)
        self.chain.set_code(COUNTER, COUNTS)
        self.alice = self.chain.accounts[0].address
        self.world = World(0, self.chain.blocks.head.hash)
        self.stack: list[Snapshot] = []
        self.clients: list[Client] = []
        self.isolations: list[tuple[Any, int]] = []
        self.used_up: list[tuple[str, Any]] = []
        self.dumps: list[tuple[bytes, World]] = []
        self.names = 0

    # The model

    def ties(self) -> tuple[Ties, ...]:
        return tuple(Ties(each.offset, each.waiting) for each in self.clients)

    def push(self, owner: str, number: int) -> None:
        self.stack.append(Snapshot(number, owner, self.world, self.ties()))

    def drop(self, snapshot: Snapshot) -> None:
        self.stack.remove(snapshot)
        self.used_up.append((snapshot.owner, snapshot.number))

    def went_back_to(self, snapshot: Snapshot) -> None:
        for each in self.stack[self.stack.index(snapshot) :]:
            self.drop(each)
        self.world = snapshot.world
        for index, client in enumerate(self.clients):
            ties = snapshot.ties[index] if index < len(snapshot.ties) else Ties()
            client.offset, client.waiting = ties.offset, ties.waiting
        self.settle()

    def went_back_by(self, depth: int) -> None:
        target = self.world
        for _ in range(depth):
            assert target.parent is not None
            target = target.parent
        self.world = target.knowing(self.world.known)
        for each in [each for each in self.stack if each.world.era == target.era]:
            if each.world.height > target.height:
                self.drop(each)
        self.settle()

    def loaded(self, base: World) -> None:
        now = self.world
        self.world = replace(base, parent=None, first=base.height, era=now.era + 1, logs=0, known=()).knowing(
            now.known
        )
        for client in self.clients:
            client.waiting = frozenset()
        self.settle()

    def beginning(self, client: int) -> Snapshot | None:
        """What a reset by a client leads to."""
        found = [
            each for each in self.stack if each.owner == f"begin{client}" and each.world.era == self.world.era
        ]
        return found[-1] if found else None

    def settle(self) -> None:
        """Who has lost the beginning begins here. Its number is nobody's business."""
        for index in range(len(self.clients)):
            if self.beginning(index) is None:
                self.push(f"begin{index}", -1)

    def mined(self, **changes: Any) -> None:
        block = self.chain.blocks.head
        before = self.world
        self.world = replace(
            before, height=before.height + 1, block_hash=block.hash, parent=before, **changes
        )

    def taken_by(self, owner: str) -> list[Snapshot]:
        return [each for each in self.stack if each.owner == owner]

    # What both do

    @initialize()
    def begin(self) -> None:
        self.attach()

    @precondition(lambda self: len(self.clients) < 3)
    @rule()
    def attach(self) -> None:
        rpc = Rpc(self.chain)
        client = Client(rpc, rpc.request("eth_newFilter", [{}]))
        present = {(each["blockHash"], each["logIndex"]) for each in self.logs(rpc)}
        client.believed, client.pushed = set(present), present
        rpc.subscribe("logs", None, lambda _, log: client.learn(log, client.pushed))
        self.clients.append(client)
        self.settle()

    def logs(self, rpc: Rpc) -> list[dict[str, Any]]:
        return rpc.request("eth_getLogs", [{"fromBlock": "earliest", "toBlock": "latest"}])  # type: ignore[no-any-return]

    # The program

    @rule(count=st.integers(1, 3))
    def mine(self, count: int) -> None:
        for _ in range(count):
            self.chain.mine()
            self.mined()

    @rule(index=st.integers(10, 13))
    def ask_for_an_account(self, index: int) -> None:
        assert self.chain.accounts[index].balance == RICH
        self.world = replace(self.world, funded=self.world.funded | {index})

    @rule()
    def deploy(self) -> None:
        address = self.chain.send(sender=self.alice, data=INITCODE).outcome.contract_address
        assert address is not None
        self.mined(code=self.world.code | {address})
        self.know(address)

    @precondition(lambda self: self.world.code)
    @rule(which=WHICH)
    def name_anew(self, which: int) -> None:
        self.know(sorted(self.world.code)[which % len(self.world.code)])

    def know(self, address: str) -> None:
        self.names += 1
        name = f"f{self.names}"
        abi = [{"type": "function", "name": name, "inputs": [], "outputs": [], "stateMutability": "view"}]
        bound(to_address(address), interface_of(abi), self.chain)
        known = dict(self.world.known)
        self.world = replace(self.world, known=tuple({**known, address: name}.items()))

    @rule()
    def take_a_snapshot(self) -> None:
        self.push("program", self.chain.snapshot())

    @rule(which=st.one_of(st.none(), WHICH))
    def restore(self, which: int | None) -> None:
        taken = self.taken_by("program")
        if not taken:
            try:
                self.chain.restore()
            except UsageError:
                return
            raise AssertionError("there was nothing to restore")
        chosen = taken[-1 - (which or 0) % len(taken)]
        self.chain.restore(None if which is None else chosen.number)
        self.went_back_to(chosen)

    @precondition(lambda self: len(self.isolations) < 3)
    @rule()
    def isolate(self) -> None:
        isolation = self.chain.isolate()
        isolation.__enter__()
        self.names += 1
        self.push("isolation", self.names)
        self.isolations.append((isolation, self.names))

    @precondition(lambda self: self.isolations)
    @rule()
    def leave(self) -> None:
        isolation, number = self.isolations.pop()
        found = [each for each in self.taken_by("isolation") if each.number == number]
        try:
            isolation.__exit__(None, None, None)
        except ProviderError:
            assert not found
        else:
            self.went_back_to(found[0])

    @rule()
    def dump(self) -> None:
        self.dumps.append((self.chain.engine.dump(), self.world))

    @precondition(lambda self: self.dumps and self.world.era < 3)
    @rule(which=WHICH, who=st.one_of(st.none(), WHICH))
    def load(self, which: int, who: int | None) -> None:
        data, base = self.dumps[-1 - which % len(self.dumps)]
        if who is not None:
            self.client(who)[1].rpc.request("anvil_loadState", ["0x" + data.hex()])
        else:
            with TemporaryDirectory() as folder:
                path = Path(folder, "state")
                path.write_bytes(data)
                self.chain.load(path)
        self.loaded(base)

    # The clients

    def client(self, which: int) -> tuple[int, Client]:
        return which % len(self.clients), self.clients[which % len(self.clients)]

    @rule(who=WHICH)
    def count(self, who: int) -> None:
        _, client = self.client(who)
        client.rpc.request("eth_sendTransaction", [{"from": self.alice, "to": COUNTER}])
        self.mined(count=self.world.count + 1, logs=self.world.logs + 1)

    @rule(who=WHICH, seconds=st.integers(1, 1000))
    def let_time_pass(self, who: int, seconds: int) -> None:
        _, client = self.client(who)
        client.offset += seconds
        assert client.rpc.request("evm_increaseTime", [seconds]) == client.offset

    @rule(who=WHICH, nonce=st.integers(5, 9))
    def send_one_that_waits(self, who: int, nonce: int) -> None:
        _, client = self.client(who)
        if nonce in client.waiting:
            return
        fields = {"type": 2, "chain_id": 31337, "nonce": nonce, "max_fee": 10**12, "max_priority_fee": 1}
        signed = self.chain.accounts[9].sign_transaction(
            {**fields, "to": CAROL, "gas_limit": 21_000, "value": 0, "data": b""}
        )
        client.rpc.request("eth_sendRawTransaction", ["0x" + signed.raw.hex()])
        client.waiting |= {nonce}

    @rule(who=WHICH)
    def evm_snapshot(self, who: int) -> None:
        index, client = self.client(who)
        self.push(f"client{index}", client.rpc.request("evm_snapshot"))

    @rule(who=WHICH, which=WHICH)
    def evm_revert(self, who: int, which: int) -> None:
        index, client = self.client(who)
        taken = self.taken_by(f"client{index}")
        for owner, number in self.used_up:
            if owner == f"client{index}":
                assert client.rpc.request("evm_revert", [number]) is False
        if taken:
            chosen = taken[-1 - which % len(taken)]
            assert client.rpc.request("evm_revert", [chosen.number]) is True
            self.went_back_to(chosen)

    @rule(who=WHICH)
    def reset(self, who: int) -> None:
        index, client = self.client(who)
        beginning = self.beginning(index)
        assert beginning is not None
        client.rpc.request("anvil_reset")
        self.went_back_to(beginning)

    @rule(who=WHICH, depth=st.integers(0, 4), again=st.booleans())
    def undo_blocks(self, who: int, depth: int, again: bool) -> None:
        _, client = self.client(who)
        method = "anvil_reorg" if again else "anvil_rollback"
        if depth > self.world.height - self.world.first:
            try:
                client.rpc.request(method, [depth])
            except RpcError:
                return
            raise AssertionError("there are not so many blocks")
        client.rpc.request(method, [depth])
        self.went_back_by(depth)
        if again:
            for number in range(self.world.height + 1, self.world.height + depth + 1):
                block = self.chain.blocks[number]
                self.world = replace(self.world, height=number, block_hash=block.hash, parent=self.world)

    @rule(who=WHICH)
    def look_at_the_pending_block(self, who: int) -> None:
        _, client = self.client(who)
        client.rpc.request("eth_getBlockByNumber", ["pending", False])

    @rule(who=WHICH)
    def poll(self, who: int) -> None:
        _, client = self.client(who)
        for log in client.rpc.request("eth_getFilterChanges", [client.logs]):
            client.learn(log, client.believed)
        self.believes_what_is(client, client.believed)

    # What must be

    def believes_what_is(self, client: Client, believed: set[tuple[str, str]]) -> None:
        present = self.logs(client.rpc)
        assert len(present) == self.world.logs
        assert believed == {(each["blockHash"], each["logIndex"]) for each in present}

    @invariant()
    def the_chain_is_as_it_should_be(self) -> None:
        chain, world = self.chain, self.world
        assert (chain.block_number, chain.blocks.head.hash) == (world.height, world.block_hash)
        assert chain.get_storage(COUNTER, 0) == world.count
        known = {
            address: next(iter(interface.all_functions())).name
            for address, interface in chain.interfaces.items()
        }
        assert known == dict(world.known)
        for index in range(10, 14):
            balance = chain.get_balance(chain.accounts._derived(index).address)
            assert balance == (RICH if index in world.funded else 0)

    @invariant()
    def each_client_is_told_the_truth(self) -> None:
        for client in self.clients:
            client.rpc.publish()
            self.believes_what_is(client, client.pushed)
            assert client.rpc.clock.offset == client.offset
            assert {each.nonce for each in client.rpc.pool.queued} == client.waiting


TestTwoParties = TwoParties.TestCase
TestTwoParties.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)

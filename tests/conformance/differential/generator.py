"""Random blocks of random transactions, drawn from one seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random

from differential.assembler import initcode
from differential.precompiles import random_input
from differential.programs import CHILDREN, Surroundings, random_program, random_word
from differential.signing import Authorization, Blob, Signed, Unsigned
from differential.views import BlockPlan, CallPlan
from differential.world import ABSENT, COINBASES, CREATE2_DEPLOYER, PRECOMPILES, Actor, World

GWEI = 10**9
TRANSACTION_GAS_CAP = 2**24
"""EIP-7825."""
MAX_INITCODE = 49_152
BLOBS_PER_TRANSACTION = 6
"""EIP-7594's limit."""

DEPENDENT_SPECIMENS = ("environment", "ancestors", "bomb", "bomb_maker", "creator")
"""What they need depends on the block, or on who exists."""


class Generator:
    """Draws plans. random: the only source of chance. blobs: whether type 3 is drawn; ancestry: whether BLOCKHASH is."""

    def __init__(self, random: Random, world: World, *, chain_id: int, blobs: bool, ancestry: bool) -> None:
        self._random = random
        self._world = world
        self._chain_id = chain_id
        self._blobs = blobs
        self._ancestry = ancestry
        self._signer = world.crypto.signer
        self._nonces: dict[str, int] = {}
        self._pauper_sent = False
        self._applications: dict[bytes, str] = {}

    def application_of(self, signed: Signed) -> str | None:
        """The sample contract that a transaction deploys, if it does."""
        return self._applications.get(signed.hash)

    def block(self, *, nonces: Mapping[str, int], base_fee: int, timestamp: int) -> BlockPlan:
        """A block on top of a chain with these nonces; base_fee: about what the next block asks for.

        timestamp: of the chain's head.
        """
        random = self._random
        self._nonces = dict(nonces)
        self._pauper_sent = False
        fee = (
            random.choice([0, 1, 7, GWEI, 100 * GWEI, random.randrange(10**12)])
            if random.random() < 0.1
            else None
        )
        automine = random.random() < 0.4
        count = 1 if automine else random.choice([0, 1, 2, 3, 4, 5, 6, 8])
        price = base_fee if fee is None else fee
        if self._blobs and not automine and random.random() < 0.1:
            drafts = [self._blob_transaction(BLOBS_PER_TRANSACTION) for _ in range(3)]
        else:
            drafts = [self._draft() for _ in range(count)]
        return BlockPlan(
            timestamp=timestamp + random.choice([1, 1, 2, 12, 12, 3600, random.randrange(1, 10**6)]),
            coinbase=random.choice(COINBASES),
            automine=automine,
            transactions=tuple(self._finished(draft, price) for draft in drafts),
            base_fee=fee,
            gas_limit=random.choice([30_000_000, 36_000_000, 60_000_000]) if random.random() < 0.05 else None,
            empty_after=random.choice([1, 2, 5, 300]) if random.random() < 0.03 else 0,
            interval_s=random.choice([1, 12, 100]),
        )

    def call(self) -> CallPlan:
        """A call of the kinds that transactions are of."""
        return self._as_call(
            self._draft(), self._random.choice([TRANSACTION_GAS_CAP, 1_000_000, 100_000, 30_000])
        )

    def estimate(self) -> CallPlan:
        """Something whose need of gas does not depend on the block, nor on how much gas there is."""
        drafts = [self._transfer, self._application_call, self._precompile_call, self._specimen_call]
        draft = self._random.choice(drafts)()
        while draft.to.hex() in {self._world.specimens[name][2:] for name in DEPENDENT_SPECIMENS}:
            draft = self._specimen_call()
        return self._as_call(draft, None)

    def _as_call(self, draft: Unsigned, gas_limit: int | None) -> CallPlan:
        sender = self._random.choice(self._world.senders).address
        to = "0x" + draft.to.hex() if draft.to else None
        return CallPlan(sender, to, draft.data, draft.value, gas_limit)

    # PREPARE

    def _draft(self) -> Unsigned:
        kinds, weights = zip(*self._kinds(), strict=True)
        drawn: Callable[[], Unsigned] = self._random.choices(kinds, weights)[0]
        return drawn()

    def _kinds(self) -> list[tuple[Callable[[], Unsigned], int]]:
        return [
            (self._transfer, 8),
            (self._application_deployment, 2),
            (self._application_call, 14),
            (self._specimen_call, 18),
            (self._program_creation, 14),
            (self._contract_creation, 4),
            (self._contract_call, 12),
            (self._precompile_call, 12),
            (self._deterministic_creation, 3),
            (self._out_of_gas, 4),
            (self._deep_recursion, 1),
            (lambda: self._blob_transaction(self._random.randrange(1, 3)), 6 if self._blobs else 0),
            (self._delegation, 6),
            (self._unacceptable, 7),
        ]

    def _plain(
        self, kind: str, to: str, data: bytes = b"", *, value: int = 0, gas_limit: int = 1_500_000
    ) -> Unsigned:
        """A transaction whose envelope `_finished` still chooses."""
        return Unsigned(
            type=-1,
            chain_id=self._chain_id,
            nonce=-1,
            max_fee=-1,
            priority_fee=-1,
            gas_limit=gas_limit,
            to=bytes.fromhex(to[2:]),
            value=value,
            data=data,
            kind=kind,
        )

    def _value(self) -> int:
        return self._random.choice([0, 0, 0, 1, 10**15, self._random.randrange(10**18)])

    def _anybody(self) -> str:
        world, random = self._world, self._random
        return random.choice(
            [
                random.choice(world.actors).address,
                random.choice(world.actors).address,
                random.choice(list(world.specimens.values())),
                f"0x{ABSENT + random.randrange(3):040x}",
                f"0x{random.getrandbits(160):040x}",
                f"0x{random.choice(PRECOMPILES):040x}",
            ]
        )

    def _transfer(self) -> Unsigned:
        gas_limit = self._random.choice([21_000, 21_000, 100_000])
        return self._plain("transfer", self._anybody(), value=self._value(), gas_limit=gas_limit)

    def _application_deployment(self) -> Unsigned:
        if not self._world.applications:
            return self._program_creation()
        application = self._random.choice(self._world.applications)
        return self._plain(f"deploy {application.name}", "0x", application.initcode, gas_limit=4_000_000)

    def _application_call(self) -> Unsigned:
        deployed = [one for one in self._world.applications if self._world.deployed.get(one.name)]
        if not deployed:
            return self._application_deployment()
        application = self._random.choice(deployed)
        name = self._random.choice(list(application.calls))
        data = application.calls[name](self._random, [actor.address for actor in self._world.actors])
        to = self._random.choice(self._world.deployed[application.name][-3:])
        value = self._random.choice([0] * 9 + [1])
        return self._plain(f"{application.name}.{name}", to, data, value=value, gas_limit=300_000)

    def _words(self, *values: int) -> bytes:
        return b"".join((value % 2**256).to_bytes(32, "big") for value in values)

    def _specimen_call(self) -> Unsigned:
        random, specimens = self._random, self._world.specimens
        unwanted = {"spin"} if self._ancestry else {"spin", "ancestors"}
        name = random.choice([name for name in specimens if name not in unwanted])
        return self._plain(
            f"specimen {name}", specimens[name], self._specimen_data(name), value=self._value()
        )

    def _specimen_data(self, name: str) -> bytes:
        random, target = self._random, int(self._anybody(), 16)
        match name:
            case "recurse":
                return self._words(random.randrange(30))
            case "creator":
                salt = random.randrange(4)
                return self._words(salt, random.randrange(4)) + random.choice(CHILDREN)
            case "log_flood":
                return self._words(random.randrange(12), random.choice([0, 1, 32, random.randrange(300)]))
            case "storage":
                pairs = [(random.randrange(6), random.choice([0, 1, random_word(random)])) for _ in range(8)]
                return self._words(*(word for pair in pairs[: random.randrange(9)] for word in pair))
            case "transient":
                return self._words(random.randrange(2), random_word(random))
            case "bomb_maker":
                return self._words(random.randrange(4))
            case "ancestors":
                return self._words(random.choice([0, 1, 3, 8, 257]))
            case "returndata":
                inner = random.choice([int(self._world.specimens["environment"], 16), target])
                return self._words(
                    inner, random.choice([0, 0, 32, 767]), random.choice([0, 1, 32, random_word(random)])
                )
            case "memory_hog":
                return self._words(random.choice([0, 31, 10_000, 300_000, 2_000_000, random_word(random)]))
            case "delegator" | "forwarder" | "callcoder" | "static_forwarder":
                inner_name = random.choice(
                    ["storage", "environment", "transient", "log_flood", "recurse", "bomb_maker"]
                )
                inner = int(self._world.specimens[inner_name], 16)
                value = random.choice([0, 0, 1, 2**255])
                if random.random() < 0.3:
                    return self._words(target, value) + random.randbytes(random.randrange(80))
                return self._words(inner, value) + self._specimen_data(inner_name)
            case _:
                return random.randbytes(random.randrange(70))

    def _program_creation(self) -> Unsigned:
        """The program runs as initcode, and what it returns is installed as code."""
        code = random_program(self._random, self._surroundings())
        return self._plain("program as initcode", "0x", code, value=self._value(), gas_limit=3_000_000)

    def _contract_creation(self) -> Unsigned:
        program = initcode(random_program(self._random, self._surroundings(), max_statements=8))
        return self._plain("creation of a program", "0x", program, value=self._value(), gas_limit=3_000_000)

    def _contract_call(self) -> Unsigned:
        if not self._world.contracts:
            return self._contract_creation()
        data = self._words(*(random_word(self._random) for _ in range(self._random.randrange(4))))
        to = self._random.choice(self._world.contracts)
        return self._plain("call of a created contract", to, data, value=self._value())

    def _precompile_call(self) -> Unsigned:
        random = self._random
        address = random.choice(PRECOMPILES)
        data = random_input(random, address)
        value = random.choice([0, 0, 0, 1])
        if random.random() < 0.5:
            return self._plain(f"precompile 0x{address:02x}", f"0x{address:040x}", data, value=value)
        forwarder = self._world.specimens[
            random.choice(["forwarder", "delegator", "callcoder", "static_forwarder"])
        ]
        data = self._words(address, 0) + data
        return self._plain(f"precompile 0x{address:02x} forwarded", forwarder, data, value=value)

    def _deterministic_creation(self) -> Unsigned:
        salt = self._words(self._random.randrange(3))
        code = self._random.choice(
            [*CHILDREN, random_program(self._random, self._surroundings(), max_statements=4)]
        )
        return self._plain("CREATE2 deployer", CREATE2_DEPLOYER, salt + code, value=self._value())

    def _out_of_gas(self) -> Unsigned:
        random = self._random
        if random.random() < 0.3:
            return self._plain(
                "endless loop", self._world.specimens["spin"], gas_limit=random.randrange(30_000, 400_000)
            )
        draft = self._draft()
        if draft.type != -1:
            return draft
        floor = 21_000 + 40 * len(draft.data) + (40_000 if not draft.to else 0)
        return replace(draft, kind="tight gas limit", gas_limit=floor + random.randrange(60_000))

    def _deep_recursion(self) -> Unsigned:
        levels = self._words(self._random.choice([300, 1023, 1024, 1025, 2000]))
        return self._plain(
            "deep recursion",
            self._world.specimens["recurse"],
            levels,
            gas_limit=self._random.choice([5_000_000, TRANSACTION_GAS_CAP]),
        )

    def _blob_transaction(self, count: int) -> Unsigned:
        inner = self._random.choice([self._transfer, self._specimen_call, self._contract_call])()
        if not inner.to:
            inner = self._transfer()
        blobs = tuple(Blob(self._random.randrange(2)) for _ in range(count))
        fee = self._random.choice([GWEI, GWEI, 1, 0])
        return replace(inner, type=3, kind="blobs", blobs=blobs, blob_fee=fee)

    def _delegation(self) -> Unsigned:
        random, world = self._random, self._world
        authorizations = []
        counts: dict[str, int] = {}
        for _ in range(random.randrange(1, 4)):
            authority = random.choice(world.authorities)
            ahead = counts[authority.address] = counts.get(authority.address, -1) + 1
            target = random.choice([self._anybody(), self._anybody(), "0x" + "00" * 20, authority.address])
            authorizations.append(
                Authorization(
                    key=authority.key,
                    chain_id=random.choice([self._chain_id, self._chain_id, 0, 1]),
                    target=bytes.fromhex(target[2:]),
                    nonce=self._nonces[authority.address] + ahead + random.choice([0, 0, 0, 1]),
                    spoiled=random.random() < 0.08,
                )
            )
        call = random.choice([self._specimen_call, self._transfer, self._precompile_call])()
        to = random.choice([call.to, bytes.fromhex(random.choice(world.authorities).address[2:])])
        gas_limit = max(call.gas_limit, 200_000)
        return replace(
            call,
            type=4,
            to=to,
            kind="authorizations",
            authorizations=tuple(authorizations),
            gas_limit=gas_limit,
        )

    def _unacceptable(self) -> Unsigned:
        """Something that a node must not include, or only just."""
        random = self._random
        draft = self._transfer()
        changes: dict[str, Callable[[], Unsigned]] = {
            "nonce too low": lambda: replace(draft, nonce=-2),
            "nonce too high": lambda: replace(draft, nonce=-3),
            "funds": lambda: replace(draft, value=10**30),
            "gas below intrinsic": lambda: replace(draft, gas_limit=random.choice([0, 20_999])),
            "gas below floor": lambda: replace(draft, data=b"\x01" * 1000, gas_limit=40_000),
            "gas above EIP-7825": lambda: replace(draft, gas_limit=TRANSACTION_GAS_CAP + 1),
            "gas above block": lambda: replace(draft, gas_limit=10**9),
            "fee below base": lambda: replace(draft, max_fee=0),
            "tip above fee": lambda: replace(draft, type=2, priority_fee=10**20),
            "chain id": lambda: replace(draft, type=random.choice([1, 2]), chain_id=self._chain_id + 1),
            "initcode too long": lambda: replace(
                draft, to=b"", data=bytes(MAX_INITCODE + random.choice([0, 1])), gas_limit=2_000_000
            ),
            "no authorizations": lambda: replace(draft, type=4),
            "no blobs": lambda: replace(draft, type=3, blob_fee=GWEI),
        }
        if self._blobs:
            too_many = (Blob(1),) * (BLOBS_PER_TRANSACTION + 1)
            changes["too many blobs"] = lambda: replace(draft, type=3, blobs=too_many, blob_fee=GWEI)
        name = random.choice(list(changes))
        return replace(changes[name](), kind=f"unacceptable: {name}")

    def _surroundings(self) -> Surroundings:
        return Surroundings(self._world.callable_addresses(), ancestry=self._ancestry)

    # SIGN

    def _finished(self, draft: Unsigned, base_fee: int) -> Signed:
        """Choose what the draft left open, then sign."""
        random, world = self._random, self._world
        sender = self._sender()
        kind = draft.type if draft.type >= 0 else random.choice([0, 1, 2, 2, 2])
        chain_id = None if kind == 0 and random.random() < 0.1 else draft.chain_id
        tip = random.choice([0, 1, GWEI, random.randrange(10 * GWEI)])
        fee = base_fee * 2 + tip + random.choice([0, GWEI])
        if random.random() < 0.02:
            fee = base_fee  # on the edge
            tip = 0
        finished = replace(
            draft,
            type=kind,
            chain_id=chain_id,
            nonce=self._next_nonce(sender, draft),
            max_fee=fee if draft.max_fee < 0 else draft.max_fee,
            priority_fee=(min(tip, fee) if draft.max_fee < 0 else 0)
            if draft.priority_fee < 0
            else draft.priority_fee,
            access_list=self._access_list() if kind >= 1 and random.random() < 0.4 else (),
        )
        if finished.access_list and finished.gas_limit > 21_000:
            finished = replace(finished, gas_limit=finished.gas_limit + 20_000)
        signed = self._signer.signed(finished, sender.key, sender.address)
        for application in world.applications:
            if draft.kind == f"deploy {application.name}":
                self._applications[signed.hash] = application.name
        return signed

    def _sender(self) -> Actor:
        """The pauper sends once in a block: whether all that waits must be affordable at once is a node's choice."""
        world = self._world
        candidates = [*world.senders, *world.senders, *world.authorities]
        if not self._pauper_sent:
            candidates.append(world.pauper)
        sender = self._random.choice(candidates)
        self._pauper_sent |= sender == world.pauper
        return sender

    def _next_nonce(self, sender: Actor, draft: Unsigned) -> int:
        nonce = self._nonces[sender.address]
        if draft.nonce == -2:
            return max(nonce - 1, 0)
        if draft.nonce == -3:
            return nonce + 5
        if not draft.kind.startswith("unacceptable"):
            self._nonces[sender.address] += 1
        return nonce

    def _access_list(self) -> tuple[tuple[bytes, tuple[bytes, ...]], ...]:
        random = self._random
        return tuple(
            (
                bytes.fromhex(self._anybody()[2:]),
                tuple(
                    self._words(random.choice([0, 1, 5, random_word(random)]))
                    for _ in range(random.randrange(3))
                ),
            )
            for _ in range(random.randrange(1, 4))
        )

"""What transactions are about: the draft of one, before it gets a sender, fees and a signature."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random

from differential.assembler import initcode
from differential.precompiles import random_input
from differential.programs import CHILDREN, Surroundings, random_program, random_word
from differential.signing import Authorization, Blob, Unsigned
from differential.views import Blobs
from differential.world import ABSENT, CREATE2_DEPLOYER, PRECOMPILES, TIDY_SPECIMENS, World

GWEI = 10**9
TRANSACTION_GAS_CAP = 2**24
"""EIP-7825."""
MAX_INITCODE = 49_152
OPEN = -1
"""In place of a type, nonce or fee that is still to be chosen."""
USED_NONCE = -2
DISTANT_NONCE = -3

DEPENDENT_SPECIMENS = ("environment", "ancestors", "bomb", "bomb_maker", "creator")
"""What gas they need depends on the block, or on who exists."""


class Drafts:
    """Draws drafts. random: the only source of chance."""

    def __init__(self, random: Random, world: World, *, chain_id: int, blobs: Blobs | None) -> None:
        self._random = random
        self._world = world
        self._chain_id = chain_id
        self._blobs = blobs
        self.nonces: Mapping[str, int] = {}
        """Of all actors, before the block."""
        self.waiting_allowed = True
        """Whether something may be drawn that one node refuses and another keeps for later."""

    def draw(self) -> Unsigned:
        """Anything, in its proportion."""
        kinds, weights = zip(*self._kinds(), strict=True)
        drawn: Callable[[], Unsigned] = self._random.choices(kinds, weights)[0]
        return drawn()

    def draw_estimable(self) -> Unsigned:
        """Something whose need of gas does not depend on the block, nor on how much gas there is."""
        kinds = [self._transfer, self._precompile_call, self._specimen_call]
        if not self._world.tidy:
            kinds.append(self._application_call)
        apart = [bytes.fromhex(self._world.specimens[name][2:]) for name in DEPENDENT_SPECIMENS]
        while True:
            draft = self._random.choice(kinds)()
            if not any(address in draft.to + draft.data for address in apart):
                return draft

    def _kinds(self) -> list[tuple[Callable[[], Unsigned], int]]:
        tidy = [
            (self._transfer, 8),
            (self._specimen_call, 18),
            (self._contract_creation, 4),
            (self._contract_call, 12),
            (self._precompile_call, 12),
            (self._out_of_gas, 4),
            (self._delegation, 6),
            (self._unacceptable, 7),
        ]
        if self._world.tidy:
            return tidy
        return [
            *tidy,
            (self._application_deployment, 2),
            (self._application_call, 14),
            (self._program_creation, 14),
            (self._deterministic_creation, 3),
            (self._deep_recursion, 1),
            (lambda: self.blob_transaction(self._random.randrange(1, 3)), 6 if self._blobs else 0),
        ]

    def _plain(
        self, kind: str, to: str, data: bytes = b"", *, value: int = 0, gas_limit: int = 1_500_000
    ) -> Unsigned:
        """A transaction whose envelope is still to be chosen."""
        return Unsigned(
            type=OPEN,
            chain_id=self._chain_id,
            nonce=OPEN,
            max_fee=OPEN,
            priority_fee=OPEN,
            gas_limit=gas_limit,
            to=bytes.fromhex(to[2:]),
            value=value,
            data=data,
            kind=kind,
        )

    def _value(self) -> int:
        return self._random.choice([0, 0, 0, 1, 10**15, self._random.randrange(10**18)])

    def anybody(self) -> str:
        """An account to send something to, to name in an access list, ...; absent ones only where they may be touched."""
        world, random = self._world, self._random
        candidates = [
            random.choice(world.actors).address,
            random.choice(world.actors).address,
            random.choice(world.eligible_specimens()),
            f"0x{random.choice(PRECOMPILES):040x}",
        ]
        if not world.tidy:
            candidates += [f"0x{ABSENT + random.randrange(3):040x}", f"0x{random.getrandbits(160):040x}"]
        return random.choice(candidates)

    def _transfer(self) -> Unsigned:
        gas_limit = self._random.choice([21_000, 21_000, 100_000])
        return self._plain("transfer", self.anybody(), value=self._value(), gas_limit=gas_limit)

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

    def _specimen_call(self) -> Unsigned:
        random, specimens = self._random, self._world.specimens
        wanted = set(TIDY_SPECIMENS) if self._world.tidy else set(specimens) - {"ancestors"}
        name = random.choice([name for name in specimens if name in wanted - {"spin"}])
        return self._plain(
            f"specimen {name}", specimens[name], self._specimen_data(name), value=self._value()
        )

    def _specimen_data(self, name: str) -> bytes:
        random, target = self._random, int(self.anybody(), 16)
        match name:
            case "recurse":
                return _words(random.randrange(30))
            case "creator":
                salt = random.randrange(4)
                return _words(salt, random.randrange(4)) + random.choice(CHILDREN)
            case "log_flood":
                return _words(random.randrange(12), random.choice([0, 1, 32, random.randrange(300)]))
            case "storage":
                pairs = [(random.randrange(6), random.choice([0, 1, random_word(random)])) for _ in range(8)]
                return _words(*(word for pair in pairs[: random.randrange(9)] for word in pair))
            case "transient":
                return _words(random.randrange(2), random_word(random))
            case "bomb_maker":
                return _words(random.randrange(4))
            case "ancestors":
                return _words(random.choice([0, 1, 3, 8, 257]))
            case "returndata":
                inner = random.choice([int(self._world.specimens["environment"], 16), target])
                return _words(
                    inner, random.choice([0, 0, 32, 767]), random.choice([0, 1, 32, random_word(random)])
                )
            case "memory_hog":
                return _words(random.choice([0, 31, 10_000, 300_000, 2_000_000, random_word(random)]))
            case "delegator" | "forwarder" | "callcoder" | "static_forwarder":
                names = ["environment", "log_flood", "ancestors"]
                if not self._world.tidy:
                    names = ["storage", "environment", "transient", "log_flood", "recurse", "bomb_maker"]
                inner_name = random.choice(names)
                inner = int(self._world.specimens[inner_name], 16)
                value = random.choice([0, 0, 1, 2**255])
                if random.random() < 0.3:
                    # an address in random calldata would be nobody's
                    return _words(target, value) + random.randbytes(
                        0 if self._world.tidy else random.randrange(80)
                    )
                return _words(inner, value) + self._specimen_data(inner_name)
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
        data = _words(*(random_word(self._random) for _ in range(self._random.randrange(4))))
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
        data = _words(address, 0) + data
        return self._plain(f"precompile 0x{address:02x} forwarded", forwarder, data, value=value)

    def _deterministic_creation(self) -> Unsigned:
        salt = _words(self._random.randrange(3))
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
        draft = self.draw()
        if draft.type != OPEN or (self._world.tidy and not draft.to):
            return draft
        floor = 21_000 + 40 * len(draft.data) + (40_000 if not draft.to else 0)
        return replace(draft, kind="tight gas limit", gas_limit=floor + random.randrange(60_000))

    def _deep_recursion(self) -> Unsigned:
        levels = _words(self._random.choice([300, 1023, 1024, 1025, 2000]))
        return self._plain(
            "deep recursion",
            self._world.specimens["recurse"],
            levels,
            gas_limit=self._random.choice([5_000_000, TRANSACTION_GAS_CAP]),
        )

    def blob_transaction(self, count: int) -> Unsigned:
        inner = self._random.choice([self._transfer, self._specimen_call, self._contract_call])()
        if not inner.to:
            inner = self._transfer()
        blobs = tuple(Blob(self._random.randrange(2)) for _ in range(count))
        fee = self._random.choice([GWEI, GWEI, GWEI, 0])
        return replace(inner, type=3, kind="blobs", blobs=blobs, blob_fee=fee)

    def _delegation(self) -> Unsigned:
        random, world = self._random, self._world
        authorizations = []
        counts: dict[str, int] = {}
        for _ in range(random.randrange(1, 4)):
            authority = random.choice(world.authorities)
            ahead = counts[authority.address] = counts.get(authority.address, -1) + 1
            target = random.choice([self._delegate(), self._delegate(), "0x" + "00" * 20, authority.address])
            authorizations.append(
                Authorization(
                    key=authority.key,
                    chain_id=random.choice([self._chain_id, self._chain_id, 0, 1]),
                    target=bytes.fromhex(target[2:]),
                    nonce=self.nonces[authority.address] + ahead + random.choice([0, 0, 0, 1]),
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

    def _delegate(self) -> str:
        """Whose code an authority takes over; nobody's who calls what its calldata says, if that might be absent."""
        if not self._world.tidy:
            return self.anybody()
        quiet = ("log_flood", "environment", "ancestors", "memory_hog", "bomb")
        return self._world.specimens[self._random.choice(quiet)]

    def _unacceptable(self) -> Unsigned:
        """Something that a node must not include, or only just."""
        random = self._random
        draft = self._transfer()
        changes: dict[str, Callable[[], Unsigned]] = {
            "nonce too low": lambda: replace(draft, nonce=USED_NONCE),
            "nonce too high": lambda: replace(draft, nonce=DISTANT_NONCE),
            "funds": lambda: replace(draft, value=10**30),
            "gas below intrinsic": lambda: replace(draft, gas_limit=random.choice([0, 20_999])),
            "gas below floor": lambda: replace(draft, data=b"\x01" * 1000, gas_limit=40_000),
            "gas above EIP-7825": lambda: replace(draft, gas_limit=TRANSACTION_GAS_CAP + 1),
            "gas above block": lambda: replace(draft, gas_limit=10**9),
            "tip above fee": lambda: replace(draft, type=2, priority_fee=10**20),
            "chain id": lambda: replace(draft, type=random.choice([1, 2]), chain_id=self._chain_id + 1),
            "initcode too long": lambda: replace(
                draft, to=b"", data=bytes(MAX_INITCODE + random.choice([0, 1])), gas_limit=2_000_000
            ),
            "no authorizations": lambda: replace(draft, type=4),
            "no blobs": lambda: replace(draft, type=3, blob_fee=GWEI),
        }
        if self.waiting_allowed:
            changes["fee below base"] = lambda: replace(draft, max_fee=0)
        if self._blobs:
            too_many = (Blob(1),) * self._blobs.too_many
            changes["too many blobs"] = lambda: replace(draft, type=3, blobs=too_many, blob_fee=GWEI)
        name = random.choice(list(changes))
        return replace(changes[name](), kind=f"unacceptable: {name}")

    def _surroundings(self) -> Surroundings:
        return Surroundings(self._world.callable_addresses(), tidy=self._world.tidy)


def _words(*values: int) -> bytes:
    return b"".join((value % 2**256).to_bytes(32, "big") for value in values)

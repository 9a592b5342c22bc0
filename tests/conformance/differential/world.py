"""Who acts and what there is to act upon, as far as the generator knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from differential.specimens import SPECIMENS
from differential.views import ReceiptView

CREATE2_DEPLOYER = "0x4e59b44847b379578588920ca78fbf26c0b4956c"
SPECIMEN_BASE = 0x5EC1 << 144
ABSENT = 0xDEAD << 128
COINBASES = ("0x" + "c0" * 20, "0x" + "c1" * 20, "0x" + "00" * 20)
PRECOMPILES = (*range(1, 0x12), 0x100)
MAX_CONTRACTS = 60
TIDY_SPECIMENS = (
    "log_flood",
    "environment",
    "ancestors",
    "returndata",
    "memory_hog",
    "bomb",
    "spin",
    "delegator",
    "forwarder",
    "callcoder",
    "static_forwarder",
)
"""They create nothing and write only to slots that are never zero."""


@dataclass(frozen=True)
class Crypto:
    """Whoever signs and hashes. address_of: private key -> address, any case."""

    sign: Callable[[bytes, bytes], bytes]
    keccak: Callable[[bytes], bytes]
    address_of: Callable[[bytes], str]


@dataclass(frozen=True)
class Actor:
    key: bytes
    address: str


@dataclass(frozen=True)
class Application:
    """A compiled sample contract. calls: makers of random calldata by name, given (random, addresses)."""

    name: str
    initcode: bytes
    calls: Mapping[str, Callable[..., bytes]]


@dataclass
class World:
    """Known actors and contracts; grows with what transactions create.

    tidy: see `views.Setting`. senders have funds, the pauper nearly none, authorities sign EIP-7702 authorizations and send as well.
    """

    crypto: Crypto
    applications: tuple[Application, ...] = ()
    tidy: bool = False
    senders: tuple[Actor, ...] = ()
    authorities: tuple[Actor, ...] = ()
    pauper: Actor = field(init=False)
    contracts: list[str] = field(default_factory=list)
    """Made by transactions, newest last; bounded."""
    deployed: dict[str, list[str]] = field(default_factory=dict)
    """Addresses of applications by name."""

    def __post_init__(self) -> None:
        self.senders = tuple(self._actor(f"sender {n}") for n in range(6))
        self.authorities = tuple(self._actor(f"authority {n}") for n in range(3))
        self.pauper = self._actor("pauper")

    def _actor(self, label: str) -> Actor:
        key = self.crypto.keccak(label.encode())
        return Actor(key, self.crypto.address_of(key).lower())

    @property
    def actors(self) -> tuple[Actor, ...]:
        """Everybody who has a key."""
        return (*self.senders, *self.authorities, self.pauper)

    @property
    def specimens(self) -> dict[str, str]:
        """Addresses of the nasty contracts by name."""
        return {name: f"0x{SPECIMEN_BASE + number:040x}" for number, name in enumerate(SPECIMENS)}

    def eligible_specimens(self) -> list[str]:
        """Addresses of the specimens that may be touched."""
        return [
            address for name, address in self.specimens.items() if not self.tidy or name in TIDY_SPECIMENS
        ]

    def callable_addresses(self) -> list[int]:
        """What a random program may call.

        The endless loop and the reader of ancestors are for transactions; in a tidy world the writer too, and who might
        have become its delegate.
        """
        apart = {
            self.specimens[name] for name in ("spin", "ancestors", *(["environment"] if self.tidy else []))
        }
        known = [address for address in self.eligible_specimens() if address not in apart] + self.contracts[
            -12:
        ]
        known += [actor.address for actor in (self.senders if self.tidy else self.actors)]
        absent = [] if self.tidy else [ABSENT, ABSENT + 1]
        return [*(int(address, 16) for address in known), *PRECOMPILES, *absent, int(COINBASES[0], 16)]

    def watched(self) -> list[str]:
        """Accounts whose whole state is compared now and then."""
        fixed = [f"0x{n:040x}" for n in (*PRECOMPILES, ABSENT, ABSENT + 1)]
        actors = [actor.address for actor in self.actors]
        return [*fixed, *actors, *self.specimens.values(), *self.contracts, CREATE2_DEPLOYER, *COINBASES]

    def learn(self, receipt: ReceiptView, application: str | None) -> None:
        """Remember what a transaction created."""
        for frame in receipt.frames or ():
            if frame.kind.startswith("CREATE") and frame.to and frame.to not in self.contracts:
                self.contracts.append(frame.to)
        if receipt.contract_address and receipt.status:
            if receipt.contract_address not in self.contracts:
                self.contracts.append(receipt.contract_address)
            if application:
                self.deployed.setdefault(application, []).append(receipt.contract_address)
        del self.contracts[:-MAX_CONTRACTS]

"""A compiled contract that can be put on a chain: `project.Token`."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingot.accounts.settings import prepare
from ingot.contract.contract import Contract, bound
from ingot.contract.method import no_code
from ingot.contract.request import DEPLOY_SETTINGS, PreparedTransaction, split
from ingot.contract.signature import signature_of
from ingot.conversion import to_address
from ingot.engine import RECORD_FRAMES, create2_address
from ingot.errors import ExecutionError, ProviderError, UsageError
from ingot.interface.binding import suggest
from ingot.receipt import Receipt, failure, words_of_call
from ingot.types import Address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ingot.artifacts import Artifact
    from ingot.interface import Interface
    from ingot.provider import LogLike, OutcomeLike, Provider, RecordingLike, TransactionLike
    from ingot.types import AddressLike, RawAbi

__all__ = ["CREATE2_DEPLOYER", "BaseDeployer", "Deployer", "create2_failure", "creation_refusal", "salt_word"]

CREATE2_DEPLOYER = Address("0x4e59b44847b379578588920cA78FbF26c0B4956C")
"""Takes salt and initcode as calldata, returns the address. Source: Arachnid/deterministic-deployment-proxy."""


class BaseDeployer:
    """A compiled contract whose events and errors are declared elsewhere: what `ingot gen-types` writes builds on it."""

    def __init__(
        self,
        interface: Interface,
        *,
        default_chain: Callable[[], Provider],
        find_library: Callable[[str], BaseDeployer] | None = None,
    ) -> None:
        self.interface = interface
        self._default_chain = default_chain
        self._find_library = find_library

    @property
    def name(self) -> str:
        """Of the contract."""
        return self.interface.name

    @property
    def artifact(self) -> Artifact:
        """What the compiler made of it."""
        if self.interface.artifact is None:
            raise UsageError(f"{self.name} has an ABI only: there is no code to deploy")
        return self.interface.artifact

    @property
    def abi(self) -> RawAbi:
        """As solc prints it."""
        return [dict(entry) for entry in self.interface.abi]

    @property
    def constructor(self) -> Constructor:
        """`project.Token.constructor.encode_input(10**24)`"""
        return Constructor(self)

    def at(self, address: AddressLike, *, chain: Provider | None = None) -> Any:
        """The contract at `address`. Raises: ProviderError, if there is no code."""
        chosen = self._default_chain() if chain is None else chain
        where = to_address(address)
        if not chosen.get_code(where):
            raise no_code(f"{self.name}.at", where)
        return bound(where, self.interface, chosen)

    def deploy(self, *args: Any, **options: Any) -> Any:
        """Deploy it. args: the constructor's, by position or by name.

        options: sender, value, gas_limit, ... as for every transaction; salt (CREATE2 through the well-known deployer:
        an int or 32 bytes), chain (default: the sender's, else the project's), libraries (name -> address; those that
        are not given are deployed first).

        Raises: ExecutionError, if the constructor fails; UsageError, if it is an interface or abstract.
        """
        called = f"{self.name}.deploy"
        settings, arguments = split(self.interface.constructor, args, options, DEPLOY_SETTINGS, called)
        chain = self._chain_of(settings)
        salt = settings.pop("salt", None)
        libraries = settings.pop("libraries", None) or {}
        settings.pop("chain", None)
        if not self.artifact.is_deployable:
            raise UsageError(f"{self.name} is an interface or abstract: deploy a contract that implements it")
        ready = prepare(settings, chain, called, is_payable=self.interface.constructor.is_payable, to=None)
        initcode = self._linked(libraries, chain, ready["sender"])
        initcode += self.interface.constructor.encode(args, arguments or None)
        if not getattr(chain, "automine", True):
            raise UsageError(
                f"{called} needs automine, which is off: a contract that waits to be mined has no address to use. Turn "
                "it on for the deployment, or send constructor.as_transaction() and mine"
            )
        if salt is None:
            return self._create(initcode, chain, ready)
        return self._create2(initcode, salt_word(salt, called), chain, ready)

    def _chain_of(self, settings: Mapping[str, Any]) -> Provider:
        chain = settings.get("chain") or getattr(settings.get("sender"), "chain", None)
        return self._default_chain() if chain is None else chain

    def _linked(self, libraries: Mapping[str, AddressLike], chain: Provider, sender: AddressLike) -> bytes:
        linked = self.artifact.link(libraries) if libraries else self.artifact
        for reference in linked.link_references:
            if self._find_library is None:
                break
            library = self._find_library(reference.library)
            linked = linked.link({reference.library: library.deployed_once(chain, sender).address})
        return linked.initcode

    def deployed_once(self, chain: Provider, sender: AddressLike) -> Any:
        """The library as it is on `chain`, deployed by `sender` if it is not there yet."""
        for address, interface in chain.interfaces.items():
            if interface is self.interface and self.artifact.is_code_of(chain.get_code(address)):
                return bound(Address(address), interface, chain)
        return self.deploy(sender=sender, chain=chain)

    def _create(self, initcode: bytes, chain: Provider, ready: dict[str, Any]) -> Contract:
        transaction = self._send(initcode, chain, ready, data=initcode)
        receipt = Receipt(transaction, chain, self.interface, self.interface.constructor)
        receipt.await_confirmations().raise_for_status()
        address = transaction.outcome.contract_address
        if address is None:
            raise ProviderError(f"{self.name}.deploy: the chain named no address for {receipt.txn_hash}")
        return bound(address, self.interface, chain, receipt)

    def _create2(self, initcode: bytes, salt: bytes, chain: Provider, ready: dict[str, Any]) -> Contract:
        address = create2_address(CREATE2_DEPLOYER, salt, initcode)
        if chain.get_code(address):
            raise UsageError(
                f"{self.name} is at {address} already, with this salt: use {self.name}.at, or another salt"
            )
        if not chain.get_code(CREATE2_DEPLOYER):
            raise UsageError(f"this chain has no CREATE2 deployer at {CREATE2_DEPLOYER}: deploy without salt")
        transaction = self._send(initcode, chain, ready, data=salt + initcode, to=CREATE2_DEPLOYER)
        receipt = Receipt(transaction, chain, self.interface, self.interface.constructor)
        receipt.await_confirmations()
        if not transaction.succeeded:
            raise create2_failure(receipt, self.interface, initcode)
        return bound(address, self.interface, chain, receipt)

    def _send(
        self, initcode: bytes, chain: Provider, ready: dict[str, Any], **request: Any
    ) -> TransactionLike:
        """Send it. A node refuses what would fail, without knowing whose constructor that is: here it is known."""
        try:
            return chain.send(**request, **ready)
        except ExecutionError as error:
            refused = error
        sender, value = to_address(ready["sender"]), ready.get("value", 0)
        via = CREATE2_DEPLOYER if "to" in request else sender
        raise (
            creation_refusal(chain, self.interface, initcode, sender=sender, via=via, value=value) or refused
        ) from None

    def __dir__(self) -> Iterable[str]:
        return [*super().__dir__(), *self.interface.names("event"), *self.interface.names("error")]

    @property
    def __signature__(self) -> inspect.Signature:
        return signature_of(self.interface.constructor, is_view=False)

    def __eq__(self, other: object) -> bool:
        return self.interface is other.interface if isinstance(other, BaseDeployer) else NotImplemented

    def __hash__(self) -> int:
        return hash(id(self.interface))

    def __repr__(self) -> str:
        source = f" of {self.interface.artifact.source}" if self.interface.artifact is not None else ""
        return f"<contract {self.name}{source}>"


class Deployer(BaseDeployer):
    """A compiled contract. Its events and errors are attributes, of any contract of this kind.

    token = project.Token.deploy(10**24, sender=alice)
    token = project.Token.at("0x...")
    """

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "interface" not in self.__dict__:
            raise AttributeError(name)
        found = [*self.interface.events(name), *self.interface.errors(name)]
        if found:
            return found[0]
        known = [*self.interface.names("event"), *self.interface.names("error"), "deploy", "at"]
        if self.interface.functions(name):
            raise AttributeError(
                f"{self.name}.{name} needs a deployed contract: {self.name}.deploy(...) or .at(address)"
            )
        raise AttributeError(f"{self.name} has no event or error {name!r}{suggest(name, known)}")


class Constructor:
    """The constructor of a contract that is not deployed."""

    __slots__ = ("_deployer",)

    def __init__(self, deployer: BaseDeployer) -> None:
        self._deployer = deployer

    def encode_input(self, *args: object, **arguments: object) -> bytes:
        """The encoded arguments, as they follow the initcode."""
        return self._deployer.interface.constructor.encode(args, arguments or None)

    def as_transaction(self, *args: object, **options: Any) -> PreparedTransaction:
        """The deployment, not sent. Libraries must be given."""
        deployer = self._deployer
        called = f"{deployer.name}.deploy"
        constructor = deployer.interface.constructor
        settings, arguments = split(constructor, args, options, DEPLOY_SETTINGS - {"salt"}, called)
        chain = deployer._chain_of(settings)
        settings.pop("chain", None)
        artifact = deployer.artifact.link(settings.pop("libraries", None) or {})
        ready = prepare(settings, chain, called, is_payable=constructor.is_payable, to=None)
        ready.pop("recording", None)
        return PreparedTransaction(
            data=artifact.initcode + constructor.encode(args, arguments or None), **ready
        )

    @property
    def __doc__(self) -> str:  # type: ignore[override]  # help() reads the instance's
        return self._deployer.interface.describe(self._deployer.interface.constructor)

    def __repr__(self) -> str:
        return f"<{self._deployer.name}.constructor>"


def create2_failure(receipt: Receipt, interface: Interface, initcode: bytes) -> ExecutionError:
    """The constructor's own error: the CREATE2 deployer drops it."""
    outcome: OutcomeLike = receipt.chain.replay(receipt.transaction, RECORD_FRAMES)
    frames = () if outcome.recording is None else outcome.recording.frames
    inner = next((frame for frame in frames if frame.kind == "CREATE2" and frame.status != "success"), None)
    if inner is not None:
        halted = inner.status != "revert"
        outcome = _Inner("halt" if halted else "revert", inner.output, inner.status if halted else None)
    call = words_of_call(
        initcode,
        None,
        receipt.chain,
        interface,
        function=interface.constructor,
        sender=receipt.sender,
        value=receipt.value,
    )
    return failure(outcome, receipt.chain, interface=interface, call=call, receipt=receipt)


def creation_refusal(
    chain: Provider, interface: Interface, initcode: bytes, *, sender: Address, via: Address, value: int
) -> ExecutionError | None:
    """Why a constructor would fail, in its own words; None if it would not. via: who creates, the sender or CREATE2's."""
    outcome = chain.call(sender=via, data=initcode, value=value, recording=RECORD_FRAMES)
    if outcome.succeeded:
        return None
    frames = () if outcome.recording is None else outcome.recording.frames
    call = words_of_call(
        initcode, None, chain, interface, function=interface.constructor, sender=sender, value=value
    )
    return failure(outcome, chain, interface=interface, frames=frames, call=call)


@dataclass(frozen=True, slots=True)
class _Inner:
    """The end of a call inside a transaction, as an outcome."""

    status: str
    output: bytes
    halt_reason: str | None
    succeeded: bool = False
    gas_used: int = 0
    logs: tuple[LogLike, ...] = ()
    contract_address: Address | None = None
    recording: RecordingLike | None = None


def salt_word(salt: object, called: str) -> bytes:
    """32 bytes, from what a user wrote. Raises: UsageError."""
    if isinstance(salt, int) and not isinstance(salt, bool) and 0 <= salt < 2**256:
        return salt.to_bytes(32, "big")
    if isinstance(salt, (bytes, bytearray)) and len(salt) == 32:
        return bytes(salt)
    if isinstance(salt, str) and salt.startswith("0x") and len(salt) == 66:
        try:
            return bytes.fromhex(salt[2:])
        except ValueError:
            pass
    raise UsageError(
        f"{called}: salt is an int from 0 to 2**256 - 1, 32 bytes, or 0x and 64 digits; {salt!r} is none"
    )

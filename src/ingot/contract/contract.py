"""A contract at an address."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingot.accounts.settings import check_known, prepare
from ingot.artifacts import Artifact
from ingot.contract.method import Method, no_code, single_method
from ingot.contract.overload import OverloadedMethod, method_of
from ingot.conversion import amount, to_address, to_bytes
from ingot.errors import UsageError
from ingot.interface import EventType, Interface
from ingot.interface.binding import suggest
from ingot.receipt import Receipt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ingot.interface import DeclaredError
    from ingot.provider import Provider
    from ingot.types import Address, AddressLike, RawAbi

__all__ = ["BaseContract", "Contract", "bound", "interface_of"]


class BaseContract:
    """A contract whose functions are declared elsewhere: what `ingot gen-types` writes builds on it."""

    _address: Address
    _interface: Interface
    _chain: Provider
    _receipt: Receipt | None

    def __init__(self, address: AddressLike, abi: object = None, *, chain: Provider | None = None) -> None:
        from ingot.networks import active_chain

        chosen = active_chain() if chain is None else chain
        where = to_address(address)
        interface = _find_interface(where, chosen) if abi is None else interface_of(abi)
        if not chosen.get_code(where):
            raise no_code(interface.name, where)
        _bind(self, where, interface, chosen)
        chosen.interfaces.setdefault(where, interface)

    # What it is

    @property
    def address(self) -> Address:
        """Where it is."""
        return self._address

    @property
    def balance(self) -> int:
        """Wei. Assignable where the chain allows it."""
        return self._chain.get_balance(self._address)

    @balance.setter
    def balance(self, value: int | str) -> None:
        self._chain.set_balance(self._address, amount(value))

    @property
    def methods(self) -> Methods:
        """Its functions by name or signature, whatever their names."""
        return Methods(self)

    @property
    def chain(self) -> Provider:
        """Where it lives."""
        return self._chain

    @property
    def interface(self) -> Interface:
        """Its ABI as objects."""
        return self._interface

    @property
    def abi(self) -> RawAbi:
        """Its ABI as solc prints it."""
        return [dict(entry) for entry in self._interface.abi]

    @property
    def code(self) -> bytes:
        """Its runtime code."""
        return self._chain.get_code(self._address)

    @property
    def nonce(self) -> int:
        """Creations by it so far, and 1."""
        return self._chain.get_nonce(self._address)

    @property
    def receipt(self) -> Receipt:
        """Of its deployment. Raises: UsageError, if it was not deployed through this object."""
        if self._receipt is None:
            raise UsageError(f"{self!r} was not deployed by this object: its receipt is not known")
        return self._receipt

    @property
    def txn_hash(self) -> str:
        """Of its deployment."""
        return self.receipt.txn_hash

    @property
    def events(self) -> dict[str, EventType]:
        """Its events by signature."""
        return {
            event.signature: event.at(self._address, self._chain) for event in self._interface.all_events()
        }

    @property
    def errors(self) -> dict[str, type[DeclaredError]]:
        """Its errors by signature."""
        return {error.abi.signature: error for error in self._interface.all_errors()}

    # Calling

    def __call__(
        self,
        data: bytes | str = b"",
        *,
        sender: AddressLike | None = None,
        value: int | str = 0,
        raise_on_revert: bool = True,
        **options: Any,
    ) -> Receipt:
        """Send ether or raw calldata: `receive`, or `fallback` if the data names no function."""
        called = f"{self._interface.name}()"
        check_known(options, called)
        settings = {**options, "sender": sender, "value": value}
        ready = prepare(settings, self._chain, called, is_payable=True, to=self._address)
        transaction = self._chain.send(data=to_bytes(data), **ready)
        receipt = Receipt(transaction, self._chain, self._interface)
        if raise_on_revert and transaction.is_mined and not transaction.succeeded:
            receipt.raise_for_status()
        return receipt

    def call_view_method(self, method_name: str, *args: object, **options: Any) -> Any:
        """Ape's way of calling by name: `token.methods[method_name].call(...)`."""
        return self.methods[method_name].call(*args, **options)

    def invoke_transaction(self, method_name: str, *args: object, **options: Any) -> Receipt:
        """Ape's way of transacting by name: `token.methods[method_name].transact(...)`."""
        receipt: Receipt = self.methods[method_name].transact(*args, **options)
        return receipt

    def decode_input(self, calldata: bytes) -> tuple[str, dict[str, Any]]:
        """Signature and arguments by name. Raises: UsageError, if no function has that selector."""
        function = self._interface.function_of(calldata)
        if function is None:
            raise UsageError(f"{self._interface.name} has no function with selector 0x{calldata[:4].hex()}")
        return single_method(self, function).decode_input(calldata)

    def get_event_by_signature(self, signature: str) -> EventType:
        """`Transfer(address,address,uint256)`. Raises: UsageError."""
        found: EventType = _by_signature(self.events, signature, self._interface.name, "event")
        return found

    def get_error_by_signature(self, signature: str) -> type[DeclaredError]:
        """`InsufficientBalance(uint256)`. Raises: UsageError."""
        found: type[DeclaredError] = _by_signature(self.errors, signature, self._interface.name, "error")
        return found

    def __getitem__(self, name: str) -> Any:
        """A function, event or error by name or signature. Raises: UsageError."""
        if name in self._interface.names("function") or name.partition("(")[0] in self._interface.names(
            "function"
        ):
            return self.methods[name]
        if name in self.events or name in self.errors:
            return self.events.get(name) or self.errors[name]
        found = _member(self, name)
        if found is None:
            raise UsageError(_nothing_called(name, self._interface))
        return found

    def __dir__(self) -> Iterable[str]:
        names = [name for kind in ("function", "event", "error") for name in self._interface.names(kind)]
        return sorted({*super().__dir__(), *names})

    # As a value

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            return bool(self._address.lower() == other.lower())
        address = getattr(other, "address", None)
        return bool(self._address == address) if isinstance(address, str) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._address)

    def __str__(self) -> str:
        return str(self._address)

    def __bytes__(self) -> bytes:
        return bytes(self._address)

    def __repr__(self) -> str:
        return f"<{self._interface.name} {self._address}>"

    def __reduce__(self) -> Any:
        raise TypeError("a contract belongs to its chain: pass its address instead")


class Contract(BaseContract):
    """A contract: its functions, events and errors are attributes.

        token.transfer(bob, 5, sender=alice)     # a transaction: Receipt
        token.balanceOf(bob)                     # a view: its value
        token["mint(address,uint256)"](...)      # one of several overloads
        token(value="1 ether", sender=alice)     # receive, or fallback with data=

    abi: a list, JSON text, a path to a JSON file, or whatever has an ABI; without it the contract must be known to the
    chain or to the active project.      chain: default the active one.

    A function of the ABI that is named like an attribute below wins (but for `address`, `balance`, `methods`); in any
    case `contract["name"]` and `contract.methods` reach it.
    """

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "_interface" not in self.__dict__:
            raise AttributeError(name)
        found = _member(self, name)
        if found is None:
            raise AttributeError(_nothing_called(name, self._interface))
        self.__dict__[name] = found
        return found


class Methods:
    """The functions of a contract by name or signature."""

    __slots__ = ("_contract",)

    def __init__(self, contract: BaseContract) -> None:
        self._contract = contract

    def __getitem__(self, name: str) -> Any:
        """`methods["transfer"]` or `methods["transfer(address,uint256)"]`. Raises: UsageError."""
        interface = self._contract.interface
        if "(" in name:
            return single_method(self._contract, interface.function(name))
        functions = interface.functions(name)
        if not functions:
            interface.function(name)  # says what there is
        return method_of(self._contract, functions, name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self[name]
        except UsageError as error:
            raise AttributeError(str(error)) from None

    def __iter__(self) -> Iterator[Method]:
        return (
            single_method(self._contract, function) for function in self._contract.interface.all_functions()
        )

    def __dir__(self) -> Iterable[str]:
        return self._contract.interface.names("function")

    def __contains__(self, name: object) -> bool:
        return any(name in (method.name, method.signature) for method in self)

    def __repr__(self) -> str:
        return f"<methods of {self._contract!r}: {', '.join(method.signature for method in self)}>"


def bound(
    address: Address, interface: Interface, chain: Provider, receipt: Receipt | None = None
) -> Contract:
    """A contract that is known to be there."""
    contract: Contract = object.__new__(Contract)
    _bind(contract, address, interface, chain)
    contract._receipt = receipt
    chain.interfaces[address] = interface
    return contract


def _bind(contract: BaseContract, address: Address, interface: Interface, chain: Provider) -> None:
    contract.__dict__.update(_address=address, _interface=interface, _chain=chain, _receipt=None)
    shadowing = _shadowing(interface)
    if shadowing:
        contract.__class__ = _class_with(frozenset(shadowing))


_ALWAYS_OURS = frozenset({"address", "balance", "methods"})


def _shadowing(interface: Interface) -> set[str]:
    """Functions of the ABI that are named like attributes of ours, and win."""
    ours = {name for name in vars(BaseContract) if not name.startswith("_")} - _ALWAYS_OURS
    return ours.intersection(interface.names("function"))


@cache
def _class_with(names: frozenset[str]) -> type[Contract]:
    """Contract, with the ABI's functions in place of attributes of ours."""

    def method(name: str) -> property:
        def get(contract: Contract) -> Any:
            found = contract.__dict__.get(name)
            if found is None:
                found = contract.__dict__[name] = contract.methods[name]
            return found

        return property(get)

    return type("Contract", (Contract,), {"__module__": __name__, **{name: method(name) for name in names}})


def _member(
    contract: BaseContract, name: str
) -> Method | OverloadedMethod | EventType | type[DeclaredError] | None:
    interface = contract.interface
    functions = interface.functions(name)
    if functions:
        return method_of(contract, functions, name)
    events = interface.events(name)
    if events:
        if len(events) > 1:
            shown = ", ".join(event.signature for event in events)
            raise UsageError(
                f"{interface.name}.{name} is overloaded: name one, contract[{events[0].signature!r}] of {shown}"
            )
        return events[0].at(contract.address, contract.chain)
    errors = interface.errors(name)
    return errors[0] if errors else None


def _nothing_called(name: str, interface: Interface) -> str:
    known = [known for kind in ("function", "event", "error") for known in interface.names(kind)]
    return f"{interface.name} has no function, event or error {name!r}{suggest(name, known)}"


def _by_signature(known: dict[str, Any], signature: str, contract: str, kind: str) -> Any:
    wanted = signature.replace(" ", "")
    if wanted not in known:
        raise UsageError(f"{contract} has no {kind} {signature!r}{suggest(wanted, list(known))}")
    return known[wanted]


def _find_interface(address: Address, chain: Provider) -> Interface:
    from ingot.networks import active_project
    from ingot.receipt.wording import interface_at

    found = interface_at(address, chain)
    project = active_project()
    if found is None and project is not None:
        found = project.scope.interface_of(chain.get_code(address))
    if found is None:
        raise UsageError(
            f"nothing is known of the contract at {address}: give its ABI, Contract({address!r}, abi=...)"
        )
    return found


def interface_of(abi: object) -> Interface:
    """From whatever holds an ABI. Raises: UsageError."""
    known = getattr(abi, "interface", abi)
    if isinstance(known, Interface):
        return known
    if hasattr(abi, "abi") and hasattr(abi, "name"):
        return Interface(abi.name, abi.abi, artifact=abi if isinstance(abi, Artifact) else None)
    name, parsed = "Contract", abi
    if isinstance(abi, Path) or (isinstance(abi, str) and not abi.lstrip().startswith(("[", "{"))):
        name, parsed = Path(abi).name.partition(".")[0], _read_json(Path(abi))
    elif isinstance(abi, str):
        parsed = _parse_json(abi, "the ABI")
    if isinstance(parsed, dict):
        name, parsed = parsed.get("contractName", name), parsed.get("abi")
    if not isinstance(parsed, (list, tuple)):
        raise UsageError(
            f"abi: give a list of entries, JSON text or a path to a JSON file; {type(abi).__name__} is none"
        )
    return Interface(name, parsed)


def _read_json(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"abi: cannot read {path}: {getattr(error, 'strerror', None) or 'not UTF-8'}"
        ) from error
    return _parse_json(text, str(path))


def _parse_json(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise UsageError(f"{what} is not valid JSON: {error}") from error

"""From what a script says to intents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingot.contract import BaseDeployer
from ingot.contract.deployer import CREATE2_DEPLOYER, salt_word
from ingot.conversion import readable_amount, to_address
from ingot.deploy.intent import Code, Intent, words_of_creation
from ingot.engine import create2_address
from ingot.errors import UsageError
from ingot.receipt import words_of_call
from ingot.receipt.wording import name_of

if TYPE_CHECKING:
    from ingot.contract import PreparedTransaction
    from ingot.provider import Provider
    from ingot.types import Address, AddressLike

__all__ = ["Draft", "Drafts"]

_ADDRESSED = ("sender", "to", "data", "value")


@dataclass(frozen=True, slots=True)
class Draft:
    """A creation whose libraries are not known yet. libraries: those that the script gave."""

    deployer: BaseDeployer
    args: Sequence[object]
    options: Mapping[str, Any]
    step: str
    salt: bytes
    libraries: Mapping[str, AddressLike]

    @property
    def missing_libraries(self) -> tuple[str, ...]:
        """Qualified names of those to be deployed first."""
        given = self.deployer.artifact.link(self.libraries) if self.libraries else self.deployer.artifact
        return given.initcode_object.missing_libraries


class Drafts:
    """Makes intents. known: address of each step's contract so far, to say which steps an intent builds upon."""

    def __init__(self, chain: Callable[[], Provider], known: Mapping[str, Address]) -> None:
        self._chain = chain
        self._known = known

    def creation(
        self, deployer: BaseDeployer, args: Sequence[object], options: Mapping[str, Any], step: str
    ) -> Draft:
        """The deployment of a contract. Raises: UsageError, for options that it does not take."""
        rest = dict(options)
        if "chain" in rest:
            raise UsageError(
                "a deployment has its chain: leave `chain=` out, or use ingot.deployment(chain=...)"
            )
        arguments = {name for name, _ in deployer.interface.constructor.inputs}
        salt = b""
        if "salt" in rest and "salt" not in arguments:
            salt = salt_word(rest.pop("salt"), f"{deployer.name}.deploy")
        libraries = rest.pop("libraries", None) or {} if "libraries" not in arguments else {}
        if not deployer.artifact.is_deployable:
            raise UsageError(
                f"{deployer.name} is an interface or abstract: deploy a contract that implements it"
            )
        return Draft(deployer, args, rest, step, salt, libraries)

    def linked(self, draft: Draft, libraries: Mapping[str, AddressLike]) -> Intent:
        """The intent of a creation, with the addresses of its libraries."""
        deployer, chain = draft.deployer, self._chain()
        prepared = deployer.constructor.as_transaction(
            *draft.args, **draft.options, **({"libraries": libraries} if libraries else {}), chain=chain
        )
        artifact = deployer.artifact.link(libraries) if libraries else deployer.artifact
        linked = artifact.initcode
        code = Code.of(deployer.artifact, linked, prepared.data[len(linked) :], _used(deployer, libraries))
        constructor = deployer.interface.constructor
        data, to, address = prepared.data, None, None
        if draft.salt:
            address = create2_address(CREATE2_DEPLOYER, draft.salt, data)
            data, to = draft.salt + data, CREATE2_DEPLOYER
        return Intent(
            step=draft.step,
            action="create2" if draft.salt else "create",
            words=words_of_creation(deployer.name, constructor, code.arguments),
            sender=_sender(prepared),
            to=to,
            data=data,
            value=prepared.value,
            settings=_settings(prepared),
            code=code,
            salt=draft.salt,
            address=address,
            after=self._after(code.arguments, code.libraries.values()),
            interface=deployer.interface,
            function=constructor,
        )

    def call(self, method: Any, args: Sequence[object], options: Mapping[str, Any], step: str) -> Intent:
        """The call of a contract's method."""
        raises = {"raise_on_revert": options["raise_on_revert"]} if "raise_on_revert" in options else {}
        prepared: PreparedTransaction = method.as_transaction(*args, **options)
        to = to_address(prepared.to or "")
        function = method.interface.function_of(prepared.data)
        return Intent(
            step=step,
            action="call",
            words=words_of_call(prepared.data, to, method.chain, method.interface, function=function),
            sender=_sender(prepared),
            to=to,
            data=prepared.data,
            value=prepared.value,
            settings={**_settings(prepared), **raises},
            after=self._after(prepared.data, [to]),
            interface=method.interface,
            function=function,
        )

    def transfer(self, sender: AddressLike, to: AddressLike, value: int, data: bytes, step: str) -> Intent:
        """Wei, and data if given, to any address."""
        target, chain = to_address(to), self._chain()
        words = f"{readable_amount(value)} to {name_of(target, chain)}"
        return Intent(
            step=step,
            action="call",
            words=words_of_call(data, target, chain, None, value=value) if data else words,
            sender=to_address(sender),
            to=target,
            data=data,
            value=value,
            after=self._after(data, [target]),
        )

    def _after(self, data: bytes, addresses: Any) -> tuple[str, ...]:
        direct = {str(address).lower() for address in addresses}
        return tuple(
            step
            for step, address in self._known.items()
            if str(address).lower() in direct or bytes(address) in data
        )


def _used(deployer: BaseDeployer, libraries: Mapping[str, AddressLike]) -> dict[str, str]:
    """Qualified name -> address, of those that were linked; given by either name."""
    needed = deployer.artifact.initcode_object.missing_libraries
    return {
        name: str(to_address(libraries[name if name in libraries else name.rpartition(":")[2]]))
        for name in needed
    }


def _sender(prepared: PreparedTransaction) -> Address:
    if prepared.sender is None:
        raise UsageError("say who sends it, sender=deploy.accounts['deployer']")
    return to_address(prepared.sender)


def _settings(prepared: PreparedTransaction) -> dict[str, Any]:
    return {name: value for name, value in prepared.as_settings().items() if name not in _ADDRESSED}

"""Calls as a person would write them: `Token.transfer(to=0x..., value=5) from 0x...`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingot.conversion import readable_amount, to_address
from ingot.errors import AbiError
from ingot.interface.binding import in_words, short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingot.abi import Function
    from ingot.interface import Interface, Scope
    from ingot.provider import FrameLike, Provider
    from ingot.types import Address

__all__ = ["interface_at", "name_of", "scopes", "words_of_call", "words_of_frame"]

_DELEGATION = bytes.fromhex("ef0100")
"""Before the address whose code an account runs. Source: EIP-7702."""


def name_of(address: Address, chain: Provider) -> str:
    """The label of an address, else the address."""
    return chain.labels.get(address, address)


def scopes(chain: Provider, near: Interface | None = None) -> Iterator[Scope]:
    """Where to look for what an ABI does not declare: near first, then all projects that the chain has met."""
    seen: list[Scope] = []
    for interface in (near, *dict.fromkeys(chain.interfaces.values())):
        scope = None if interface is None else interface.scope
        if scope is not None and scope not in seen:
            seen.append(scope)
            yield scope


def interface_at(address: Address, chain: Provider, near: Interface | None = None) -> Interface | None:
    """What is known of the contract at `address`: registered, or recognised by its code."""
    found: Interface | None = chain.interfaces.get(address)
    if found is None:
        code = chain.get_code(address)
        if code[:3] == _DELEGATION and len(code) == 23:
            address = to_address(code[3:])  # one step only: a delegation to a delegation runs nothing
            behind: Interface | None = chain.interfaces.get(address)
            if behind is not None:
                return behind
            code = chain.get_code(address)
        known = (scope.interface_of(code) for scope in scopes(chain, near)) if code else ()
        found = next((interface for interface in known if interface is not None), None)
        if found is not None:
            chain.interfaces[address] = found
    return found


def words_of_frame(frame: FrameLike, chain: Provider, near: Interface | None = None) -> str:
    """A recorded call in words."""
    interface = interface_at(frame.code_address, chain, near)
    if frame.kind in ("CREATE", "CREATE2"):
        return f"the creation of {interface.name if interface else 'a contract'} at {frame.to}"
    words = words_of_call(frame.input, frame.to, chain, interface, value=frame.value)
    return f"{words} by delegatecall" if frame.kind == "DELEGATECALL" else words


def words_of_call(
    calldata: bytes,
    to: Address | None,
    chain: Provider,
    interface: Interface | None,
    *,
    function: Function | None = None,
    sender: Address | None = None,
    value: int = 0,
) -> str:
    """A call or, with to=None, a creation in words; with its value and sender where given."""
    extra = f" with {readable_amount(value)}" if value else ""
    extra += f" from {name_of(sender, chain)}" if sender else ""
    if to is None:
        name = interface.name if interface else "a contract"
        return f"{name}.constructor({_constructor_arguments(calldata, interface)}){extra}"
    name = interface.name if interface else name_of(to, chain)
    if function is None and interface is not None:
        function = interface.function_of(calldata)
    if function is None and interface is None and len(calldata) >= 4:
        named = (scope.function_of(calldata) for scope in scopes(chain))
        function = next((found[1] for found in named if found is not None), None)
    if function is None:
        return f"{name}({short(calldata) if calldata else ''}){extra}"
    return f"{name}.{function.name}({_arguments(function, calldata)}){extra}"


def _arguments(function: Function, calldata: bytes) -> str:
    try:
        return in_words(function.inputs, function.decode_input(calldata))
    except AbiError:
        return f"undecodable {short(calldata[4:])}"


def _constructor_arguments(initcode: bytes, interface: Interface | None) -> str:
    artifact = None if interface is None else interface.artifact
    if interface is None or artifact is None or not interface.constructor.inputs:
        return ""
    try:
        arguments = interface.constructor.decode_input(initcode[artifact.initcode_object.size :])
    except AbiError:
        return "..."
    return in_words(interface.constructor.inputs, arguments)

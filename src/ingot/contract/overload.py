"""Several functions of one name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.contract.method import Method, single_method
from ingot.contract.request import CALL_SETTINGS, SEND_SETTINGS
from ingot.errors import UsageError
from ingot.types import Address

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ingot.abi import Function
    from ingot.contract.contract import BaseContract
    from ingot.contract.request import PreparedTransaction
    from ingot.receipt import Receipt

__all__ = ["OverloadedMethod", "method_of"]


class OverloadedMethod:
    """Several functions of one name: chosen by the arguments, or by signature, token["mint(address)"]."""

    __slots__ = ("contract", "interface", "methods", "name")

    def __init__(self, contract: BaseContract, name: str, methods: Sequence[Method]) -> None:
        self.contract = contract
        self.interface = contract._interface
        self.name = name
        self.methods = tuple(methods)

    def __call__(self, *args: object, **options: Any) -> Any:
        return self.choose(args, options)(*args, **options)  # type: ignore[operator]  # both kinds are callable

    def call(self, *args: object, **options: Any) -> Any:
        """See Method.call."""
        return self.choose(args, options).call(*args, **options)

    def transact(self, *args: object, **options: Any) -> Receipt:
        """See Method.transact."""
        return self.choose(args, options).transact(*args, **options)

    def as_transaction(self, *args: object, **options: Any) -> PreparedTransaction:
        """See Method.as_transaction."""
        return self.choose(args, options).as_transaction(*args, **options)

    def estimate_gas(self, *args: object, **options: Any) -> int:
        """See Method.estimate_gas."""
        return self.choose(args, options).estimate_gas(*args, **options)

    def estimate_gas_cost(self, *args: object, **options: Any) -> int:
        """See Method.estimate_gas_cost."""
        return self.choose(args, options).estimate_gas(*args, **options)

    def encode_input(self, *args: object, **arguments: object) -> bytes:
        """See Method.encode_input."""
        return self.choose(args, arguments).encode_input(*args, **arguments)

    def decode_input(self, calldata: bytes) -> tuple[str, dict[str, Any]]:
        """See Method.decode_input; the selector says which overload it is."""
        for method in self.methods:
            if method.selector == calldata[:4]:
                return method.decode_input(calldata)
        raise UsageError(
            f"{self._called}: 0x{calldata[:4].hex()} is the selector of none of {self._signatures}"
        )

    @property
    def _called(self) -> str:
        return f"{self.interface.name}.{self.name}"

    @property
    def _signatures(self) -> str:
        return ", ".join(method.signature for method in self.methods)

    def choose(self, args: Sequence[object], options: Mapping[str, Any]) -> Method:
        """The overload that takes these arguments. Raises: UsageError, if none or several do."""
        fitting = [method for method in self.methods if _fits(method.function, args, options)]
        if len(fitting) > 1:
            fitting = _with_addresses_as_such(fitting, args)
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            shown = " and ".join(method.signature for method in fitting)
            first = fitting[0].signature
            raise UsageError(
                f"{self._called}: {shown} both take these arguments: choose, contract[{first!r}](...)"
            )
        same_count = [method for method in self.methods if len(method.function.inputs) == len(args)]
        if len(same_count) == 1:
            return same_count[0]  # its own error says which argument is wrong
        raise UsageError(f"{self._called}: none of {self._signatures} takes these arguments")

    @property
    def __doc__(self) -> str:  # type: ignore[override]  # help() reads the instance's
        return "\n\n".join(self.interface.describe(method.function) for method in self.methods)

    def __repr__(self) -> str:
        return f"<{self._called}, overloaded: {self._signatures}>"


def method_of(contract: BaseContract, functions: Sequence[Function], name: str) -> Method | OverloadedMethod:
    """The callable for a name with one or more functions behind it."""
    methods = [single_method(contract, function) for function in functions]
    return methods[0] if len(methods) == 1 else OverloadedMethod(contract, name, methods)


def _fits(function: Function, args: Sequence[object], options: Mapping[str, Any]) -> bool:
    known = SEND_SETTINGS | CALL_SETTINGS
    open_names = {name for name, _ in function.inputs[len(args) :]}
    arguments = {name: value for name, value in options.items() if name in open_names or name not in known}
    return function.accepts(args, arguments or None)


def _with_addresses_as_such(methods: Sequence[Method], args: Sequence[object]) -> list[Method]:
    """An address also passes as a string; nobody means that where an overload takes an address."""
    left = list(methods)
    for index, value in enumerate(args):
        looks_like_one = hasattr(value, "address") or isinstance(value, Address)
        if not looks_like_one and isinstance(value, str):
            looks_like_one = len(value) == 42 and value.startswith("0x")
        if looks_like_one:
            taking = [method for method in left if method.function.inputs[index][1] == "address"]
            left = taking or left
    return left

"""A function of a contract: call it, and a view answers, anything else is sent as a transaction."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from ingot.contract.request import (
    CALL_SETTINGS,
    SEND_SETTINGS,
    PreparedTransaction,
    gas_limit_of,
    prepare,
    split,
)
from ingot.conversion import amount
from ingot.engine import RECORD_FRAMES
from ingot.errors import AbiError, ExecutionError, ProviderError, UsageError
from ingot.receipt import Receipt, failure, words_of_call
from ingot.types import Address

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ingot.abi import Function
    from ingot.contract.contract import BaseContract
    from ingot.types import AddressLike

__all__ = ["Method", "OverloadedMethod", "TransactMethod", "ViewMethod", "method_of"]


def _describe(method: Method) -> str:
    return method.interface.describe(method.function)


class Method:
    """One function of one contract. `call` asks without changing anything, `transact` sends a transaction."""

    __slots__ = ("_address", "_call", "_failed", "_send", "chain", "contract", "function", "interface")

    def __init__(self, contract: BaseContract, function: Function) -> None:
        chain = contract._chain
        self.contract = contract
        self.function = function
        self.chain = chain
        self.interface = contract._interface
        self._address = contract._address
        self._call = chain.call_function
        self._send = chain.send_function
        self._failed = chain.outcome_type

    # How it shows

    @property
    def name(self) -> str:
        """As in the source."""
        return self.function.name

    @property
    def signature(self) -> str:
        """`transfer(address,uint256)`"""
        return self.function.signature

    @property
    def selector(self) -> bytes:
        """4 bytes."""
        return self.function.selector

    @property
    def _called(self) -> str:
        return f"{self.interface.name}.{self.function.name}"

    @property
    def __signature__(self) -> inspect.Signature:
        return signature_of(self.function, is_view=isinstance(self, ViewMethod))

    @property
    def __name__(self) -> str:
        return self.function.name

    def __repr__(self) -> str:
        return f"<{self._called}{declaration(self.function)} at {self._address}>"

    # Both ways of calling

    def call(self, *args: object, **options: Any) -> Any:
        """What the function returns, executed on the pending block and undone.

        options: sender, value, gas_limit, block_id (after that block), overrides (of accounts).
        Raises: ExecutionError, if it fails; AbiError, for an argument.
        """
        settings, arguments = split(self.function, args, options, CALL_SETTINGS, self._called)
        request = self._request(settings)
        data = self.function.encode(args, arguments or None)
        outcome = self.chain.call(data=data, **request)
        if not outcome.succeeded:
            raise self._failure(data, request)
        return self._decoded(outcome.output)

    def _request(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        request: dict[str, Any] = {"to": self._address}
        sender = settings.get("sender")
        sender = self.chain.default_sender if sender is None else sender
        if sender is not None:
            request["sender"] = sender
        if settings.get("value"):
            request["value"] = amount(settings["value"])
        limit = gas_limit_of(settings, self._called)
        if limit is not None:
            request["gas_limit"] = limit
        blocks = [settings[name] for name in ("block_id", "block_identifier", "block") if name in settings]
        if blocks and blocks[0] not in ("pending", None):
            request["block"] = _block_number(blocks[0], self.chain.block_number)
        if settings.get("overrides"):
            request["overrides"] = settings["overrides"]
        return request

    def _decoded(self, output: bytes) -> Any:
        try:
            return self.function.decode_output(output)
        except AbiError as error:
            if not self.chain.get_code(self._address):
                raise no_code(self._called, self._address) from None
            raise AbiError(
                f"{self._called} returned {len(output)} bytes that are not its ABI's type: {error} "
                f"(is the contract at {self._address} really a {self.interface.name}?)"
            ) from None

    def transact(self, *args: object, **options: Any) -> Receipt:
        """Send it as a transaction, views too.

        options: sender, value, gas_limit, raise_on_revert, max_fee, max_priority_fee, gas_price, type, nonce, ...
        Raises: ExecutionError, if it fails (unless raise_on_revert=False); InvalidTransaction, if it is refused.
        """
        settings, arguments = split(self.function, args, options, SEND_SETTINGS, self._called)
        ready = self._prepared(settings)
        if not self.chain.get_code(self._address):
            raise no_code(self._called, self._address)
        transaction = self.chain.send(data=self.function.encode(args, arguments or None), **ready)
        receipt = Receipt(transaction, self.chain, self.interface, self.function)
        if settings.get("raise_on_revert", True) and transaction.is_mined and not transaction.succeeded:
            receipt.raise_for_status()
        return receipt

    def _prepared(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        return prepare(
            settings, self.chain, self._called, is_payable=self.function.is_payable, to=self._address
        )

    def as_transaction(self, *args: object, **options: Any) -> PreparedTransaction:
        """The transaction, not sent."""
        settings, arguments = split(self.function, args, options, SEND_SETTINGS, self._called)
        ready = self._prepared(settings)
        ready.pop("recording", None)
        return PreparedTransaction(data=self.function.encode(args, arguments or None), **ready)

    def estimate_gas(self, *args: object, **options: Any) -> int:
        """The least gas limit with which it succeeds. Raises: ExecutionError, if it cannot."""
        settings, arguments = split(self.function, args, options, SEND_SETTINGS, self._called)
        data = self.function.encode(args, arguments or None)
        request = self._request({name: settings[name] for name in ("sender", "value") if name in settings})
        estimate = self.chain.estimate_gas(data=data, **request)
        if isinstance(estimate, int):
            return estimate
        raise self._failure(data, request)

    def estimate_gas_cost(self, *args: object, **options: Any) -> int:
        """Ape's name for `estimate_gas`: gas, not wei."""
        return self.estimate_gas(*args, **options)

    def encode_input(self, *args: object, **arguments: object) -> bytes:
        """Calldata"""
        return self.function.encode(args, arguments or None)

    def decode_input(self, calldata: bytes) -> tuple[str, dict[str, Any]]:
        """Signature and arguments by name of calldata for this function, with or without its selector."""
        selector = self.function.selector
        whole = calldata if calldata[:4] == selector else selector + calldata
        arguments = self.function.decode_input(whole)
        names = (name or str(index) for index, (name, _) in enumerate(self.function.inputs))
        return self.function.signature, dict(zip(names, arguments, strict=True))

    # Failures

    def _failure(self, data: bytes, request: Mapping[str, Any]) -> ExecutionError:
        """The error of a call that failed, executed again to see where."""
        outcome = self.chain.call(data=data, recording=RECORD_FRAMES, **request)
        if outcome.succeeded:
            raise ProviderError(f"{self._called} failed, then succeeded when executed again")
        sender = request.get("sender")
        call = words_of_call(
            data,
            self._address,
            self.chain,
            self.interface,
            function=self.function,
            sender=None if sender is None else _shown(sender),
            value=request.get("value", 0),
        )
        frames = () if outcome.recording is None else outcome.recording.frames
        return failure(outcome, self.chain, interface=self.interface, frames=frames, call=call)

    def _failed_view(self, args: Sequence[object], sender: AddressLike | None) -> ExecutionError:
        request: dict[str, Any] = {"to": self._address}
        if sender is not None:
            request["sender"] = sender
        return self._failure(self.function.encode(args), request)


class ViewMethod(Method):
    """A view or pure function: calling it gives its value."""

    __slots__ = ()
    __doc__ = property(_describe)  # help() reads the instance's

    def __call__(self, *args: object, sender: AddressLike | None = None, **options: Any) -> Any:
        if options:
            return self.call(*args, sender=sender, **options)
        if sender is None:
            sender = self.chain.default_sender
        result = self._call(self.function, self._address, args, None, sender)
        if type(result) is self._failed:
            raise self._failed_view(args, sender)
        return result


class TransactMethod(Method):
    """A function that may change state: calling it sends a transaction."""

    __slots__ = ()
    __doc__ = property(_describe)  # help() reads the instance's

    def __call__(
        self, *args: object, sender: AddressLike | None = None, value: int | str | None = None, **options: Any
    ) -> Receipt:
        if sender is None or value is not None or options:
            return self._transact_with(args, sender, value, options)
        transaction = self._send(self.function, self._address, args, None, sender)
        receipt = Receipt(transaction, self.chain, self.interface, self.function)
        try:
            if transaction.succeeded:
                return receipt
        except ProviderError:
            if transaction.is_mined:
                raise
            return receipt
        receipt.raise_for_status()
        return receipt

    def _transact_with(
        self,
        args: tuple[object, ...],
        sender: AddressLike | None,
        value: int | str | None,
        options: dict[str, Any],
    ) -> Receipt:
        if sender is not None:
            options["sender"] = sender
        if value is not None:
            options["value"] = value
        return self.transact(*args, **options)


class ClashingViewMethod(ViewMethod):
    """A view with an argument that is named `sender`: every keyword is sorted."""

    __slots__ = ()
    __doc__ = property(_describe)  # help() reads the instance's

    def __call__(self, *args: object, **options: Any) -> Any:
        return self.call(*args, **options)


class ClashingTransactMethod(TransactMethod):
    """A function with an argument that is named `sender`: every keyword is sorted."""

    __slots__ = ()
    __doc__ = property(_describe)  # help() reads the instance's

    def __call__(self, *args: object, **options: Any) -> Receipt:
        return self.transact(*args, **options)


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
        raise UsageError(f"{self._called}: none of {self._signatures} takes these {len(args)} arguments")

    @property
    def __doc__(self) -> str:  # type: ignore[override]  # help() reads the instance's
        return "\n\n".join(self.interface.describe(method.function) for method in self.methods)

    def __repr__(self) -> str:
        return f"<{self._called}, overloaded: {self._signatures}>"


def method_of(contract: BaseContract, functions: Sequence[Function], name: str) -> Method | OverloadedMethod:
    """The callable for a name with one or more functions behind it."""
    methods = [_single(contract, function) for function in functions]
    return methods[0] if len(methods) == 1 else OverloadedMethod(contract, name, methods)


def _single(contract: BaseContract, function: Function) -> Method:
    # Other keywords that are settings too, such as `value`, take the slow way by themselves.
    clashes = any(name == "sender" for name, _ in function.inputs)
    if function.is_view:
        return (ClashingViewMethod if clashes else ViewMethod)(contract, function)
    return (ClashingTransactMethod if clashes else TransactMethod)(contract, function)


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


def no_code(called: str, address: str) -> ProviderError:
    """Nothing is there to answer."""
    return ProviderError(
        f"{called}: there is no code at {address}: nothing was deployed there on this chain, or it was undone",
        method="eth_call",
    )


def declaration(function: Function) -> str:
    """`(address to, uint256 value) -> (bool)`"""
    inputs = ", ".join(f"{kind} {name}".rstrip() for name, kind in function.inputs)
    outputs = ", ".join(f"{kind} {name}".rstrip() for name, kind in function.outputs)
    return f"({inputs})" + (f" -> ({outputs})" if outputs else "")


def signature_of(function: Function, *, is_view: bool) -> inspect.Signature:
    """What a console shows while the call is typed."""
    kinds = inspect.Parameter
    parameters = [
        kinds(_python_name(name, index), kinds.POSITIONAL_OR_KEYWORD, annotation=kind)
        for index, (name, kind) in enumerate(function.inputs)
    ]
    taken = {parameter.name for parameter in parameters}
    if len(taken) < len(parameters):
        parameters = [kinds(f"arg{index}", kinds.POSITIONAL_ONLY) for index in range(len(parameters))]
        taken = set()
    settings = ["sender"] if is_view else ["sender", *(["value"] if function.is_payable else [])]
    extra = [kinds(name, kinds.KEYWORD_ONLY, default=None) for name in settings if name not in taken]
    return inspect.Signature([*parameters, *extra])


def _python_name(name: str, index: int) -> str:
    import keyword

    if not name.isidentifier():
        return f"arg{index}"
    return f"{name}_" if keyword.iskeyword(name) else name


def _shown(sender: AddressLike) -> Address:
    from ingot.conversion import to_address

    return to_address(sender)


def _block_number(block: object, latest: int) -> int:
    if block == "latest":
        return latest
    if block == "earliest":
        return 0
    number = getattr(block, "number", block)
    if isinstance(number, bool) or not isinstance(number, int):
        raise UsageError(f"block_id: a number, 'latest', 'earliest' or 'pending'; not {block!r}")
    return number if number >= 0 else latest + 1 + number

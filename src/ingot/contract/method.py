"""A function of a contract: call it, and a view answers, anything else is sent as a transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.accounts.settings import gas_limit_of, prepare
from ingot.contract.request import (
    CALL_SETTINGS,
    SEND_SETTINGS,
    PreparedTransaction,
    split,
)
from ingot.contract.signature import declaration, signature_of
from ingot.conversion import amount
from ingot.engine import RECORD_FRAMES
from ingot.errors import AbiError, ExecutionError, ProviderError, UsageError
from ingot.receipt import Receipt, failure, words_of_call

if TYPE_CHECKING:
    import inspect
    from collections.abc import Mapping, Sequence

    from ingot.abi import Function
    from ingot.contract.contract import BaseContract
    from ingot.types import Address, AddressLike

__all__ = ["Method", "TransactMethod", "ViewMethod", "no_code", "single_method"]


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
            request["value"] = self._payable(amount(settings["value"]))
        limit = gas_limit_of(settings, self._called)
        if limit is not None:
            request["gas_limit"] = limit
        blocks = [settings[name] for name in ("block_id", "block_identifier", "block") if name in settings]
        if blocks and blocks[0] not in ("pending", None):
            request["block"] = _block_number(blocks[0], self.chain.block_number)
        if settings.get("overrides"):
            request["overrides"] = settings["overrides"]
        return request

    def _payable(self, value: int) -> int:
        if value and not self.function.is_payable:
            raise UsageError(f"{self._called} is not payable: leave `value=` out (it takes no ether)")
        return value

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


def single_method(contract: BaseContract, function: Function) -> Method:
    # Other keywords that are settings too, such as `value`, take the slow way by themselves.
    clashes = any(name == "sender" for name, _ in function.inputs)
    if function.is_view:
        return (ClashingViewMethod if clashes else ViewMethod)(contract, function)
    return (ClashingTransactMethod if clashes else TransactMethod)(contract, function)


def no_code(called: str, address: str) -> ProviderError:
    """Nothing is there to answer."""
    return ProviderError(
        f"{called}: there is no code at {address}: nothing was deployed there on this chain, or it was undone",
        method="eth_call",
    )


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

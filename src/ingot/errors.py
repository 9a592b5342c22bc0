"""Every error that ingot raises on purpose.

    IngotError
    ├── CompileError(diagnostics)            solc refused the sources
    ├── SolcCrashed(version, route)          solc itself died: killed, out of memory, no JSON
    ├── ExecutionError                       a contract ended without success
    │   ├── Revert(data)                     REVERT; state undone, the rest of the gas returned
    │   │   ├── RevertString(reason)         Error(string)
    │   │   ├── CustomError(name, arguments) an error that the ABI declares
    │   │   └── Panic(code)                  Panic(uint256)
    │   └── Halt(reason)                     out of gas, invalid opcode, ...; all gas used
    ├── AbiError(path)                       a value does not fit its ABI type, or data does not decode
    ├── ProviderError(method, code, data)    the chain could not answer
    │   ├── InvalidTransaction(reason)       refused before execution: nonce, balance, fee, gas, chain id
    │   ├── TransactionLost(txn_hash)        sent, and no longer known to the node: dropped or replaced
    │   ├── NoHistory                        the node does not keep the state that was asked for
    │   ├── WrongChain(expected, answered)   the node is one of another chain
    │   ├── RpcError(code, data)             how a JSON-RPC request is refused; `ingot.rpc` raises it
    │   └── Unreachable(may_have_arrived)    no answer: nobody there, time-out, closed connection, not JSON-RPC
    │       └── RateLimited                  refused for too many requests
    ├── DeployError(step)
    ├── VerifyError
    └── UsageError                           the user's mistake: arguments, names, files
        ├── ConfigError(path)                ape-config.yaml, pyproject.toml, remappings.txt
        └── SolcNotFound(version)            every route to a compiler failed

A contract's failure is not the tool's failure: `except ExecutionError` never catches a ProviderError.
The command line prints an IngotError's message and exits with 1 (UsageError: 2), without a traceback.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

__all__ = [
    "AbiError",
    "CompileError",
    "ConfigError",
    "CustomError",
    "DeployError",
    "ExecutionError",
    "Halt",
    "IngotError",
    "InvalidTransaction",
    "NoHistory",
    "Panic",
    "ProviderError",
    "RateLimited",
    "Revert",
    "RevertString",
    "RpcError",
    "SolcCrashed",
    "SolcNotFound",
    "TransactionLost",
    "Unreachable",
    "UsageError",
    "VerifyError",
    "WrongChain",
]

PANIC_REASONS: Mapping[int, str] = {
    0x00: "generic panic",
    0x01: "assertion failed",
    0x11: "arithmetic overflow or underflow",
    0x12: "division or modulo by zero",
    0x21: "conversion to an enum value that does not exist",
    0x22: "incorrectly encoded storage byte array",
    0x31: "pop() on an empty array",
    0x32: "array index out of bounds",
    0x41: "too much memory allocated",
    0x51: "call of an uninitialised internal function",
}
"""Panic codes. Source: solc docs, control structures, "Panic via assert and Error via require"."""


class IngotError(Exception):
    """Root of all errors that ingot raises on purpose."""


class CompileError(IngotError):
    """solc refused the sources.

    diagnostics: the errors (and warnings) in source order; each has `.formatted`.
    """

    def __init__(self, message: str, *, diagnostics: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.diagnostics = tuple(diagnostics)


class SolcCrashed(IngotError):
    """solc itself died. version: as in 0.8.24, or "".      route: how it was run."""

    def __init__(self, message: str, *, version: str = "", route: str = "") -> None:
        super().__init__(message)
        self.version = version
        self.route = route


class ExecutionError(IngotError):
    """A contract ended without success.

    receipt: the Receipt of the transaction, or None for a call.      call: the failing call in words, or "".
    """

    def __init__(self, message: str, *, receipt: Any = None, call: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.receipt = receipt
        self.call = call

    def __str__(self) -> str:
        return f"{self.message}\n  in {self.call}" if self.call else self.message


class Revert(ExecutionError):
    """REVERT with data that names no known error, or with none.

    data: the return data of the reverting call, unchanged.
    """

    def __init__(
        self,
        message: str = "reverted without a reason",
        *,
        data: bytes = b"",
        receipt: Any = None,
        call: str = "",
    ) -> None:
        super().__init__(message, receipt=receipt, call=call)
        self.data = data


class RevertString(Revert):
    """`revert("...")` or `require(..., "...")`: Error(string)."""

    def __init__(self, reason: str, **fields: Any) -> None:
        super().__init__(reason, **fields)
        self.reason = reason


class CustomError(Revert):
    """An error declared in Solidity.

    name: as in the source.      signature: canonical, `InsufficientBalance(uint256,uint256)`.
    arguments: by name and by index; fields are attributes too (`error.available`).
    """

    def __init__(self, name: str, signature: str, arguments: Any, **fields: Any) -> None:
        super().__init__(f"{name}{_in_words(arguments)}", **fields)
        self.name = name
        self.signature = signature
        self.arguments = arguments

    def __getattr__(self, field: str) -> Any:
        if field.startswith("__") or field == "arguments":
            raise AttributeError(field)
        try:
            return getattr(self.arguments, field)
        except AttributeError:
            raise AttributeError(f"{self.signature} has no field {field!r}") from None


def _in_words(arguments: Any) -> str:
    names = getattr(arguments, "_fields", ())
    if len(names) != len(arguments):
        return f"({', '.join(map(repr, arguments))})"
    pairs = zip(names, arguments, strict=True)
    return f"({', '.join(f'{name}={value!r}' for name, value in pairs)})"


class Panic(Revert):
    """A failed assert, an overflow, ...: Panic(uint256). code: see PANIC_REASONS; the names below are codes.

    with ingot.reverts(ingot.Panic.OVERFLOW): ...
    """

    ASSERT: Final = 0x01
    OVERFLOW: Final = 0x11
    DIVISION_BY_ZERO: Final = 0x12
    ENUM_CONVERSION: Final = 0x21
    STORAGE_BYTES: Final = 0x22
    EMPTY_POP: Final = 0x31
    OUT_OF_BOUNDS: Final = 0x32
    OUT_OF_MEMORY: Final = 0x41
    UNINITIALISED_FUNCTION: Final = 0x51

    def __init__(self, code: int, **fields: Any) -> None:
        reason = PANIC_REASONS.get(code, "unknown panic code")
        super().__init__(f"panic 0x{code:02x}: {reason}", **fields)
        self.code = code
        self.reason = reason


class Halt(ExecutionError):
    """The EVM stopped without REVERT: all gas is gone. reason: "out of gas", "invalid opcode", ..."""

    def __init__(self, reason: str, *, receipt: Any = None, call: str = "") -> None:
        super().__init__(reason, receipt=receipt, call=call)
        self.reason = reason


class AbiError(IngotError, ValueError):
    """A value does not fit its ABI type, or data does not decode as it.

    The message opens with the parameter's path: `transfer(to: address, value: uint256): value: -1 is below 0`.
    """


class ProviderError(IngotError):
    """The chain could not answer.

    method: as in JSON-RPC.      code: the JSON-RPC error code, or None.      data: what came with it, or None.
    """

    def __init__(self, message: str, *, method: str = "", code: int | None = None, data: Any = None) -> None:
        super().__init__(message)
        self.method = method
        self.code = code
        self.data = data


class InvalidTransaction(ProviderError):
    """Refused before execution. reason: "nonce too low", "insufficient funds", ... as geth words it."""

    def __init__(self, message: str, *, reason: str = "") -> None:
        super().__init__(message, method="eth_sendRawTransaction", code=-32000)
        self.reason = reason or message


class TransactionLost(ProviderError):
    """A transaction was sent and the node knows it no longer.

    txn_hash: 0x and 64 digits.      replaced: whether another transaction with its nonce was mined.
    """

    def __init__(self, message: str, *, txn_hash: str, replaced: bool) -> None:
        super().__init__(message, method="eth_getTransactionByHash")
        self.txn_hash = txn_hash
        self.replaced = replaced


class NoHistory(ProviderError):
    """The node does not keep the state that was asked for: it is pruned, not an archive."""


class WrongChain(ProviderError):
    """The node is one of another chain. expected, answered: chain ids."""

    def __init__(self, message: str, *, expected: int, answered: int) -> None:
        super().__init__(message, method="eth_chainId")
        self.expected = expected
        self.answered = answered


class RpcError(ProviderError):
    """A JSON-RPC request is refused, in words for whoever sent it. code: -32601, -32602, 3 for a revert, ..."""

    def __init__(self, message: str, *, code: int, data: Any = None) -> None:
        super().__init__(message, code=code, data=data)
        self.message = message


class Unreachable(ProviderError):
    """No answer of a node: nobody there, time-out, closed connection, not JSON-RPC.

    may_have_arrived: whether the node may have got the request all the same; a transaction may be on its way then.
    """

    def __init__(
        self, message: str, *, method: str = "", code: int | None = None, may_have_arrived: bool = False
    ) -> None:
        super().__init__(message, method=method, code=code)
        self.may_have_arrived = may_have_arrived


class RateLimited(Unreachable):
    """Refused for too many requests. retry_after_s: what the node asks to wait, or None."""

    def __init__(
        self,
        message: str,
        *,
        method: str = "",
        code: int | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message, method=method, code=code)
        self.retry_after_s = retry_after_s


class DeployError(IngotError):
    """A deployment cannot go on. step: the id of the step, or ""."""

    def __init__(self, message: str, *, step: str = "") -> None:
        super().__init__(message)
        self.step = step


class VerifyError(IngotError):
    """Source verification failed."""


class UsageError(IngotError):
    """The user's mistake; the message says what to do instead."""


class ConfigError(UsageError):
    """A configuration file is missing, malformed or contradicts itself. path: the file."""

    def __init__(self, message: str, *, path: str = "") -> None:
        super().__init__(message)
        self.path = path


class SolcNotFound(UsageError):
    """No route led to the compiler. version: as asked for.      tried: (route, why it failed)."""

    def __init__(self, message: str, *, version: str, tried: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.version = version
        self.tried = tuple(tried)

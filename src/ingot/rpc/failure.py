"""What went wrong, as JSON-RPC says it: geth's codes and words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ingot.errors import AbiError, IngotError, InvalidTransaction, RpcError, UsageError
from ingot.rpc.method import INVALID_PARAMS

if TYPE_CHECKING:
    from ingot.provider import OutcomeLike

__all__ = [
    "INTERNAL",
    "INVALID_REQUEST",
    "LIMIT_EXCEEDED",
    "METHOD_NOT_FOUND",
    "NOT_MINED",
    "PARSE",
    "REJECTED",
    "REVERTED",
    "SERVER",
    "failure",
    "refusal",
    "revert_reason",
    "server_error",
]

PARSE: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INTERNAL: Final = -32603
SERVER: Final = -32000
REJECTED: Final = -32003
"""Of a transaction that is refused, where answers are anvil's (EIP-1474)."""
REVERTED: Final = 3
NOT_MINED: Final = 4
"""A transaction that was sent waits still. Source: EIP-7966."""
LIMIT_EXCEEDED: Final = -38026
"""More than is answered at once."""

_ERROR_SELECTOR = bytes.fromhex("08c379a0")
_PANIC_SELECTOR = bytes.fromhex("4e487b71")
_PANICS = {
    0x00: "generic panic",
    0x01: "assert(false)",
    0x11: "arithmetic underflow or overflow",
    0x12: "division or modulo by zero",
    0x21: "enum overflow",
    0x22: "invalid encoded storage byte array accessed",
    0x31: "out-of-bounds array access; popping on an empty array",
    0x32: "out-of-bounds access of an array or bytesN",
    0x41: "out of memory",
    0x51: "uninitialized function",
}
"""Source: geth, accounts/abi."""


def server_error(message: str, *, data: Any = None) -> RpcError:
    """The request is well formed, and cannot be answered."""
    return RpcError(message, code=SERVER, data=data)


def revert_reason(data: bytes) -> str:
    """What revert data says in words; empty if it is neither Error(string) nor Panic(uint256)."""
    selector, rest = data[:4], data[4:]
    if selector == _PANIC_SELECTOR and len(rest) >= 32:
        code = int.from_bytes(rest[:32], "big")
        return _PANICS.get(code, f"unknown panic code: {code:#x}")
    if selector != _ERROR_SELECTOR or len(rest) < 64:
        return ""
    start = int.from_bytes(rest[:32], "big")
    length = int.from_bytes(rest[start : start + 32], "big") if start < len(rest) else 0
    text = rest[start + 32 : start + 32 + length] if length <= len(rest) else b""
    return text.decode("utf-8", "replace")


def failure(outcome: OutcomeLike) -> RpcError:
    """An execution that did not succeed: code 3 with the data of a revert, -32000 for a halt."""
    if outcome.status == "revert":
        reason = revert_reason(outcome.output)
        message = f"execution reverted: {reason}" if reason else "execution reverted"
        return RpcError(message, code=REVERTED, data="0x" + outcome.output.hex())
    return server_error(outcome.halt_reason or "execution failed")


def refusal(error: Exception, *, rejected: int = SERVER) -> RpcError:
    """What the engine raised, as an answer. rejected: the code for a transaction that is refused."""
    if isinstance(error, RpcError):
        return error
    if isinstance(error, InvalidTransaction):
        return RpcError(str(error), code=rejected)
    if isinstance(error, (UsageError, AbiError)):
        return RpcError(str(error), code=INVALID_PARAMS)
    if isinstance(error, IngotError):
        return server_error(str(error))
    return RpcError(f"internal error: {type(error).__name__}: {error}", code=INTERNAL)

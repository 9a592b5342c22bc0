"""Failed executions in the words of geth, Erigon, Nethermind, Besu, anvil, Hardhat and ganache."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ingot.abi import encode
from ingot.errors import NoHistory, Unreachable

if TYPE_CHECKING:
    from ingot.errors import ProviderError

__all__ = ["ending_of_error", "halt_reason_of"]

_HALTS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), reason)
    for pattern, reason in (
        (r"code ?storage ?out ?of ?gas", "contract creation code storage out of gas"),
        (r"out ?of ?gas|gas required exceeds|OutOfGas|ran out of gas|MemoryOOG", "out of gas"),
        (r"gas uint64 overflow|InvalidOperandOOG", "gas uint64 overflow"),
        (r"invalid ?(fe)? ?opcode|OpcodeNotFound|NotActivated|bad instruction|invalid instruction", "invalid opcode"),
        (r"invalid ?jump|bad jump", "invalid jump destination"),
        (r"stack ?underflow", "stack underflow"),
        (r"stack ?overflow|stack limit reached|out of stack", "stack limit reached"),
        (r"write protection|StateChangeDuringStaticCall|CallNotAllowedInsideStatic|static ?call ?viol", "write protection"),
        (r"return data out of bounds|OutOfOffset|access violation", "return data out of bounds"),
        (r"address collision|CreateCollision", "contract address collision"),
        (r"max call depth|CallTooDeep|call depth", "max call depth exceeded"),
        (r"insufficient balance for transfer|OutOfFunds?", "insufficient balance for transfer"),
        (r"max code size|CreateContractSizeLimit|code size (to deposit )?exceeds", "max code size exceeded"),
        (r"max initcode size|CreateInitCodeSizeLimit|initcode size (exceeded|limit)", "max initcode size exceeded"),
        (r"must not begin with 0xef|CreateContractStartingWithEF|invalid code:", "invalid code: must not begin with 0xef"),
        (r"nonce uint64 overflow|NonceOverflow", "nonce uint64 overflow"),
        (r"precompile", "precompile failed"),
    )
)  # fmt: skip
"""What nodes say, and what geth and our engine call it. Source: geth core/vm/errors.go, revm's InstructionResult."""

_REVERTED = re.compile(r"revert", re.IGNORECASE)
_REASON = re.compile(
    r"(?:execution reverted|VM Exception while processing transaction: (?:revert|reverted with reason string))"
    r":?\s*(?P<quote>['\"]?)(?P<reason>.+?)(?P=quote)\s*",
    re.IGNORECASE | re.DOTALL,
)
_OPCODE = re.compile(r"invalid opcode: \S.*")


def halt_reason_of(words: str) -> str | None:
    """Geth's words for what ended an execution; None if it was REVERT."""
    if _OPCODE.fullmatch(words):
        return words
    if _REVERTED.search(words) and not words.startswith("EVM error"):
        return None
    for pattern, reason in _HALTS:
        if pattern.search(words):
            return reason
    return words or None


def ending_of_error(error: ProviderError) -> tuple[str, bytes, str | None] | None:
    """status, output and halt's reason, if an error of eth_call or eth_estimateGas is the contract's own failure.

    None: it is something else.
    """
    if isinstance(error, (Unreachable, NoHistory)):
        return None
    words = str(error)
    output = _revert_data(error.data)
    if output or error.code == 3 or _REVERTED.search(words):
        return "revert", output or _data_of_reason(words), None
    for pattern, reason in _HALTS:
        if pattern.search(words):
            return "halt", b"", words if _OPCODE.fullmatch(words) else reason
    return None


def _revert_data(given: Any) -> bytes:
    """The bytes in what came with an error: hex text, or objects around it (Hardhat, ganache, Parity's "Reverted 0x")."""
    if isinstance(given, str):
        start = given.find("0x")
        digits = given[start + 2 :].strip() if start >= 0 else ""
        try:
            return bytes.fromhex(digits)
        except ValueError:
            return b""
    if isinstance(given, dict):
        for name in ("data", "result", "return", "output", "originalError"):
            if name in given:
                return _revert_data(given[name])
        nested = next((value for value in given.values() if isinstance(value, dict)), None)
        return b"" if nested is None else _revert_data(nested)
    return b""


def _data_of_reason(words: str) -> bytes:
    """Error(string) made anew, where a node gives only the text."""
    match = _REASON.fullmatch(words)
    if match is None:
        return b""
    return bytes.fromhex("08c379a0") + encode(["string"], [match["reason"]])

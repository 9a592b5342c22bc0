"""Names of the opcodes, as debug_traceTransaction writes them."""

from __future__ import annotations

__all__ = ["NAMES"]

_RUNS = {
    0x00: "STOP ADD MUL SUB DIV SDIV MOD SMOD ADDMOD MULMOD EXP SIGNEXTEND",
    0x10: "LT GT SLT SGT EQ ISZERO AND OR XOR NOT BYTE SHL SHR SAR CLZ",
    0x20: "KECCAK256",
    0x30: "ADDRESS BALANCE ORIGIN CALLER CALLVALUE CALLDATALOAD CALLDATASIZE CALLDATACOPY CODESIZE CODECOPY GASPRICE "
    "EXTCODESIZE EXTCODECOPY RETURNDATASIZE RETURNDATACOPY EXTCODEHASH",
    0x40: "BLOCKHASH COINBASE TIMESTAMP NUMBER PREVRANDAO GASLIMIT CHAINID SELFBALANCE BASEFEE BLOBHASH BLOBBASEFEE",
    0x50: "POP MLOAD MSTORE MSTORE8 SLOAD SSTORE JUMP JUMPI PC MSIZE GAS JUMPDEST TLOAD TSTORE MCOPY PUSH0",
    0xF0: "CREATE CALL CALLCODE RETURN DELEGATECALL CREATE2",
}
_SINGLE = {0xFA: "STATICCALL", 0xFD: "REVERT", 0xFE: "INVALID", 0xFF: "SELFDESTRUCT"}

NAMES: dict[int, str] = {
    **{first + offset: name for first, names in _RUNS.items() for offset, name in enumerate(names.split())},
    **{0x60 + count: f"PUSH{count + 1}" for count in range(32)},
    **{0x80 + count: f"DUP{count + 1}" for count in range(16)},
    **{0x90 + count: f"SWAP{count + 1}" for count in range(16)},
    **{0xA0 + count: f"LOG{count}" for count in range(5)},
    **_SINGLE,
}
"""Opcode -> name."""

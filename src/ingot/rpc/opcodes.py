"""Names of instructions. Source: execution-specs, vm/instructions; geth spells them so."""

from __future__ import annotations

__all__ = [
    "CALLS",
    "CONSTANT_GAS",
    "CREATES",
    "NAMES",
    "READS_ACCOUNT",
    "RETURN",
    "SELFDESTRUCT",
    "SLOAD",
    "SSTORE",
    "TSTORE",
    "stack_problem",
]

_TABLE = {
    0x00: "STOP ADD MUL SUB DIV SDIV MOD SMOD ADDMOD MULMOD EXP SIGNEXTEND",
    0x10: "LT GT SLT SGT EQ ISZERO AND OR XOR NOT BYTE SHL SHR SAR CLZ",
    0x20: "KECCAK256",
    0x30: "ADDRESS BALANCE ORIGIN CALLER CALLVALUE CALLDATALOAD CALLDATASIZE CALLDATACOPY CODESIZE CODECOPY GASPRICE "
    "EXTCODESIZE EXTCODECOPY RETURNDATASIZE RETURNDATACOPY EXTCODEHASH",
    0x40: "BLOCKHASH COINBASE TIMESTAMP NUMBER DIFFICULTY GASLIMIT CHAINID SELFBALANCE BASEFEE BLOBHASH BLOBBASEFEE",
    0x4B: "SLOTNUM",
    0x50: "POP MLOAD MSTORE MSTORE8 SLOAD SSTORE JUMP JUMPI PC MSIZE GAS JUMPDEST TLOAD TSTORE MCOPY PUSH0",
    0x60: " ".join(f"PUSH{size}" for size in range(1, 33)),
    0x80: " ".join(f"DUP{depth}" for depth in range(1, 17)),
    0x90: " ".join(f"SWAP{depth}" for depth in range(1, 17)),
    0xA0: "LOG0 LOG1 LOG2 LOG3 LOG4",
    0xD0: "DATALOAD DATALOADN DATASIZE DATACOPY",
    0xE0: "RJUMP RJUMPI RJUMPV CALLF RETF JUMPF DUPN SWAPN EXCHANGE",
    0xEC: "EOFCREATE",
    0xEE: "RETURNCONTRACT",
    0xF0: "CREATE CALL CALLCODE RETURN DELEGATECALL CREATE2",
    0xF7: "RETURNDATALOAD EXTCALL EXTDELEGATECALL STATICCALL EXTSTATICCALL",
    0xFD: "REVERT INVALID SELFDESTRUCT",
}

_KNOWN = {first + offset: name for first, row in _TABLE.items() for offset, name in enumerate(row.split())}

NAMES = tuple(_KNOWN.get(code, f"opcode {code:#x} not defined") for code in range(256))
"""By byte."""

READS_ACCOUNT = frozenset((0x31, 0x3B, 0x3C, 0x3F, 0xFF))
"""BALANCE, EXTCODESIZE, EXTCODECOPY, EXTCODEHASH and SELFDESTRUCT: the account is on top of the stack."""

SLOAD, SSTORE, TSTORE, RETURN, SELFDESTRUCT = 0x54, 0x55, 0x5D, 0xF3, 0xFF
CALLS = frozenset((0xF1, 0xF2, 0xF4, 0xFA))
CREATES = frozenset((0xF0, 0xF5))

_OPERANDS = {
    0x00: "0 2 2 2 2 2 2 2 3 3 2 2",
    0x10: "2 2 2 2 2 1 2 2 2 1 2 2 2 2 1",
    0x20: "2",
    0x30: "0 1 0 0 0 1 0 3 0 3 0 1 4 0 3 1",
    0x40: "1 0 0 0 0 0 0 0 0 1 0",
    0x50: "1 1 2 2 1 2 1 2 0 0 0 0 1 2 3 0",
    0x60: " ".join("0" * 32),
    0x80: " ".join(str(depth) for depth in range(1, 17)),
    0x90: " ".join(str(depth + 1) for depth in range(1, 17)),
    0xA0: "2 3 4 5 6",
    0xF0: "3 7 7 2 6 4",
    0xFA: "6",
    0xFD: "2 0 1",
}
_INPUTS = {
    first + offset: int(count) for first, row in _OPERANDS.items() for offset, count in enumerate(row.split())
}
"""How many words each needs on the stack."""

_MOST_WORDS = 1024


def stack_problem(opcode: int, words: int) -> str:
    """Why an instruction cannot be executed with so many words on the stack, in geth's words."""
    needed = _INPUTS.get(opcode, 0)
    if words < needed:
        return f"stack underflow ({words} <=> {needed})"
    return f"stack limit reached {words} ({_MOST_WORDS - 1})"


_COSTS = {
    0: "STOP RETURN REVERT SSTORE SLOAD",
    1: "JUMPDEST",
    2: "ADDRESS ORIGIN CALLER CALLVALUE CALLDATASIZE CODESIZE GASPRICE COINBASE TIMESTAMP NUMBER DIFFICULTY GASLIMIT "
    "CHAINID RETURNDATASIZE POP PC MSIZE GAS BASEFEE BLOBBASEFEE PUSH0",
    3: "ADD SUB LT GT SLT SGT EQ ISZERO AND OR XOR NOT BYTE SHL SHR SAR CALLDATALOAD MLOAD MSTORE MSTORE8 PUSH DUP SWAP "
    "CALLDATACOPY CODECOPY RETURNDATACOPY MCOPY BLOBHASH",
    5: "MUL DIV SDIV MOD SMOD SIGNEXTEND SELFBALANCE CLZ",
    8: "ADDMOD MULMOD JUMP",
    10: "JUMPI",
    20: "BLOCKHASH",
    30: "KECCAK256",
    100: "BALANCE EXTCODESIZE EXTCODECOPY EXTCODEHASH CALL CALLCODE DELEGATECALL STATICCALL TLOAD TSTORE",
    5_000: "SELFDESTRUCT",
    32_000: "CREATE CREATE2",
}

_COST_OF = {name: cost for cost, names in _COSTS.items() for name in names.split()}

CONSTANT_GAS = {
    code: _COST_OF.get(name, _COST_OF.get(name.rstrip("0123456789"), 0)) for code, name in _KNOWN.items()
}
"""What each costs at least, from Berlin on. Source: geth, core/vm/jump_table.go."""

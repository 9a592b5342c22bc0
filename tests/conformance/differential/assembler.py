"""EVM bytecode from mnemonics: just enough to write nasty contracts that no compiler would make."""

from __future__ import annotations

OPCODES: dict[str, int] = {
    name: base + offset
    for base, names in {
        0x00: "STOP ADD MUL SUB DIV SDIV MOD SMOD ADDMOD MULMOD EXP SIGNEXTEND",
        0x10: "LT GT SLT SGT EQ ISZERO AND OR XOR NOT BYTE SHL SHR SAR CLZ",
        0x20: "KECCAK256",
        0x30: "ADDRESS BALANCE ORIGIN CALLER CALLVALUE CALLDATALOAD CALLDATASIZE CALLDATACOPY CODESIZE CODECOPY"
        " GASPRICE EXTCODESIZE EXTCODECOPY RETURNDATASIZE RETURNDATACOPY EXTCODEHASH",
        0x40: "BLOCKHASH COINBASE TIMESTAMP NUMBER PREVRANDAO GASLIMIT CHAINID SELFBALANCE BASEFEE BLOBHASH"
        " BLOBBASEFEE",
        0x50: "POP MLOAD MSTORE MSTORE8 SLOAD SSTORE JUMP JUMPI PC MSIZE GAS JUMPDEST TLOAD TSTORE MCOPY PUSH0",
        0x80: " ".join(f"DUP{n}" for n in range(1, 17)),
        0x90: " ".join(f"SWAP{n}" for n in range(1, 17)),
        0xA0: "LOG0 LOG1 LOG2 LOG3 LOG4",
        0xF0: "CREATE CALL CALLCODE RETURN DELEGATECALL CREATE2",
        0xFA: "STATICCALL",
        0xFD: "REVERT INVALID SELFDESTRUCT",
    }.items()
    for offset, name in enumerate(names.split())
}

Item = str | int | bytes
"""A mnemonic, `:label` (a JUMPDEST here), `@label` (push its offset), a number to push, or raw bytes."""


def push(value: int) -> bytes:
    """The shortest PUSH of `value`, 0 <= value < 2**256."""
    if value == 0:
        return bytes([0x5F])
    width = (value.bit_length() + 7) // 8
    return bytes([0x5F + width]) + value.to_bytes(width, "big")


def assemble(*items: Item) -> bytes:
    """Bytecode of `items`; a string may hold several words, numbers among them.

    Labels are two bytes wide, so code may be 65,535 bytes long.
    """
    code = bytearray()
    labels: dict[str, int] = {}
    holes: list[tuple[int, str]] = []
    for word in _words(items):
        if isinstance(word, bytes):
            code += word
        elif isinstance(word, int):
            code += push(word)
        elif word.startswith(":"):
            labels[word[1:]] = len(code)
            code.append(OPCODES["JUMPDEST"])
        elif word.startswith("@"):
            code += b"\x61\0\0"
            holes.append((len(code) - 2, word[1:]))
        else:
            code.append(OPCODES[word])
    for offset, label in holes:
        code[offset : offset + 2] = labels[label].to_bytes(2, "big")
    return bytes(code)


def _words(items: tuple[Item, ...]) -> list[Item]:
    words: list[Item] = []
    for item in items:
        if isinstance(item, str):
            words.extend(int(word, 0) if word[0].isdigit() else word for word in item.split())
        else:
            words.append(item)
    return words


def initcode(runtime: bytes, *, prefix: bytes = b"") -> bytes:
    """Creation code that runs `prefix` (which must leave the stack empty) and installs `runtime`."""
    size = len(runtime)
    # the copy instruction names its own length: PUSH2 keeps it fixed
    tail = bytes([0x61]) + size.to_bytes(2, "big") + b"\x61\0\0" + assemble("0 CODECOPY")
    tail += bytes([0x61]) + size.to_bytes(2, "big") + assemble("0 RETURN")
    start = len(prefix) + len(tail)
    return prefix + tail[:4] + start.to_bytes(2, "big") + tail[6:] + runtime

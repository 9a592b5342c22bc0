"""Contracts that are nasty on purpose. Each is one behaviour; calldata steers it.

word(n) below is the n-th 32-byte word of the calldata.
"""

from __future__ import annotations

from differential.assembler import assemble

RETURN_ALL_RETURNDATA = "RETURNDATASIZE 0 0 RETURNDATACOPY RETURNDATASIZE 0 RETURN"
REVERT_ALL_RETURNDATA = "RETURNDATASIZE 0 0 RETURNDATACOPY RETURNDATASIZE 0 REVERT"


def _word(number: int) -> str:
    return f"{32 * number} CALLDATALOAD"


def _forward(tail_of_arguments: str, opcode: str) -> bytes:
    """Call word(0) with word(1) as value (where the opcode takes one) and the rest of the calldata as input."""
    return assemble(
        "64 CALLDATASIZE SUB 64 0 CALLDATACOPY",
        "0 0 64 CALLDATASIZE SUB 0",
        tail_of_arguments,
        _word(0),
        f"GAS {opcode} @ok JUMPI",
        REVERT_ALL_RETURNDATA,
        ":ok",
        RETURN_ALL_RETURNDATA,
    )


RECURSE = assemble(
    # word(0): levels left. Calls itself with 63/64 of the gas, then reverts on odd levels: half of the writes go.
    _word(0),
    "DUP1 ISZERO @end JUMPI",
    "DUP1 DUP1 SSTORE",
    "1 DUP2 SUB 0 MSTORE",
    "0 0 32 0 0 ADDRESS GAS CALL",
    "DUP2 SLOAD 0 MSTORE RETURNDATASIZE 32 MSTORE 64 0 LOG1",
    "1 AND @revert JUMPI STOP",
    ":revert 7 0 MSTORE 32 0 REVERT",
    ":end STOP",
)

CREATOR = assemble(
    # word(0): salt, or 0 for CREATE. word(1): how often. The rest: initcode. Returns the last address.
    "64 CALLDATASIZE SUB 64 0 CALLDATACOPY",
    "0",
    _word(1),
    ":next DUP1 ISZERO @done JUMPI",
    "1 SWAP1 SUB SWAP1 POP",
    _word(0),
    "ISZERO @plain JUMPI",
    _word(0),
    "64 CALLDATASIZE SUB 0 CALLVALUE CREATE2 SWAP1 @next JUMP",
    ":plain 64 CALLDATASIZE SUB 0 0 CREATE SWAP1 @next JUMP",
    ":done POP 0 MSTORE RETURNDATASIZE 32 MSTORE 64 0 RETURN",
)

LOG_FLOOD = assemble(
    # word(0): how many logs of word(1) bytes each, with 0 to 4 topics in turn
    _word(0),
    ":next DUP1 ISZERO @done JUMPI",
    "1 SWAP1 SUB",
    "DUP1 0 MSTORE",
    *[f"{n + 1} {n} {n} {n} {_word(1)} 0 LOG{n}" + " POP" * (4 - n) for n in range(5)],
    "@next JUMP :done",
)

STORAGE = assemble(
    # pairs of words (slot, value): writes each, logs what stood there; last slot's value is returned
    "0 0",
    ":next CALLDATASIZE DUP2 LT ISZERO @done JUMPI",
    "SWAP1 POP DUP1 CALLDATALOAD DUP1 SLOAD DUP1 0 MSTORE SWAP1 DUP3 32 ADD CALLDATALOAD SWAP1 SSTORE",
    "SWAP1 64 ADD @next JUMP",
    ":done POP 0 MSTORE 32 0 RETURN",
)

TRANSIENT = assemble(
    # TSTORE word(1) at word(0), calls itself without calldata (which reads slot 0), keeps the answer in storage
    "CALLDATASIZE @write JUMPI",
    "0 TLOAD 0 MSTORE 32 0 RETURN",
    ":write",
    _word(1),
    _word(0),
    "TSTORE 32 0 0 0 0 ADDRESS GAS CALL POP",
    "0 MLOAD 0 SSTORE",
    "0 TLOAD 1 SSTORE 32 0 RETURN",
)

BOMB = assemble("CALLER SELFDESTRUCT")

BOMB_MAKER = assemble(
    # creates word(0) contracts that selfdestruct in their constructor, to themselves or to the caller
    _word(0),
    ":next DUP1 ISZERO @done JUMPI 1 SWAP1 SUB",
    bytes([0x68]) + bytes.fromhex("30ff") + bytes(7),
    "0 MSTORE 2 23 CALLVALUE CREATE POP",
    bytes([0x68]) + bytes.fromhex("33ff") + bytes(7),
    "0 MSTORE 2 23 0 CREATE POP",
    "@next JUMP :done",
)

ENVIRONMENT = assemble(
    # everything that a block and a transaction tell, returned
    *[
        f"{name} {32 * number} MSTORE"
        for number, name in enumerate(
            [
                "ADDRESS",
                "ORIGIN",
                "CALLER",
                "CALLVALUE",
                "CALLDATASIZE",
                "CODESIZE",
                "GASPRICE",
                "COINBASE",
                "TIMESTAMP",
                "NUMBER",
                "PREVRANDAO",
                "GASLIMIT",
                "CHAINID",
                "SELFBALANCE",
                "BASEFEE",
                "BLOBBASEFEE",
                "GAS",
                "MSIZE",
                "PC",
            ]
        )
    ],
    "0 BLOBHASH 608 MSTORE 1 BLOBHASH 640 MSTORE",
    "ORIGIN BALANCE 672 MSTORE COINBASE BALANCE 704 MSTORE ORIGIN EXTCODEHASH 736 MSTORE",
    "NUMBER 0 SSTORE TIMESTAMP 1 SSTORE PREVRANDAO 2 SSTORE COINBASE 3 SSTORE BASEFEE 4 SSTORE GASPRICE 5 SSTORE",
    "768 0 RETURN",
)

ANCESTORS = assemble(
    # hashes of the word(0) blocks before this one, and of the block itself and the next
    "0",
    ":next DUP1",
    _word(0),
    "LT @done JUMPI",
    "DUP1 NUMBER SUB BLOCKHASH DUP2 32 MUL MSTORE 1 ADD @next JUMP",
    ":done 1 NUMBER ADD BLOCKHASH DUP2 32 MUL MSTORE 32 MUL 32 ADD 0 RETURN",
)

RETURNDATA = assemble(
    # calls word(0), then copies word(2) bytes of its answer from word(1): out of bounds halts
    "0 0 0 0 0",
    _word(0),
    "GAS CALL POP",
    _word(2),
    _word(1),
    "0 RETURNDATACOPY",
    _word(2),
    "0 RETURN",
)

MEMORY_HOG = assemble(_word(0), "MLOAD 0 MSTORE MSIZE 32 MSTORE 64 0 RETURN")

SPIN = assemble(":top 1 ADD @top JUMP")

DELEGATOR = _forward("", "DELEGATECALL")
FORWARDER = _forward(_word(1), "CALL")
CALLCODER = _forward(_word(1), "CALLCODE")
STATIC_FORWARDER = _forward("", "STATICCALL")

SPECIMENS: dict[str, bytes] = {
    "recurse": RECURSE,
    "creator": CREATOR,
    "log_flood": LOG_FLOOD,
    "storage": STORAGE,
    "transient": TRANSIENT,
    "bomb": BOMB,
    "bomb_maker": BOMB_MAKER,
    "environment": ENVIRONMENT,
    "ancestors": ANCESTORS,
    "returndata": RETURNDATA,
    "memory_hog": MEMORY_HOG,
    "spin": SPIN,
    "delegator": DELEGATOR,
    "forwarder": FORWARDER,
    "callcoder": CALLCODER,
    "static_forwarder": STATIC_FORWARDER,
}
"""Runtime code by name."""

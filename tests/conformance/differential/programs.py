"""Random EVM programs: statements that leave the stack as they found it, so that most of a program runs.

A program keeps its results in memory (ACCUMULATOR) and in storage, and returns them: whatever an opcode answers ends
up where the comparison looks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from differential.assembler import Item, assemble, initcode

ACCUMULATOR = 0x200
"""Memory word that every result is folded into; below it is scratch space."""

EDGES = (
    0,
    1,
    2,
    3,
    31,
    32,
    33,
    255,
    256,
    2**31,
    2**63,
    2**64,
    2**128 - 1,
    2**255 - 1,
    2**255,
    2**256 - 2,
    2**256 - 1,
)
ENVIRONMENT = [
    "ADDRESS",
    "ORIGIN",
    "CALLER",
    "CALLVALUE",
    "CALLDATASIZE",
    "CODESIZE",
    "GASPRICE",
    "RETURNDATASIZE",
    "COINBASE",
    "TIMESTAMP",
    "NUMBER",
    "PREVRANDAO",
    "GASLIMIT",
    "CHAINID",
    "SELFBALANCE",
    "BASEFEE",
    "BLOBBASEFEE",
    "MSIZE",
    "PC",
    "GAS",
]
UNARY = ["ISZERO", "NOT", "CLZ"]
BINARY = [
    "ADD",
    "MUL",
    "SUB",
    "DIV",
    "SDIV",
    "MOD",
    "SMOD",
    "EXP",
    "SIGNEXTEND",
    "LT",
    "GT",
    "SLT",
    "SGT",
    "EQ",
    "AND",
    "OR",
    "XOR",
    "BYTE",
    "SHL",
    "SHR",
    "SAR",
]
TERNARY = ["ADDMOD", "MULMOD"]

CHILDREN: tuple[bytes, ...] = (
    b"",
    assemble("STOP"),
    assemble("0 0 REVERT"),
    assemble("INVALID"),
    assemble("0xEF 0 MSTORE8 1 0 RETURN"),  # EIP-3541 refuses code that starts with EF
    assemble("24577 0 RETURN"),  # EIP-170: one byte too many
    assemble("CALLER SELFDESTRUCT"),
    assemble("ADDRESS SELFDESTRUCT"),
    assemble("NUMBER TIMESTAMP SSTORE 1 0 SSTORE 0x33FF 0 MSTORE 2 30 RETURN"),
    initcode(assemble("CALLVALUE 0 MSTORE 0 SLOAD 1 ADD 0 SSTORE 32 0 RETURN")),
    initcode(assemble("CALLER SELFDESTRUCT"), prefix=assemble("7 7 SSTORE")),
)
"""Initcode for CREATE and CREATE2; each fits into 96 bytes."""


@dataclass(frozen=True)
class Surroundings:
    """What a program may touch. addresses: accounts as ints, precompiles and absent ones among them.

    tidy: see `views.Setting`; such programs have no storage, create and destroy nothing and may read hashes of blocks.
    """

    addresses: Sequence[int]
    tidy: bool = False


def random_word(random: Random) -> int:
    """Small, an edge, a power of two or anything: what makes arithmetic interesting."""
    match random.randrange(5):
        case 0:
            return random.randrange(16)
        case 1:
            return random.choice(EDGES)
        case 2:
            return 1 << random.randrange(256)
        case 3:
            return random.getrandbits(random.randrange(1, 257))
        case _:
            return 2**256 - 1 - random.getrandbits(random.randrange(1, 200))


def random_program(random: Random, around: Surroundings, *, max_statements: int = 14) -> bytes:
    """Runtime code (also fit as initcode: what it returns is then its code, good or bad)."""
    items: list[Item] = []
    for _ in range(random.randrange(1, max_statements + 1)):
        items += random_statement(random, around)
    items += _ending(random, around)
    return assemble(*items)


def random_statement(random: Random, around: Surroundings) -> list[Item]:
    """Leaves the stack as it was."""
    kinds, weights = zip(*STATEMENTS, strict=True)
    return list(random.choices(kinds, weights)[0](random, around))


def _keep() -> Item:
    """Fold the top of the stack into the accumulator."""
    return f"{ACCUMULATOR} MLOAD 31 MUL XOR {ACCUMULATOR} MSTORE"


def _operand(random: Random, around: Surroundings) -> Item:
    operands: list[Item] = [
        random_word(random),
        random_word(random),
        f"{32 * random.randrange(3)} CALLDATALOAD",
        f"{ACCUMULATOR} MLOAD",
    ]
    if not around.tidy:
        operands.append(f"{random.randrange(4)} SLOAD")
    return random.choice(operands)


def _address(random: Random, around: Surroundings) -> Item:
    if random.random() < 0.05 and not around.tidy:
        return random_word(random)  # the upper 12 bytes are to be ignored
    if random.random() < 0.08:
        return "ADDRESS"
    return random.choice(around.addresses)


def _arithmetic(random: Random, around: Surroundings) -> list[Item]:
    count = random.choice((1, 2, 2, 2, 3))
    name = random.choice({1: UNARY, 2: BINARY, 3: TERNARY}[count])
    return [*(_operand(random, around) for _ in range(count)), name, _keep()]


def _environment(random: Random, _around: Surroundings) -> list[Item]:
    return [random.choice(ENVIRONMENT), _keep()]


def _account(random: Random, around: Surroundings) -> list[Item]:
    return [_address(random, around), random.choice(["BALANCE", "EXTCODESIZE", "EXTCODEHASH"]), _keep()]


def _ancestor(random: Random, around: Surroundings) -> list[Item]:
    if not around.tidy:
        return ["NUMBER BLOCKHASH", _keep()]  # a block does not know its own hash
    return [random.choice([0, 1, 2, 255, 256, 257, random_word(random)]), "NUMBER SUB BLOCKHASH", _keep()]


def _blob(random: Random, _around: Surroundings) -> list[Item]:
    return [random.choice([0, 1, 6, random_word(random)]), "BLOBHASH", _keep()]


def _store(random: Random, around: Surroundings) -> list[Item]:
    if around.tidy:
        return _arithmetic(random, around)
    value = random.choice([0, 0, 1, _operand(random, around)])
    return [value, random.randrange(6), "SSTORE"]


def _load(random: Random, around: Surroundings) -> list[Item]:
    if around.tidy:
        return _arithmetic(random, around)
    return [random.choice([random.randrange(6), random_word(random)]), "SLOAD", _keep()]


def _transient(random: Random, around: Surroundings) -> list[Item]:
    slot = random.randrange(3)
    return [_operand(random, around), slot, "TSTORE", random.randrange(3), "TLOAD", _keep()]


def _span(random: Random, *, limit: int = 160) -> str:
    """Size and offset for the instructions that take a piece of memory, offset on top."""
    size = random.choice([0, 1, 31, 32, 33, random.randrange(limit)])
    offset = random.choice([0, 0, 1, 32, random.randrange(limit), ACCUMULATOR])
    return f"{size} {offset}"


def _hash(random: Random, _around: Surroundings) -> list[Item]:
    return [_span(random), "KECCAK256", _keep()]


def _copy(random: Random, around: Surroundings) -> list[Item]:
    size, source, target = (random.choice([0, 1, 32, random.randrange(200)]) for _ in range(3))
    match random.randrange(5):
        case 0:
            return [size, source, target, "MCOPY"]
        case 1:
            return [size, random.choice([source, random_word(random)]), target, "CALLDATACOPY"]
        case 2:
            return [size, source, target, "CODECOPY"]
        case 3:
            return [size, source, target, _address(random, around), "EXTCODECOPY"]
        case _:
            if random.random() < 0.1:
                return [size, source, target, "RETURNDATACOPY"]  # out of bounds more often than not
            return ["RETURNDATASIZE 0", target, "RETURNDATACOPY"]


def _memory(random: Random, around: Surroundings) -> list[Item]:
    if random.random() < 0.02:
        return [random_word(random), "MLOAD", _keep()]  # the price of memory
    offset = random.randrange(ACCUMULATOR)
    return [_operand(random, around), offset, random.choice(["MSTORE", "MSTORE8"])]


def _log(random: Random, around: Surroundings) -> list[Item]:
    count = random.randrange(5)
    return [*(_operand(random, around) for _ in range(count)), _span(random), f"LOG{count}"]


def _call(random: Random, around: Surroundings) -> list[Item]:
    kind = random.choice(["CALL", "CALL", "CALL", "STATICCALL", "DELEGATECALL", "CALLCODE"])
    value: list[Item] = []
    if kind in ("CALL", "CALLCODE"):
        values: list[Item] = [0, 0, 0, 1, 1000, "SELFBALANCE", random_word(random)]
        value = [random.choice(values)]
    gases: list[Item] = ["GAS", "GAS", "GAS 2 SWAP1 DIV", 0, 2300, 30_000, random_word(random)]
    gas = random.choice(gases)
    code = [_span(random), _span(random), *value, _address(random, around), gas, kind, _keep()]
    if random.random() < 0.7:
        code += ["RETURNDATASIZE", _keep(), f"0 MLOAD {ACCUMULATOR} MLOAD XOR {ACCUMULATOR} MSTORE"]
    return code


def _create(random: Random, around: Surroundings) -> list[Item]:
    if around.tidy:
        return _arithmetic(random, around)
    child = random.choice(CHILDREN)
    code: list[Item] = []
    for start in range(0, len(child), 32):
        code += [int.from_bytes(child[start : start + 32].ljust(32, b"\0"), "big"), start, "MSTORE"]
    values: list[Item] = [0, 0, 0, 1, "SELFBALANCE", random_word(random)]
    value = random.choice(values)
    if random.random() < 0.5:
        code += [random.randrange(3), len(child), 0, value, "CREATE2"]
    else:
        code += [len(child), 0, value, "CREATE"]
    if random.random() < 0.5:  # call what was made
        code += ["0 0 0 0 0 DUP6 GAS CALL", _keep(), "DUP1 EXTCODEHASH", _keep()]
    return [*code, _keep()]


def _loop(random: Random, around: Surroundings) -> list[Item]:
    label = f"loop{random.getrandbits(64)}"
    body: list[Item] = []
    for _ in range(random.randrange(1, 3)):
        simple = random.choice([_arithmetic, _store, _load, _hash, _log, _environment, _memory])
        body += simple(random, around)
    return [random.randrange(1, 9), f":{label}", *body, f"1 SWAP1 SUB DUP1 @{label} JUMPI POP"]


def _stack(random: Random, _around: Surroundings) -> list[Item]:
    depth = random.randrange(1, 17)
    pushes: list[Item] = [random_word(random) for _ in range(depth + 1)]
    name = random.choice([f"DUP{depth}", f"SWAP{depth}"])
    left = depth + 2 if name.startswith("DUP") else depth + 1
    return [*pushes, name, *[_keep()] * left]


STATEMENTS: tuple[tuple[Callable[[Random, Surroundings], list[Item]], int], ...] = (
    (_arithmetic, 10),
    (_environment, 5),
    (_account, 4),
    (_ancestor, 2),
    (_blob, 1),
    (_store, 8),
    (_load, 5),
    (_transient, 3),
    (_hash, 2),
    (_copy, 4),
    (_memory, 4),
    (_log, 4),
    (_call, 9),
    (_create, 4),
    (_loop, 2),
    (_stack, 1),
)
"""Statements and how often each is drawn."""


def _ending(random: Random, around: Surroundings) -> list[Item]:
    keep = "" if around.tidy else f"{ACCUMULATOR} MLOAD 0 SSTORE "
    answer: Item = f"{keep}64 {ACCUMULATOR} RETURN"
    endings: list[tuple[list[Item], int]] = [
        ([answer], 60),
        (["STOP"], 6),
        ([_span(random), "RETURN"], 8),
        ([f"64 {ACCUMULATOR} REVERT"], 8),
        ([_address(random, around), "SELFDESTRUCT"], 8),
        (["INVALID"], 1),
        (["ADD"], 1),  # stack underflow
        (["3 JUMP"], 1),  # not a JUMPDEST, mostly
        ([":full 1 @full JUMP"], 1),  # stack overflow
        ([bytes([random.choice([0x0C, 0x21, 0x4F, 0xB0, 0xEF, 0xF6])])], 1),  # no such instruction
        ([bytes([0x7F])], 1),  # PUSH32 beyond the end of the code
    ]
    if around.tidy:
        endings = [ending for ending in endings if "SELFDESTRUCT" not in ending[0]]
    bodies, weights = zip(*endings, strict=True)
    return list(random.choices(bodies, weights)[0])

"""How soljson.js is wired to its module: which JavaScript function stands behind each import and export."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ingot.errors import IngotError

__all__ = ["Shape", "ShapeError", "read_shape"]

_IMPORTS = re.compile(r"asmLibraryArg\s*=\s*\{(.*?)\}", re.DOTALL)
_IMPORT = re.compile(r'"([^"]+)"\s*:\s*(\w+)')
_EXPORT = re.compile(r'Module\["(\w+)"\]\s*=\s*asm\["([^"]+)"\]')
_MEMORY = re.compile(r'wasmMemory\s*=\s*Module\["asm"\]\["([^"]+)"\]')
_TABLE = re.compile(r'wasmTable\s*=\s*Module\["asm"\]\["([^"]+)"\]')
_HEAP = re.compile(r"DYNAMIC_BASE\s*=\s*(\d+)\s*,\s*DYNAMICTOP_PTR\s*=\s*(\d+)")
_NEEDED = ("solidity_compile", "solidity_version", "malloc", "free", "__wasm_call_ctors", "__cxa_can_catch")


class ShapeError(IngotError):
    """A soljson.js that was put together in a way not known here."""


@dataclass(frozen=True)
class Shape:
    """Names in a soljson.js.

    imports: of the module -> name of the JavaScript function, as written there (`_abort`, `invoke_iii`).
    exports: C name (`malloc`, `__cxa_can_catch`) -> of the module.
    memory, table: exports of the module, or "" where the module imports them (before 0.8.2).
    words: that JavaScript writes into memory before anything runs: address -> value.
    """

    imports: Mapping[str, str]
    exports: Mapping[str, str]
    memory: str
    table: str
    words: Mapping[int, int]


def read_shape(soljson: str) -> Shape:
    """The wiring in `soljson`, whose base64 may have been left out. Raises: ShapeError."""
    block = _IMPORTS.search(soljson)
    if block is None:
        raise ShapeError("its imports are not where they were in solc 0.8.0 to 0.8.37")
    imports = dict(_IMPORT.findall(block[1]))
    exports = {name.removeprefix("_"): short for name, short in _EXPORT.findall(soljson)}
    # stackSave and its like have no leading underscore in JavaScript.
    exports |= {name: short for name, short in _EXPORT.findall(soljson) if not name.startswith("_")}
    if missing := [name for name in _NEEDED if name not in exports]:
        raise ShapeError(f"it exports no {missing[0]}")
    memory, table = _MEMORY.search(soljson), _TABLE.search(soljson)
    heap = _HEAP.search(soljson)
    return Shape(
        imports,
        exports,
        memory=memory[1] if memory else "",
        table=table[1] if table else "",
        words={int(heap[2]): int(heap[1])} if heap else {},
    )

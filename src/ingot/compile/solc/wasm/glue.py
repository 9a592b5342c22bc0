"""WebAssembly text that links a soljson module to its runtime, without one call back into Python.

solc enters and leaves `invoke_*` millions of times in one compile, and a module must be given its imports before
its own functions can be imported. Three instances break the cycle: `stubs` exports a function for each import of
solc, which calls through a table; solc imports the stubs; `runtime` imports solc, and fills the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ingot.compile.solc.wasm.runtime import BODIES, PRELUDE, TYPES_AT, stub_body
from ingot.compile.solc.wasm.shape import Shape, ShapeError

__all__ = ["Signature", "runtime_text", "stubs_text"]

_TYPES = {"i": "i32", "j": "i64", "f": "f32", "d": "f64"}
_CATCH = "___cxa_find_matching_catch_"
_FROM_SOLC = (
    "stackSave",
    "stackRestore",
    "setThrew",
    "malloc",
    "free",
    "__cxa_can_catch",
    "__cxa_is_pointer_type",
)


@dataclass(frozen=True)
class Signature:
    """WebAssembly types of a function: `i32`, ..."""

    parameters: tuple[str, ...]
    results: tuple[str, ...]

    def __str__(self) -> str:
        parameters = f"(param {' '.join(self.parameters)})" if self.parameters else ""
        results = f"(result {' '.join(self.results)})" if self.results else ""
        return f"{parameters} {results}".strip()

    @property
    def result(self) -> str:
        """The single result's type, or ""."""
        return self.results[0] if self.results else ""


def stubs_text(imports: Mapping[str, Signature]) -> str:
    """The module that answers for all function imports. imports: by name, in the module's order."""
    lines = ["(module", f'(table (export "table") {len(imports)} funcref)']
    for index, (name, signature) in enumerate(imports.items()):
        arguments = _arguments(range(len(signature.parameters)))
        lines.append(
            f'(func (export "{name}") {signature} {arguments} (call_indirect 0 {signature} (i32.const {index})))'
        )
    return "\n".join([*lines, ")"])


def runtime_text(shape: Shape, imports: Mapping[str, Signature], exports: Mapping[str, Signature]) -> str:
    """The module that implements them. exports: the functions that solc exports. Raises: ShapeError."""
    lines = [
        "(module",
        '(import "stubs" "table" (table $stubs 1 funcref))',
        '(import "own" "memory" (memory $m 1))',
        '(import "own" "table" (table $functions 1 funcref))',
    ]
    lines += [_import(name, shape, exports) for name in _imported(shape)]
    lines.append(PRELUDE)
    for index, (name, signature) in enumerate(imports.items()):
        function = shape.imports.get(name)
        if function is None:
            raise ShapeError(f"its import {name!r} has no implementation in JavaScript")
        lines.append(f"(func $f{index} {signature} {_body(function, signature)})")
    elements = " ".join(f"$f{index}" for index in range(len(imports)))
    lines.append(f"(elem (table $stubs) (i32.const 0) func {elements}))")
    return "\n".join(lines)


def _imported(shape: Shape) -> list[str]:
    wide = {f"dynCall_{name[7:]}" for name in shape.imports.values() if _is_invoke(name) and "j" in name[7:]}
    return [*_FROM_SOLC, *sorted(wide)]


def _import(name: str, shape: Shape, exports: Mapping[str, Signature]) -> str:
    short = shape.exports.get(name, "")
    if short not in exports:
        raise ShapeError(f"it exports no {name}")
    return f'(import "solc" "{short}" (func ${name} {exports[short]}))'


def _body(function: str, signature: Signature) -> str:
    if _is_invoke(function):
        return _invoke(function[7:], signature)
    if function.startswith(_CATCH):
        count = len(signature.parameters)
        stores = [f"(i32.store $s (i32.const {TYPES_AT + 4 * i}) (local.get {i}))" for i in range(count)]
        return f"{' '.join(stores)} (call $find (i32.const {count}))"
    if function == "_emscripten_memcpy_big" and signature.results:
        return f"{BODIES[function]} (local.get 0)"  # until 0.8.16 it returns its destination
    return BODIES.get(function) or stub_body(function, signature.result)


def _is_invoke(function: str) -> bool:
    return function.startswith("invoke_")


def _invoke(letters: str, signature: Signature) -> str:
    """Call through solc's table and catch what C++ throws. letters: of the call, result first (`viij`).

    64-bit arguments come as two halves, which solc's own dynCall functions put together.
    """
    arguments = _arguments(range(1, len(signature.parameters)))
    if "j" in letters:
        call = f"(call $dynCall_{letters} (local.get 0) {arguments})"
    else:
        types = Signature(
            tuple(_TYPES[letter] for letter in letters[1:]),
            () if letters[0] == "v" else (_TYPES[letters[0]],),
        )
        call = f"(call_indirect $functions {types} {arguments} (local.get 0))"
    nothing = f"({signature.result}.const 0)" if signature.results else ""
    return f"""(local $stack i32)
  (local.set $stack (call $stackSave))
  (block $caught (result i32) (try_table (catch $exception $caught) {call} (return)) (unreachable))
  (drop) (call $stackRestore (local.get $stack)) (call $setThrew (i32.const 1) (i32.const 0)) {nothing}"""


def _arguments(indices: range) -> str:
    return " ".join(f"(local.get {index})" for index in indices)

"""Compiled modules: made once per version, kept in the cache, loaded by mapping them into memory.

An entry is a folder `wasm/<key>` with three compiled modules and `meta.json`, which is written last.
wasmtime trusts what it loads: entries are only read from folders that nobody else can write (`cache.is_private`).
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache as memoize
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ingot.compile.solc.cache import Cache, discard
from ingot.compile.solc.version import Version
from ingot.errors import IngotError, UsageError

if TYPE_CHECKING:
    import wasmtime

    from ingot.compile.solc.wasm.glue import Signature
    from ingot.compile.solc.wasm.shape import Shape

__all__ = [
    "CompiledModule",
    "ModuleError",
    "compile_module",
    "entry_name",
    "entry_version",
    "import_wasmtime",
    "load_module",
    "store_module",
    "wasmtime_version",
]

_PARTS = ("stubs", "solc", "runtime")
_MAX_WASM_STACK = 1 << 20  # above 2 MiB wasmtime refuses
_CONFIG = "speed"
_LAYOUT = (
    "1"  # of the entry, of the engine's configuration and of the glue: raise it when one of them changes
)


class ModuleError(IngotError):
    """A module cannot be compiled or loaded here."""


@dataclass(frozen=True)
class CompiledModule:
    """Ready to be instantiated. exports, memory, table, words: as in Shape.

    long_version: what solc says it is, or "" before it was asked.      folder: the entry, once it is stored.
    """

    engine: wasmtime.Engine
    stubs: wasmtime.Module
    solc: wasmtime.Module
    runtime: wasmtime.Module
    exports: Mapping[str, str]
    memory: str
    table: str
    words: Mapping[int, int]
    long_version: str = ""
    folder: Path = Path()


@memoize
def wasmtime_version() -> str:
    """Version of the installed wasmtime, or "" if there is none; without importing it."""
    spec = find_spec("wasmtime")
    if spec is None or spec.origin is None:
        return ""
    # importlib.metadata would take longer than loading a compiled module.
    for folder in Path(spec.origin).parent.parent.glob("wasmtime-*.dist-info"):
        return folder.name.removeprefix("wasmtime-").removesuffix(".dist-info")
    return ""


def entry_name(soljson_sha256: str) -> str:
    """Name in the cache: soljson's hash, wasmtime's version, machine and configuration decide."""
    return f"wasm/{soljson_sha256[:32]}-{wasmtime_version()}-{sys.platform}-{platform.machine()}-{_CONFIG}-{_LAYOUT}"


def entry_version(folder: Path) -> Version | None:
    """Version of an entry of any soljson, or None if it is another wasmtime's or damaged."""
    if not folder.name.endswith(entry_name("")[len("wasm/") :]):
        return None
    try:
        return Version.parse(str(json.loads((folder / "meta.json").read_bytes())["version"]))
    except (OSError, ValueError, LookupError, TypeError, UsageError):
        return None


def _engine() -> wasmtime.Engine:
    import wasmtime

    config = wasmtime.Config()
    config.wasm_exceptions = True
    config.wasm_multi_memory = True
    config.max_wasm_stack = _MAX_WASM_STACK
    config.cranelift_opt_level = _CONFIG
    return wasmtime.Engine(config)


def load_module(cache: Cache, soljson_sha256: str) -> CompiledModule | None:
    """The entry of that soljson, or None if there is none. A damaged one is removed.

    Raises: ModuleError, if wasmtime does not load, or the system lacks the memory for the entry.
    """
    for folder in cache.find_all(entry_name(soljson_sha256)):
        if module := _load(folder):
            return module
        discard(folder)
    return None


def _load(folder: Path) -> CompiledModule | None:
    wasmtime = import_wasmtime()
    try:
        meta = json.loads((folder / "meta.json").read_bytes())
        for part in _PARTS:
            if (folder / f"{part}.cwasm").stat().st_size != meta["sizes"][part]:
                return None
        engine = _engine()
        stubs, solc, runtime = (
            wasmtime.Module.deserialize_file(engine, str(folder / f"{part}.cwasm")) for part in _PARTS
        )
        return CompiledModule(
            engine,
            stubs,
            solc,
            runtime,
            exports=meta["exports"],
            memory=meta["memory"],
            table=meta["table"],
            words={int(address): int(word) for address, word in meta["words"].items()},
            long_version=meta["long_version"],
            folder=folder,
        )
    except (FileNotFoundError, ValueError, LookupError, TypeError, AttributeError):
        return None
    except (OSError, wasmtime.WasmtimeError) as error:
        reason = str(error).strip().splitlines()[-1].strip()
        if (
            isinstance(error, OSError) or "os error" in reason
        ):  # no memory, no descriptors: not the file's fault
            raise ModuleError(f"wasmtime cannot load {folder}: {reason}") from error
        return None


def import_wasmtime() -> ModuleType:
    """The package. Raises: ModuleError, if it does not load."""
    try:
        import wasmtime
    except (ImportError, OSError) as error:
        raise ModuleError(f"wasmtime does not load: {error}") from error
    return wasmtime


def compile_module(soljson: str, wasm: bytes) -> CompiledModule:
    """Compile the module of `soljson`; takes about 40 s of CPU and 900 MB. Raises: ShapeError, ModuleError."""
    from ingot.compile.solc.wasm.shape import read_shape

    shape = read_shape(soljson)
    wasmtime = import_wasmtime()
    try:
        engine = _engine()
        solc = wasmtime.Module(engine, wasm)
        stubs, runtime = (
            wasmtime.Module(engine, bytes(wasmtime.wat2wasm(text))) for text in _glue(solc, shape)
        )
    except wasmtime.WasmtimeError as error:
        raise ModuleError(f"wasmtime cannot compile it: {error}") from error
    return CompiledModule(engine, stubs, solc, runtime, shape.exports, shape.memory, shape.table, shape.words)


def _glue(solc: wasmtime.Module, shape: Shape) -> tuple[str, str]:
    import wasmtime

    from ingot.compile.solc.wasm.glue import runtime_text, stubs_text

    imports = {str(i.name): _signature(i.type) for i in solc.imports if isinstance(i.type, wasmtime.FuncType)}
    exports = {e.name: _signature(e.type) for e in solc.exports if isinstance(e.type, wasmtime.FuncType)}
    return stubs_text(imports), runtime_text(shape, imports, exports)


def _signature(function: wasmtime.FuncType) -> Signature:
    from ingot.compile.solc.wasm.glue import Signature

    return Signature(tuple(map(str, function.params)), tuple(map(str, function.results)))


def store_module(module: CompiledModule, folder: Path, *, notes: Mapping[str, Any]) -> None:
    """Write the entry's files into `folder`, which is new. Raises: OSError."""
    folder.mkdir(mode=0o700)
    sizes = {}
    for part in _PARTS:
        content = getattr(module, part).serialize()
        (folder / f"{part}.cwasm").write_bytes(content)
        sizes[part] = len(content)
    shape = {
        "exports": dict(module.exports),
        "memory": module.memory,
        "table": module.table,
        "words": dict(module.words),
    }
    meta = {**notes, "sizes": sizes, **shape}
    (folder / "meta.json").write_text(json.dumps(meta), encoding="utf-8")

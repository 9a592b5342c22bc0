"""One run of solc on wasmtime: a fresh instance, so that no run sees what another left behind."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ingot.compile.solc.wasm.module import CompiledModule
from ingot.errors import SolcCrashed

if TYPE_CHECKING:
    import wasmtime

__all__ = ["module_version", "run_module"]

_STACK = 16 << 20
_stack_size = threading.Lock()  # threading.stack_size is one for the whole process


def run_module(module: CompiledModule, text: bytes, *, version: str) -> bytes:
    """Answer of solc to standard JSON. Releases the GIL while solc runs. Raises: SolcCrashed.

    An instance costs 10 ms, and gives its memory back.
    """

    def compile_() -> bytes:
        instance = _Instance(module)
        start = instance.call("malloc", len(text) + 1)
        if start == 0:
            raise SolcCrashed("there is no memory for the input")
        instance.write(start, text + b"\0")
        # No callback, no context: solc answers "File not supplied initially" for a source that is missing.
        return instance.string(instance.call("solidity_compile", start, 0, 0))

    return _guarded(compile_, version)


def module_version(module: CompiledModule) -> str:
    """What solc says it is: `0.8.24+commit.e11b9ed9.Emscripten.clang`. Raises: SolcCrashed."""

    def ask() -> bytes:
        instance = _Instance(module)
        return instance.string(instance.call("solidity_version"))

    return _guarded(ask, "").decode()


class _Instance:
    """stubs, solc and runtime, linked; C++ constructors have run."""

    def __init__(self, module: CompiledModule) -> None:
        import wasmtime

        self._names = module.exports
        self._store = store = wasmtime.Store(module.engine)
        self._stubs = wasmtime.Instance(store, module.stubs, []).exports(store)
        # Builds before 0.8.2 import memory and table; later ones export them.
        self._own = _own_parts(module.solc, store)
        self._solc = wasmtime.Instance(
            store, module.solc, [self._for_solc(i) for i in module.solc.imports]
        ).exports(store)
        if module.memory:
            self._own = {"memory": self._solc[module.memory], "table": self._solc[module.table]}
        wasmtime.Instance(store, module.runtime, [self._for_runtime(i) for i in module.runtime.imports])
        for address, word in module.words.items():
            self.write(address, word.to_bytes(4, "little"))
        self.call("__wasm_call_ctors")

    def _for_solc(self, wanted: wasmtime.ImportType) -> Any:
        import wasmtime

        if isinstance(wanted.type, wasmtime.MemoryType):
            return self._own["memory"]
        if isinstance(wanted.type, wasmtime.TableType):
            return self._own["table"]
        return self._stubs[str(wanted.name)]

    def _for_runtime(self, wanted: wasmtime.ImportType) -> Any:
        name = str(wanted.name)
        if wanted.module == "own":
            return self._own[name]
        return self._stubs[name] if wanted.module == "stubs" else self._solc[name]

    def call(self, name: str, *arguments: int) -> int:
        """Call solc's function of that C name."""
        function: Any = self._solc[self._names[name]]
        return int(function(self._store, *arguments) or 0)

    def _start(self) -> int:
        return ctypes.addressof(self._own["memory"].data_ptr(self._store).contents)

    def write(self, address: int, content: bytes) -> None:
        """Put `content` into solc's memory."""
        ctypes.memmove(self._start() + address, content, len(content))

    def string(self, address: int) -> bytes:
        """The zero-terminated bytes at `address` of solc's memory."""
        return ctypes.string_at(self._start() + address)


def _own_parts(solc: wasmtime.Module, store: wasmtime.Store) -> dict[str, Any]:
    import wasmtime

    parts: dict[str, Any] = {}
    for wanted in solc.imports:
        if isinstance(wanted.type, wasmtime.MemoryType):
            parts["memory"] = wasmtime.Memory(store, wanted.type)
        elif isinstance(wanted.type, wasmtime.TableType):
            parts["table"] = wasmtime.Table(store, wanted.type, None)
    return parts


def _guarded(work: Callable[[], bytes], version: str) -> bytes:
    """Result of `work`, done on a thread with a stack that WebAssembly cannot overrun. Raises: SolcCrashed."""
    outcome: list[bytes | BaseException] = []

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as error:
            outcome.append(error)

    with _stack_size:
        before = threading.stack_size(_STACK)
        try:
            thread = threading.Thread(target=run, name="solc", daemon=True)
            thread.start()
        finally:
            threading.stack_size(before)
    thread.join()
    result = outcome[0]
    if isinstance(result, bytes):
        return result
    if isinstance(result, MemoryError):
        raise result
    raise SolcCrashed(
        f"solc {version} (wasmtime) {_reason(result)}", version=version, route="wasmtime"
    ) from result


def _reason(error: BaseException) -> str:
    import wasmtime

    if isinstance(error, wasmtime.Trap):
        if error.trap_code is wasmtime.TrapCode.STACK_OVERFLOW:
            return "ran out of stack: something in the sources is nested too deeply"
        if error.trap_code is wasmtime.TrapCode.UNREACHABLE:
            return "gave up (abort), most likely because memory ran out"
        return f"trapped: {error.message.splitlines()[0]}"
    if isinstance(error, wasmtime.WasmtimeError):
        return f"failed: {str(error).splitlines()[0]}"
    return f"failed: {error or type(error).__name__}"

"""The command line of solc, as far as other tools use it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingot.errors import UsageError

__all__ = ["COMBINED", "PLAIN", "Options", "parse_options"]

COMBINED = {
    "abi": "abi",
    "asm": "evm.legacyAssembly",
    "ast": "",
    "bin": "evm.bytecode.object",
    "bin-runtime": "evm.deployedBytecode.object",
    "compact-format": "",
    "devdoc": "devdoc",
    "function-debug": "evm.bytecode.functionDebugData",
    "function-debug-runtime": "evm.deployedBytecode.functionDebugData",
    "generated-sources": "evm.bytecode.generatedSources",
    "generated-sources-runtime": "evm.deployedBytecode.generatedSources",
    "hashes": "evm.methodIdentifiers",
    "interface": "",
    "metadata": "metadata",
    "opcodes": "evm.bytecode.opcodes",
    "srcmap": "evm.bytecode.sourceMap",
    "srcmap-runtime": "evm.deployedBytecode.sourceMap",
    "storage-layout": "storageLayout",
    "transient-storage-layout": "transientStorageLayout",
    "userdoc": "userdoc",
}
"""Words of --combined-json -> output of standard JSON; "" where it is not one contract's."""

PLAIN = {
    "abi": ("abi", "Contract JSON ABI"),
    "asm": ("evm.assembly", "EVM assembly"),
    "bin": ("evm.bytecode.object", "Binary"),
    "bin-runtime": ("evm.deployedBytecode.object", "Binary of the runtime part"),
    "devdoc": ("devdoc", "Developer Documentation"),
    "hashes": ("evm.methodIdentifiers", "Function signatures"),
    "ir": ("ir", "IR"),
    "ir-optimized": ("irOptimized", "Optimized IR"),
    "metadata": ("metadata", "Metadata"),
    "opcodes": ("evm.bytecode.opcodes", "Opcodes"),
    "storage-layout": ("storageLayout", "Contract Storage Layout"),
    "transient-storage-layout": ("transientStorageLayout", "Contract Transient Storage Layout"),
    "userdoc": ("userdoc", "User Documentation"),
}
"""Output options -> (output of standard JSON, heading)."""

_ALIASES = {"-o": "--output-dir", "-h": "--help", "--experimental-via-ir": "--via-ir"}
_WITH_VALUE = {
    "--allow-paths",
    "--base-path",
    "--combined-json",
    "--evm-version",
    "--include-path",
    "--json-indent",
    "--libraries",
    "--metadata-hash",
    "--optimize-runs",
    "--output-dir",
    "--revert-strings",
    "--yul-optimizations",
}
_FLAGS = {
    "--color",
    "--help",
    "--metadata-literal",
    "--no-cbor-metadata",
    "--no-color",
    "--no-import-callback",
    "--no-optimize-yul",
    "--optimize",
    "--optimize-yul",
    "--overwrite",
    "--pretty-json",
    "--standard-json",
    "--version",
    "--via-ir",
    "--error-recovery",
    "--experimental",
    *(f"--{name}" for name in PLAIN),
}
_NATIVE_ONLY = {
    "--assemble",
    "--yul",
    "--strict-assembly",
    "--link",
    "--import-ast",
    "--import-asm-json",
    "--license",
    "--lsp",
}


@dataclass(frozen=True)
class Options:
    """What was asked for. values: of options that take one; flags: the others; both with their dashes."""

    files: tuple[str, ...]
    remappings: tuple[str, ...]
    include_paths: tuple[Path, ...]
    values: dict[str, str] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()

    @property
    def base_path(self) -> Path:
        """Where source unit names start."""
        return Path(self.values.get("--base-path") or ".")

    @property
    def combined(self) -> tuple[str, ...]:
        """Words of --combined-json."""
        return tuple(word for word in self.values.get("--combined-json", "").split(",") if word)

    def settings(self) -> dict[str, Any]:
        """The settings of standard JSON that the options amount to, without the output selection."""
        optimizer: dict[str, Any] = {"enabled": "--optimize" in self.flags}
        if runs := self.values.get("--optimize-runs"):
            optimizer = {"enabled": True, "runs": int(runs)}
        if "--no-optimize-yul" in self.flags and optimizer["enabled"]:
            optimizer["details"] = {"yul": False}
        if steps := self.values.get("--yul-optimizations"):
            optimizer["details"] = {"yul": True, "yulDetails": {"optimizerSteps": steps}}
        metadata: dict[str, Any] = {}
        if form := self.values.get("--metadata-hash"):
            metadata["bytecodeHash"] = form
        if "--no-cbor-metadata" in self.flags:
            metadata["appendCBOR"] = False
        if "--metadata-literal" in self.flags:
            metadata["useLiteralContent"] = True
        settings: dict[str, Any] = {
            "optimizer": optimizer,
            "metadata": metadata,
            "remappings": list(self.remappings),
            "libraries": _libraries(self.values.get("--libraries", "")),
            "evmVersion": self.values.get("--evm-version"),
            "viaIR": True if "--via-ir" in self.flags else None,
            "debug": {"revertStrings": strings} if (strings := self.values.get("--revert-strings")) else None,
        }
        return {name: value for name, value in settings.items() if value}


def parse_options(words: Sequence[str]) -> Options:
    """Options of a command line. Raises: UsageError, in solc's own words where tools read them."""
    files: list[str] = []
    remappings: list[str] = []
    include_paths: list[Path] = []
    values: dict[str, str] = {}
    flags: set[str] = set()
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("-") or word == "-":
            (remappings if "=" in word else files).append(word)
            continue
        name, equals, value = word.partition("=")
        name = _ALIASES.get(name, name)
        if name in _FLAGS:
            flags.add(name)
        elif name in _NATIVE_ONLY or name.startswith("--model-checker"):
            raise UsageError(f"{name} is not among what ingot's launcher can do; it needs a native solc")
        elif name not in _WITH_VALUE:
            raise UsageError(f"unrecognised option '{name}'")
        else:
            if not equals:
                if not rest:
                    raise UsageError(f"the required argument for option '{name}' is missing")
                value = rest.pop(0)
            if name == "--include-path":
                include_paths.append(Path(value))
            values[name] = value
    return _checked(Options(tuple(files), tuple(remappings), tuple(include_paths), values, frozenset(flags)))


def _checked(options: Options) -> Options:
    for word in options.combined:
        if word not in COMBINED:
            raise UsageError(f"Invalid option to --combined-json: {word}")
    if not options.values.get("--optimize-runs", "0").isdecimal():
        raise UsageError(f"Invalid option to --optimize-runs: {options.values['--optimize-runs']}")
    _libraries(options.values.get("--libraries", ""))
    if options.include_paths and not options.values.get("--base-path"):
        raise UsageError("--include-path option requires a non-empty base path.")
    return options


def _libraries(text: str) -> dict[str, dict[str, str]]:
    """`file.sol:Name=0x12...` or `Name:0x12...`, separated by commas or spaces."""
    libraries: dict[str, dict[str, str]] = {}
    for word in text.replace(",", " ").split():
        name, _, address = word.rpartition("=" if "=" in word else ":")
        file, _, library = name.rpartition(":")
        if not library or not address.startswith("0x"):
            raise UsageError(f"Invalid option to --libraries: {word}; write it as file.sol:Name=0x12...")
        libraries.setdefault(file, {})[library] = address
    return libraries

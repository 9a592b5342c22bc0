"""solc's standard JSON input: the settings of a file, and the outputs that are asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from ingot.config.model import Config, Remapping, SoliditySettings

__all__ = ["AST_OUTPUT", "CONTRACT_OUTPUTS", "settings_for", "standard_input", "standard_settings"]

CONTRACT_OUTPUTS = (
    "abi",
    "devdoc",
    "userdoc",
    "metadata",
    "storageLayout",
    "evm.methodIdentifiers",
    "evm.bytecode.object",
    "evm.bytecode.sourceMap",
    "evm.bytecode.linkReferences",
    "evm.deployedBytecode.object",
    "evm.deployedBytecode.sourceMap",
    "evm.deployedBytecode.linkReferences",
    "evm.deployedBytecode.immutableReferences",
)
AST_OUTPUT = "ast"


def settings_for(config: Config, unit: str) -> SoliditySettings:
    """The project's settings with those of every pattern that matches `unit`, later ones on top."""
    settings = config.solidity
    for override in config.overrides:
        if any(fnmatchcase(unit, pattern) for pattern in override.patterns):
            settings = replace(settings, **override.settings)
    return settings


def standard_settings(
    settings: SoliditySettings,
    remappings: Iterable[Remapping],
    libraries: Mapping[str, Mapping[str, str]],
) -> dict[str, Any]:
    """`settings` of the standard JSON input; what is left to solc's default is left out.

    libraries: unit -> name -> address.
    Source: solc docs, "Compiler Input and Output JSON Description".
    """
    made: dict[str, Any] = {
        "optimizer": {"enabled": settings.optimize, "runs": settings.optimization_runs},
        "remappings": [str(remapping) for remapping in remappings],
    }
    if settings.evm_version:
        made["evmVersion"] = settings.evm_version
    if settings.via_ir:
        made["viaIR"] = True
    if settings.revert_strings:
        made["debug"] = {"revertStrings": settings.revert_strings}
    metadata = {
        "bytecodeHash": settings.bytecode_hash,
        "appendCBOR": settings.append_cbor,
        "useLiteralContent": settings.use_literal_content,
    }
    if any(value is not None for value in metadata.values()):
        made["metadata"] = {key: value for key, value in metadata.items() if value is not None}
    if libraries:
        made["libraries"] = libraries
    return made


def standard_input(
    sources: Mapping[str, str],
    settings: Mapping[str, Any],
    *,
    wanted: Collection[str],
) -> dict[str, Any]:
    """Input that compiles the contracts of the units in `wanted`; the other sources are only imported.

    sources: unit -> content, all that is imported included.
    """
    selection = {unit: {"*": list(CONTRACT_OUTPUTS)} for unit in sorted(wanted)}
    return {
        "language": "Solidity",
        "sources": {unit: {"content": sources[unit]} for unit in sorted(sources)},
        "settings": {**settings, "outputSelection": selection},
    }

"""The standard JSON input that a verifier compiles: no source more than the contract needs, and every byte as it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ingot.artifacts import Artifact
from ingot.artifacts.build_info import build_info_of
from ingot.compile.choice import Compilers
from ingot.config.model import Config
from ingot.errors import UsageError, VerifyError
from ingot.types import Address

__all__ = ["Document", "document_of"]

_OUTPUTS = ("abi", "metadata", "evm.bytecode", "evm.deployedBytecode", "evm.methodIdentifiers")
_PROVEN = ("evm.bytecode.object", "evm.deployedBytecode.object")


@dataclass(frozen=True)
class Document:
    """What is uploaded.

    standard_json: solc's input.      contract: `contracts/Token.sol:Token`.      compiler: `0.8.37+commit.f401782d`.
    is_minimal: it has only the sources that the contract's metadata lists; compiling them gave the same bytecode.
    """

    standard_json: Mapping[str, Any] = field(repr=False)
    contract: str
    compiler: str
    is_minimal: bool

    @property
    def text(self) -> str:
        """As JSON."""
        return json.dumps(self.standard_json, ensure_ascii=False)

    @property
    def source_count(self) -> int:
        """How many sources."""
        return len(self.standard_json["sources"])

    def with_libraries(self, libraries: Mapping[str, Address]) -> Document:
        """With addresses in the settings, for verifiers that cannot find them in the deployed code.

        That changes the metadata: code that was linked after compiling then matches in all but its metadata hash.
        """
        if not libraries:
            return self
        linked: dict[str, dict[str, str]] = {}
        for qualified, address in libraries.items():
            unit, _, name = qualified.rpartition(":")
            linked.setdefault(unit, {})[name] = str(address)
        settings = self.standard_json["settings"]
        merged = {**settings.get("libraries", {})}
        for unit, names in linked.items():
            merged[unit] = {**merged.get(unit, {}), **names}
        return replace(
            self, standard_json={**self.standard_json, "settings": {**settings, "libraries": merged}}
        )


def document_of(
    config: Config,
    artifact: Artifact,
    *,
    build_info: Mapping[str, Any] | None = None,
    progress: Callable[[str], None] | None = None,
    compilers: Compilers | None = None,
) -> Document:
    """The document of `artifact`, from its build-info.

    Sources are those that its metadata lists. That compiling these alone gives the same bytecode is proven by compiling
    them; where it does not (AST ids can decide the order of generated code), all sources of the build are taken.
    Raises: UsageError, if the build-info is gone; VerifyError, if the compiler at hand is another build of that version.
    """
    if not artifact.is_deployable:
        raise UsageError(
            f"{artifact.qualified_name} is an interface or an abstract contract: there is nothing to verify"
        )
    build = build_info_of(artifact) if build_info is None else build_info
    whole = Document(
        _selecting(build["input"], build["input"]["sources"]),
        artifact.qualified_name,
        build["solcLongVersion"],
        is_minimal=False,
    )
    needed = _needed(artifact, build)
    if needed is None or len(needed) == whole.source_count:
        return replace(whole, is_minimal=needed is not None)
    minimal = replace(whole, standard_json=_selecting(build["input"], needed), is_minimal=True)
    return minimal if _reproduces(config, artifact, minimal, build, progress, compilers) else whole


def _needed(artifact: Artifact, build: Mapping[str, Any]) -> dict[str, Any] | None:
    """The sources that the metadata lists; None where there is no metadata, or the build lacks one of them."""
    try:
        listed = json.loads(artifact.metadata)["sources"]
    except (ValueError, KeyError, TypeError):
        return None
    sources: Mapping[str, Any] = build["input"]["sources"]
    return (
        {unit: sources[unit] for unit in sources if unit in listed}
        if listed.keys() <= sources.keys()
        else None
    )


def _selecting(standard_json: Mapping[str, Any], sources: Mapping[str, Any]) -> dict[str, Any]:
    settings = {**standard_json["settings"], "outputSelection": {"*": {"*": list(_OUTPUTS)}}}
    return {"language": standard_json["language"], "sources": dict(sources), "settings": settings}


def _reproduces(
    config: Config,
    artifact: Artifact,
    document: Document,
    build: Mapping[str, Any],
    progress: Callable[[str], None] | None,
    compilers: Compilers | None,
) -> bool:
    from ingot.compile.rebuild import default_compilers

    found = compilers or default_compilers(config, progress)
    compiler = found.resolve(build["solcVersion"])
    if compiler.long_version != document.compiler:
        raise VerifyError(
            f"{artifact.qualified_name} was compiled with solc {document.compiler}, here is {compiler.long_version}: "
            "run `ingot compile --force`, or `ingot solc install` the one it was compiled with"
        )
    selection = {artifact.source: {artifact.name: list(_PROVEN)}}
    settings = {**document.standard_json["settings"], "outputSelection": selection}
    output = compiler.compile({**document.standard_json, "settings": settings})
    evm = output.get("contracts", {}).get(artifact.source, {}).get(artifact.name, {}).get("evm", {})
    return bool(
        evm.get("bytecode", {}).get("object") == artifact.initcode_object.text
        and evm.get("deployedBytecode", {}).get("object") == artifact.runtime_object.text
    )

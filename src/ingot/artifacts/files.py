"""Artifact files on disk: our own, forge's and Hardhat's.

Ours is Hardhat's format with more keys, so that tools that read Hardhat's read it too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from ingot.artifacts.artifact import Artifact, ArtifactEntry, Bytecode, LinkReference
from ingot.errors import UsageError

__all__ = [
    "FORMAT",
    "artifact_file",
    "artifact_json",
    "artifact_of",
    "find_artifacts",
    "parse_artifact",
    "read_artifact",
    "written_anew",
]

FORMAT = "ingot-artifact-1"


def artifact_json(
    source: str, name: str, output: Mapping[str, Any], *, build_id: str, compiler: str
) -> dict[str, Any]:
    """What the file of one artifact holds. output: solc's, for this contract."""
    evm = output.get("evm", {})
    creation, runtime = evm.get("bytecode", {}), evm.get("deployedBytecode", {})
    return {
        "_format": FORMAT,
        "contractName": name,
        "sourceName": source,
        "abi": output.get("abi", []),
        "bytecode": "0x" + creation.get("object", ""),
        "deployedBytecode": "0x" + runtime.get("object", ""),
        "linkReferences": creation.get("linkReferences", {}),
        "deployedLinkReferences": runtime.get("linkReferences", {}),
        "immutableReferences": runtime.get("immutableReferences", {}),
        "sourceMap": creation.get("sourceMap", ""),
        "deployedSourceMap": runtime.get("sourceMap", ""),
        "methodIdentifiers": evm.get("methodIdentifiers", {}),
        "storageLayout": output.get("storageLayout"),
        "userdoc": output.get("userdoc", {}),
        "devdoc": output.get("devdoc", {}),
        "metadata": output.get("metadata", ""),
        "compiler": compiler,
        "buildInfoId": build_id,
    }


def written_anew(artifact: Artifact) -> dict[str, Any]:
    """What a file of ours holds of an artifact that was read, from whatever tool's."""
    creation, runtime = artifact.initcode_object, artifact.runtime_object
    return {
        "_format": FORMAT,
        "contractName": artifact.name,
        "sourceName": artifact.source,
        "abi": artifact.abi,
        "bytecode": "0x" + creation.text,
        "deployedBytecode": "0x" + runtime.text,
        "linkReferences": _places_of_links(creation),
        "deployedLinkReferences": _places_of_links(runtime),
        "immutableReferences": {
            ast_id: [{"start": start, "length": length} for start, length in places]
            for ast_id, places in runtime.immutable_references.items()
        },
        "sourceMap": creation.source_map,
        "deployedSourceMap": runtime.source_map,
        "methodIdentifiers": artifact.method_ids,
        "storageLayout": artifact.storage_layout,
        "userdoc": artifact.userdoc,
        "devdoc": artifact.devdoc,
        "metadata": artifact.metadata,
        "compiler": artifact.compiler,
        "buildInfoId": artifact.build_id,
    }


def _places_of_links(bytecode: Bytecode) -> dict[str, dict[str, list[dict[str, int]]]]:
    found: dict[str, dict[str, list[dict[str, int]]]] = {}
    for reference in bytecode.link_references:
        places = found.setdefault(reference.source, {}).setdefault(reference.name, [])
        places.append({"start": reference.offset, "length": 20})
    return found


def artifact_file(source: str, name: str) -> PurePosixPath:
    """Where in a folder of artifacts the file of a contract is: `contracts/Token.sol/Token.json`."""
    parts = [part if part not in ("", ".", "..") else "_" for part in source.split("/")]
    return PurePosixPath(*parts, f"{name}.json")


def read_artifact(entry: ArtifactEntry) -> Artifact:
    """Read and parse the file of `entry`. Raises: UsageError, if it is gone or malformed."""
    try:
        raw = json.loads(entry.path.read_bytes())
    except OSError as error:
        raise UsageError(
            f"cannot read the artifact of {entry.qualified_name}, {entry.path}: {error.strerror}. Compile again."
        ) from error
    except ValueError as error:
        raise UsageError(f"{entry.path} is not valid JSON ({error}): compile again") from error
    if not isinstance(raw, dict) or "abi" not in raw:
        raise UsageError(f"{entry.path} is not an artifact: it has no ABI")
    return parse_artifact(raw, entry)


def parse_artifact(raw: Mapping[str, Any], entry: ArtifactEntry) -> Artifact:
    """An artifact of ours, of Hardhat or of forge."""
    if str(raw.get("_format", "")).startswith("hh"):
        from ingot.artifacts.hardhat import completed

        return _parse_flat(completed(raw, entry.path), entry)
    if isinstance(raw.get("bytecode", ""), str):
        return _parse_flat(raw, entry)
    return _parse_forge(raw, entry)


def artifact_of(source: str, name: str, output: Mapping[str, Any]) -> Artifact:
    """An artifact that is in no file. output: solc's, for this contract."""
    raw = artifact_json(source, name, output, build_id="", compiler="")
    return replace(_parse_flat(raw, ArtifactEntry(name, source, Path())), path=None)


def _parse_flat(raw: Mapping[str, Any], entry: ArtifactEntry) -> Artifact:
    return Artifact(
        name=raw.get("contractName", entry.name),
        source=raw.get("sourceName", entry.source),
        abi=raw["abi"],
        initcode_object=Bytecode(
            _hex(raw.get("bytecode")), _links(raw.get("linkReferences")), raw.get("sourceMap") or ""
        ),
        runtime_object=Bytecode(
            _hex(raw.get("deployedBytecode")),
            _links(raw.get("deployedLinkReferences")),
            raw.get("deployedSourceMap") or "",
            _immutables(raw.get("immutableReferences")),
        ),
        path=entry.path,
        build_id=raw.get("buildInfoId") or "",
        compiler=raw.get("compiler") or "",
        method_ids=raw.get("methodIdentifiers") or {},
        storage_layout=raw.get("storageLayout"),
        userdoc=raw.get("userdoc") or {},
        devdoc=raw.get("devdoc") or {},
        metadata=raw.get("metadata") or "",
    )


def _parse_forge(raw: Mapping[str, Any], entry: ArtifactEntry) -> Artifact:
    creation, runtime = raw.get("bytecode") or {}, raw.get("deployedBytecode") or {}
    metadata = raw.get("metadata") or {}
    output = metadata.get("output", {}) if isinstance(metadata, dict) else {}
    compiler = metadata.get("compiler", {}).get("version", "") if isinstance(metadata, dict) else ""
    return Artifact(
        name=entry.name,
        source=entry.source,
        abi=raw["abi"],
        initcode_object=Bytecode(
            _hex(creation.get("object")),
            _links(creation.get("linkReferences")),
            creation.get("sourceMap") or "",
        ),
        runtime_object=Bytecode(
            _hex(runtime.get("object")),
            _links(runtime.get("linkReferences")),
            runtime.get("sourceMap") or "",
            _immutables(runtime.get("immutableReferences")),
        ),
        path=entry.path,
        build_id=str(raw.get("buildId") or ""),
        compiler=compiler,
        method_ids=raw.get("methodIdentifiers") or {},
        storage_layout=raw.get("storageLayout"),
        userdoc=output.get("userdoc") or {},
        devdoc=output.get("devdoc") or {},
        metadata=raw.get("rawMetadata") or "",
    )


def _hex(text: object) -> str:
    return str(text or "").removeprefix("0x")


def _links(raw: Mapping[str, Mapping[str, Any]] | None) -> tuple[LinkReference, ...]:
    found = [
        LinkReference(source, name, place["start"])
        for source, libraries in (raw or {}).items()
        for name, places in libraries.items()
        for place in places
    ]
    return tuple(sorted(found, key=lambda reference: reference.offset))


def _immutables(raw: Mapping[str, Any] | None) -> dict[str, tuple[tuple[int, int], ...]]:
    return {
        ast_id: tuple((place["start"], place["length"]) for place in places)
        for ast_id, places in (raw or {}).items()
    }


# Finding them ----------------------------------------------------------------------------------


def find_artifacts(folder: Path) -> Iterator[ArtifactEntry]:
    """Every artifact in a folder that ingot, forge or Hardhat wrote.

    Names come from the paths, `<source>/<Name>.json`; only forge's files must be opened for their source's full name.
    Raises: UsageError, if `folder` is none, or holds no artifacts.
    """
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}: compile first, or name the folder with the artifacts")
    if (folder / "artifacts").is_dir() and not list(folder.glob("*.sol")):
        folder = folder / "artifacts"
    found = False
    for path in sorted(folder.rglob("*.json")):
        source = path.parent.relative_to(folder).as_posix()
        if path.name.endswith(".dbg.json") or not source.endswith((".sol", ".vy")):
            continue
        found = True
        yield _entry(path, source)
    if not found:
        raise UsageError(f"{folder} holds no artifacts: expected files such as Token.sol/Token.json")


def _entry(path: Path, source: str) -> ArtifactEntry:
    name = path.name.removesuffix(".json")
    if "/" not in source:
        # forge's folder tells only the file's name; `Token.0.8.24.json` is one of several compiler versions.
        target = _forge_target(path)
        if target is not None:
            source, name = target
    return ArtifactEntry(name, source, path)


def _forge_target(path: Path) -> tuple[str, str] | None:
    try:
        raw = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(raw, dict) or not isinstance(raw.get("bytecode"), dict):
        return None
    metadata = raw.get("metadata")
    targets = metadata.get("settings", {}).get("compilationTarget", {}) if isinstance(metadata, dict) else {}
    for source, name in targets.items():
        return source, name
    ast = raw.get("ast") or {}
    if ast.get("absolutePath"):
        return ast["absolutePath"], path.name.removesuffix(".json")
    return None

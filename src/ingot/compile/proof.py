"""Proof that artifacts are what their sources, as they are on disk now, compile to.

A build is step by step and remembers; what is about to cost money is compiled again, from nothing. What was proved once
is remembered by the hash of all that went in and came out, so that it costs nothing the next time.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from typing import Any

from ingot.artifacts import Artifact
from ingot.compile.choice import Compilers
from ingot.compile.state import State
from ingot.compile.storage import Storage
from ingot.config.model import Config
from ingot.errors import UsageError

__all__ = ["prove"]

_KEPT = 200
_CODES = ("evm.bytecode.object", "evm.deployedBytecode.object")


def prove(
    config: Config,
    artifacts: Iterable[Artifact],
    *,
    progress: Callable[[str], None] | None = None,
    compilers: Compilers | None = None,
) -> int:
    """Compile the sources of these artifacts from nothing, and compare the code. Returns: how many were compared now.

    Raises: UsageError, if one is not what its sources compile to, or cannot be proved.
    """
    storage = Storage(config.build_folder)
    path = storage.folder / "proven.json"
    proven: list[str] = storage.read_json(path) or []
    state = State.from_json(storage.read_json(storage.state_path))
    groups: defaultdict[str, list[Artifact]] = defaultdict(list)
    for artifact in artifacts:
        groups[artifact.build_id].append(artifact)
    compared = 0
    for build_id, members in groups.items():
        build_info = storage.read_json(storage.build_info_path(build_id)) if build_id else None
        if not isinstance(build_info, dict):
            raise UsageError(
                f"{members[0].qualified_name} cannot be proved: its build-info is gone. Run `ingot compile --force`"
            )
        _compare_sources(build_info["input"], state)
        key = _key(build_info, members)
        if key not in proven:
            _compile(config, build_info, members, progress, compilers)
            proven = [*proven, key][-_KEPT:]
            compared += len(members)
    if compared:
        storage.write_json(path, proven)
    return compared


def _compare_sources(standard_json: Mapping[str, Any], state: State) -> None:
    """What was compiled is what is on disk. Raises: UsageError."""
    for unit, source in standard_json["sources"].items():
        known = state.units.get(unit)
        try:
            content = None if known is None else known.path.read_bytes().decode()
        except (OSError, UnicodeDecodeError):
            content = None
        if content != source["content"]:
            raise UsageError(
                f"{unit} is not as it was when it was compiled: run `ingot compile`, then this again. Nothing was sent"
            )


def _key(build_info: Mapping[str, Any], artifacts: Iterable[Artifact]) -> str:
    codes = sorted(
        (each.qualified_name, each.initcode_object.text, each.runtime_object.text) for each in artifacts
    )
    whole = json.dumps([build_info["solcLongVersion"], build_info["input"], codes], sort_keys=True)
    return sha256(whole.encode()).hexdigest()


def _compile(
    config: Config,
    build_info: Mapping[str, Any],
    artifacts: Iterable[Artifact],
    progress: Callable[[str], None] | None,
    compilers: Compilers | None,
) -> None:
    """Raises: UsageError, for an artifact that is not what comes out."""
    from ingot.compile.rebuild import default_compilers

    wanted: defaultdict[str, dict[str, list[str]]] = defaultdict(dict)
    members = list(artifacts)
    for artifact in members:
        wanted[artifact.source][artifact.name] = list(_CODES)
    standard_json = dict(build_info["input"])
    standard_json["settings"] = {**standard_json["settings"], "outputSelection": wanted}
    found = compilers or default_compilers(config, progress)
    output = found.resolve(build_info["solcVersion"]).compile(standard_json)
    for artifact in members:
        made = output.get("contracts", {}).get(artifact.source, {}).get(artifact.name, {}).get("evm", {})
        codes = [
            made.get(kind, {}).get("object", "").removeprefix("0x")
            for kind in ("bytecode", "deployedBytecode")
        ]
        if codes != [artifact.initcode_object.text, artifact.runtime_object.text]:
            raise UsageError(
                f"the artifact of {artifact.qualified_name} is not what its sources compile to with solc "
                f"{build_info['solcLongVersion']}: run `ingot compile --force`. Nothing was sent"
            )

"""What was deployed, as it was compiled: kept beside the journal, because `.ingot` only has what the sources are now.

build-info/<id>.json                          input of the compiler; the id is a hash of it and of the compiler's version
artifacts/<id>/contracts/Token.sol/Token.json what came of it, for a contract that was deployed
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from ingot.errors import DeployError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ingot.artifacts import Artifact

__all__ = ["Builds"]


class Builds:
    """folder: of the deployment. Whoever writes holds the journal's lock."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, artifact: Artifact) -> None:
        """Write what `artifact` was compiled from, and itself; on the disk when this returns. What is there stays.

        An artifact of a tool that keeps no compiler input is left out. Raises: DeployError, if it cannot be written.
        """
        from ingot.artifacts.build_info import build_info_of
        from ingot.artifacts.files import written_anew

        path = self._path(artifact.build_id, artifact.source, artifact.name)
        if not artifact.build_id or path.is_file():
            return
        shared = self._folder / "build-info" / f"{artifact.build_id}.json"
        if not shared.is_file():
            try:
                build_info = build_info_of(artifact)
            except UsageError:
                return
            _write(shared, _input_of(build_info))
        _write(path, written_anew(artifact))

    def artifact(self, build_id: str, contract: str) -> Artifact | None:
        """The artifact of a contract, by qualified name, of a build; None if it was not kept. Raises: UsageError."""
        from ingot.artifacts import ArtifactEntry
        from ingot.artifacts.files import read_artifact

        source, _, name = contract.rpartition(":")
        path = self._path(build_id, source, name)
        return read_artifact(ArtifactEntry(name, source, path)) if build_id and path.is_file() else None

    def _path(self, build_id: str, source: str, name: str) -> Path:
        from ingot.artifacts.files import artifact_file

        return self._folder / "artifacts" / build_id / artifact_file(source, name)


def _input_of(build_info: Mapping[str, Any]) -> dict[str, Any]:
    """In Hardhat's format, without what the compiler made of all the other contracts; source maps need the sources' ids."""
    sources: Mapping[str, Any] = (build_info.get("output") or {}).get("sources") or {}
    ids = {unit: {"id": source["id"]} for unit, source in sources.items() if "id" in source}
    return {
        **{name: value for name, value in build_info.items() if name != "output"},
        "output": {"sources": ids},
    }


def _write(path: Path, content: Mapping[str, Any]) -> None:
    """All of it or nothing, a crash of the machine included. Raises: DeployError."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    beside = path.with_name(f".{path.name[:200]}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(
            beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_CLOEXEC", 0), 0o644
        )
        try:
            data = memoryview(text.encode("utf-8", "surrogateescape") + b"\n")
            while data:
                data = data[os.write(descriptor, data) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(beside, path)  # noqa: PTH105  (as the journal: calls that a test can stop at)
    except OSError as error:
        raise DeployError(
            f"cannot write {path}: {error.strerror}. Nothing is sent before what is deployed is kept; run again when it can be "
            "written"
        ) from error

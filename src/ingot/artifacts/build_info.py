"""The compiler's input and output that an artifact comes from: a file in the folder `build-info` above the artifact's own.

So it is in `.ingot`, in Hardhat's `artifacts`, and beside the journal of a deployment.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingot.errors import UsageError

if TYPE_CHECKING:
    from ingot.artifacts.artifact import Artifact

__all__ = ["build_info_of", "build_info_path"]


def build_info_path(path: Path, build_id: str) -> Path | None:
    """Where the build-info `build_id` of the artifact at `path` is to be; None where there is no such folder."""
    folder = next((parent for parent in path.parents if (parent / "build-info").is_dir()), None)
    return folder / "build-info" / f"{build_id}.json" if folder is not None else None


def build_info_of(artifact: Artifact) -> Mapping[str, Any]:
    """What `artifact` was compiled from. Raises: UsageError, if that is gone, or of a tool that keeps no input."""
    path = build_info_path(artifact.path, artifact.build_id) if artifact.path and artifact.build_id else None
    try:
        found = json.loads(path.read_bytes()) if path is not None else None
    except (OSError, ValueError):
        found = None
    if not isinstance(found, dict) or "input" not in found:
        raise UsageError(f"there is no build-info of {artifact.qualified_name}: run `ingot compile --force`")
    return found

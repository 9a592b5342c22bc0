"""What Hardhat keeps out of its artifacts: source maps, immutables and the compiler's version are in its build-info.

Source: hardhat.org, "Compilation artifacts"; `.dbg.json` names the build-info for Hardhat 2, `buildInfoId` for Hardhat 3.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from ingot.artifacts.build_info import build_info_path

__all__ = ["completed"]


def completed(raw: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """The artifact with the keys that our own format has; as it is where the build-info is gone."""
    build_info = _build_info_path(raw, path)
    if build_info is None or not build_info.is_file():
        return dict(raw)
    info = _read(build_info, build_info.stat().st_mtime_ns)
    sources: Mapping[str, Any] = info.get("contracts", {})
    source = raw.get("inputSourceName") or raw.get("sourceName", "")
    output = sources.get(source, {}).get(raw.get("contractName", ""), {})
    evm = output.get("evm", {})
    creation, runtime = evm.get("bytecode", {}), evm.get("deployedBytecode", {})
    return {
        "immutableReferences": runtime.get("immutableReferences"),
        "sourceMap": creation.get("sourceMap"),
        "deployedSourceMap": runtime.get("sourceMap"),
        "methodIdentifiers": evm.get("methodIdentifiers"),
        "storageLayout": output.get("storageLayout"),
        "userdoc": output.get("userdoc"),
        "devdoc": output.get("devdoc"),
        "metadata": output.get("metadata"),
        "compiler": info.get("compiler"),
        "buildInfoId": info.get("id"),
        **raw,
    }


def _build_info_path(raw: Mapping[str, Any], path: Path) -> Path | None:
    if raw.get("buildInfoId"):
        return build_info_path(path, raw["buildInfoId"])
    try:
        named: str = json.loads(path.with_name(f"{path.stem}.dbg.json").read_bytes())["buildInfo"]
        return (path.parent / named).resolve()
    except (OSError, ValueError, KeyError, TypeError):
        return None


@lru_cache(maxsize=4)
def _read(path: Path, _mtime_ns: int) -> dict[str, Any]:
    """Contracts, compiler and id of a build-info. Hardhat 3 keeps the output in a file of its own."""
    try:
        info = json.loads(path.read_bytes())
        if "output" not in info:
            info["output"] = json.loads(path.with_name(f"{path.stem}.output.json").read_bytes())["output"]
        contracts = info["output"]["contracts"]
        return {"contracts": contracts, "compiler": info.get("solcLongVersion"), "id": info.get("id")}
    except (OSError, ValueError, KeyError, TypeError):
        return {}

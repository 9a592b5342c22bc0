"""What front ends read: `addresses.json` and `abis/<Name>.json` beside the journal."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from ingot.errors import DeployError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ingot.deploy.state import State

__all__ = ["write_outputs"]


def write_outputs(folder: Path, state: State, abis: Mapping[str, Any]) -> None:
    """Write them, where they are not so already. abis: name of the contract -> ABI. Raises: DeployError."""
    addresses = {
        step.step: step.address
        for step in state.steps.values()
        if step.address is not None and step.phase in ("mined", "confirmed", "adopted")
    }
    try:
        _write(folder / "addresses.json", addresses)
        for name, abi in abis.items():
            (folder / "abis").mkdir(exist_ok=True)
            _write(folder / "abis" / f"{name}.json", abi)
    except OSError as error:
        raise DeployError(
            f"the deployment is done, but {error.filename} cannot be written: {error.strerror}"
        ) from error


def _write(path: Path, content: Any) -> None:
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)

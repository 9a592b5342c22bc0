"""What front ends read: `addresses.json` and `abis/<Name>.json` beside the journal.

Of several contracts of one name the first has `abis/Token.json`, any other `abis/contracts/other/Token.sol/Token.json`.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from ingot.artifacts.files import artifact_file
from ingot.deploy.entries import Adopted, Intended
from ingot.errors import DeployError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ingot.deploy.journal import Journal

__all__ = ["write_outputs"]


def write_outputs(journal: Journal, abis: Mapping[str, Any]) -> None:
    """Write them, where they are not so already. abis: qualified name -> ABI. Raises: DeployError."""
    addresses = {
        step.step: step.address
        for step in journal.state.steps.values()
        if step.address is not None and step.phase in ("mined", "confirmed", "adopted")
    }
    first = _first_of_names(journal)
    try:
        _write(journal.folder / "addresses.json", addresses)
        for contract, abi in abis.items():
            source, _, name = contract.rpartition(":")
            is_first = first.get(name, contract) == contract
            file = f"{name}.json" if is_first else artifact_file(source, name)
            _write(journal.folder / "abis" / file, abi)
    except OSError as error:
        raise DeployError(
            f"the deployment is done, but {error.filename} cannot be written: {error.strerror}"
        ) from error


def _first_of_names(journal: Journal) -> dict[str, str]:
    """Name -> qualified name of the contract that had it first, of those that are in force."""
    in_force = {step.contract for step in journal.state.steps.values()}
    first: dict[str, str] = {}
    for entry in journal.entries:
        if isinstance(entry, (Intended, Adopted)) and entry.contract in in_force:
            first.setdefault(entry.contract.rpartition(":")[2], entry.contract)
    return first


def _write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)

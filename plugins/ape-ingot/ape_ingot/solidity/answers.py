"""What solc has answered, kept for as long as nobody asks for something else."""

from __future__ import annotations

import json
import os
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from ape_ingot.compilers import resolver_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ape.managers.project import LocalProject

    from ingot.compile.solc import Resolver, Solc

__all__ = ["Answers"]

_OUTPUTS = [
    *("abi", "devdoc", "userdoc"),
    *(
        f"evm.{code}.{part}"
        for code in ("bytecode", "deployedBytecode")
        for part in ("object", "sourceMap", "linkReferences")
    ),
    "evm.deployedBytecode.immutableReferences",
]
"""All that anybody of us asks for, so that the same answer serves all."""


class Answers:
    """Of the compilers that ingot finds, for a project: in `ingot/` beside ape's own build."""

    def __init__(self, project: LocalProject) -> None:
        self._project = project
        self._folder = project.manifest_path.parent / "ingot"
        self._used: set[Path] = set()

    @cached_property
    def _resolver(self) -> Resolver:
        return resolver_of(self._project)

    def solc(self, version: str) -> Solc:
        """The compiler. Raises: SolcNotFound."""
        return self._resolver.resolve(version)

    def to(self, version: str, standard_json: Mapping[str, Any]) -> dict[str, Any]:
        """Solc's output for an input, whatever outputs that selects: AST, ABI, both codes with source maps, NatSpec.

        Raises: SolcNotFound, SolcCrashed. Errors in the sources are in the output, as solc has them.
        """
        text = _text(standard_json)
        path = self._path(version, text)
        self._used.add(path)
        output = _read(path)
        if output is None:
            output = self.solc(version).compile(text)
            _write(path, output)
        return output

    def keep(self, version: str, standard_json: Mapping[str, Any]) -> None:
        """Do not forget the answer to this, if there is one."""
        self._used.add(self._path(version, _text(standard_json)))

    def _path(self, version: str, text: bytes) -> Path:
        return self._folder / f"{sha256(version.encode() + text).hexdigest()[:32]}.json"

    def forget_others(self) -> None:
        """Remove what was not asked for since this was made."""
        for path in set(self._folder.glob("*.json")) - self._used:
            path.unlink(missing_ok=True)


def _text(standard_json: Mapping[str, Any]) -> bytes:
    settings = {**standard_json["settings"], "outputSelection": {"*": {"": ["ast"], "*": _OUTPUTS}}}
    return json.dumps({**standard_json, "settings": settings}, sort_keys=True).encode()


def _read(path: Path) -> dict[str, Any] | None:
    try:
        read: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return read


def _write(path: Path, output: Mapping[str, Any]) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}")
    unfinished.write_bytes(json.dumps(output).encode())
    unfinished.replace(path)

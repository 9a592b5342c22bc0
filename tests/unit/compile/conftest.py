"""A project to write to, and a compiler that is quick, deterministic and remembers what it was asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from ingot.compile import Build, compile_project
from ingot.config import load_config

HEADER = "// SPDX-License-Identifier: MIT\npragma solidity ^0.8.20;\n"


@dataclass
class FakeSolc:
    """Compiles `contract Name` to code made of a hash of all sources; `ERROR` in a source is an error, `WARN` a warning."""

    long_version: str
    calls: list[dict[str, Any]]
    before: Callable[[], None] = lambda: None

    def compile(self, standard_json: dict[str, Any]) -> dict[str, Any]:
        self.calls.append(standard_json)
        self.before()
        sources = {unit: source["content"] for unit, source in standard_json["sources"].items()}
        errors = list(_complaints(sources))
        if any(error["severity"] == "error" for error in errors):
            return {"errors": errors}
        code = sha256(repr(sorted(sources.items())).encode()).hexdigest()
        wanted = standard_json["settings"]["outputSelection"]
        contracts = {
            unit: {
                name: _contract(code, name)
                for name in re.findall(r"^(?:contract|library) (\w+)", sources[unit], re.MULTILINE)
            }
            for unit in wanted
            if unit in sources
        }
        return {"errors": errors, "contracts": contracts, "sources": {unit: {"id": 0} for unit in sources}}


def _complaints(sources: dict[str, str]) -> Iterator[dict[str, Any]]:
    for unit, text in sources.items():
        for word, severity in (("ERROR", "error"), ("WARN", "warning")):
            for match in re.finditer(word, text):
                start = len(text[: match.start()].encode())
                yield {
                    "severity": severity,
                    "errorCode": "1234",
                    "type": "TypeError",
                    "message": f"{word} was met.",
                    "sourceLocation": {"file": unit, "start": start, "end": start + len(word)},
                }


def _contract(code: str, name: str) -> dict[str, Any]:
    bytecode = {"object": code, "sourceMap": "", "linkReferences": {}}
    return {
        "abi": [{"type": "function", "name": name, "inputs": [], "outputs": [], "stateMutability": "view"}],
        "evm": {"bytecode": bytecode, "deployedBytecode": bytecode, "methodIdentifiers": {}},
    }


@dataclass
class FakeCompilers:
    """installed and obtainable: versions, as texts.      calls: every standard JSON input, in order."""

    installed: Sequence[str] = ("0.8.24", "0.8.20")
    obtainable: Sequence[str] = ("0.8.30", "0.8.24", "0.8.20", "0.7.6", "0.6.12")
    calls: list[dict[str, Any]] = field(default_factory=list)
    resolved: list[str] = field(default_factory=list)
    before: Callable[[], None] = lambda: None
    commit: str = "abcdef12"

    def installed_versions(self) -> Sequence[str]:
        return self.installed

    def obtainable_versions(self) -> Sequence[str]:
        return self.obtainable

    def resolve(self, version: str) -> FakeSolc:
        self.resolved.append(version)
        return FakeSolc(f"{version}+commit.{self.commit}", self.calls, lambda: self.before())

    @property
    def compiled(self) -> list[list[str]]:
        """Units whose outputs were wanted, for each call."""
        return [sorted(call["settings"]["outputSelection"]) for call in self.calls]


@dataclass
class Workspace:
    """A project in a temporary folder."""

    root: Path
    compilers: FakeCompilers = field(default_factory=FakeCompilers)
    said: list[str] = field(default_factory=list)

    def write(self, path: str, text: str = "", *, header: str = HEADER) -> Path:
        """A file; sources get a licence and a pragma on top."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(header + text if path.endswith(".sol") else text, encoding="utf-8")
        return target

    def contract(self, name: str, *imports: str, body: str = "") -> Path:
        """contracts/<name>.sol with `contract <name>`."""
        lines = "".join(f'import "{path}";\n' for path in imports)
        return self.write(f"contracts/{name}.sol", f"{lines}contract {name} {{ {body} }}\n")

    def compile(self, *patterns: str, force: bool = False, real: bool = False) -> Build:
        """With the quick compiler, or the real one."""
        return compile_project(
            load_config(self.root),
            force=force,
            patterns=patterns,
            progress=self.said.append,
            compilers=None if real else self.compilers,
        )

    def files(self, kind: str = "artifacts") -> list[str]:
        """What `.ingot/<kind>` holds."""
        base = self.root / ".ingot" / kind
        return sorted(path.relative_to(base).as_posix() for path in base.rglob("*") if path.is_file())


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """An empty project called `sample`."""
    root = tmp_path / "sample"
    root.mkdir()
    (root / ".git").mkdir()
    (root / "ape-config.yaml").write_text("name: sample\n")
    return Workspace(root)

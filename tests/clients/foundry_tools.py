"""cast and forge, as processes."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from anvil import REPOSITORY
from nodes import Node

__all__ = ["Foundry", "program"]

TIMEOUT_S = 120.0


def program(name: str) -> Path:
    """The native program; npm's wrapper around it costs 130 ms. Skips the test where it is not installed."""
    found = REPOSITORY / "node_modules" / "@foundry-rs" / f"{name}-linux-amd64" / "bin" / name
    if not found.is_file():
        if os.environ.get("INGOT_REQUIRE_FIXTURES"):
            pytest.fail(f"{found} is missing: npm install brings it")
        pytest.skip(f"{found} is missing: npm install brings it")
    return found


@dataclass(frozen=True)
class Foundry:
    """A program of Foundry that talks to a node. home: its own, so that nothing of the user's counts."""

    binary: Path
    node: Node
    home: Path
    folder: Path
    given: Mapping[str, str]

    def done(self, *words: object, **env: str) -> subprocess.CompletedProcess[str]:
        """Run it, whatever comes of it."""
        cache = os.environ.get("INGOT_CACHE_DIR") or str(Path.home() / ".cache" / "ingot")
        ours = {
            "HOME": str(self.home),
            "NO_COLOR": "1",
            "ETH_RPC_URL": self.node.url,
            "INGOT_CACHE_DIR": cache,
        }
        done = subprocess.run(
            [str(self.binary), *map(str, words)],
            cwd=self.folder,
            env={**os.environ, **ours, **self.given, **env},
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        print(
            f"$ {self.binary.name} {' '.join(map(str, words))[:300]}\n{done.stdout[:2000]}{done.stderr[:2000]}"
        )
        return done

    def __call__(self, *words: object, **env: str) -> str:
        """What it prints. Raises: AssertionError, with its words, if it fails."""
        done = self.done(*words, **env)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def read(self, *words: object, **env: str) -> Any:
        """What it prints as JSON: several values, if it prints several."""
        found = list(_values(self(*words, **env)))
        return found[0] if len(found) == 1 else found

    def refused(self, *words: object) -> str:
        """What it says as it fails. Raises: AssertionError, if it does not."""
        done = self.done(*words)
        assert done.returncode != 0, done.stdout
        return done.stderr.strip()


def _values(text: str) -> Iterator[Any]:
    decoder, place = json.JSONDecoder(), 0
    while place < len(text):
        value, place = decoder.raw_decode(text, place)
        yield value
        while place < len(text) and text[place].isspace():
            place += 1

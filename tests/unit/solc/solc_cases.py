"""What the tests of compilers share: versions that are compiled ahead of time, and inputs."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[3]
NODE_MODULES = ROOT / "node_modules"
NEWEST = "0.8.37"
OTHER = "0.8.24"


def standard_json(
    source: str, *, name: str = "A.sol", output: tuple[str, ...] = ("abi", "evm.bytecode.object")
) -> dict[str, object]:
    """Standard JSON for one source."""
    return {
        "language": "Solidity",
        "sources": {name: {"content": source}},
        "settings": {"outputSelection": {"*": {"*": list(output)}}},
    }

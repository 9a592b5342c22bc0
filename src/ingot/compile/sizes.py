"""How large the contracts are, beside the limits of the chain."""

from __future__ import annotations

from ingot.artifacts import Artifacts

__all__ = ["MAX_INITCODE", "MAX_RUNTIME_CODE", "size_table"]

MAX_RUNTIME_CODE = 24_576
"""Bytes of a contract's code. Source: EIP-170."""

MAX_INITCODE = 2 * MAX_RUNTIME_CODE
"""Bytes of creation code, constructor arguments included. Source: EIP-3860."""


def size_table(artifacts: Artifacts) -> str:
    """A row for each of the project's contracts that has code, the largest first."""
    rows = []
    for entry in artifacts.own:
        artifact = artifacts[entry.qualified_name]
        if artifact.is_deployable:
            name = (
                entry.name
                if len([own for own in artifacts.own if own.name == entry.name]) == 1
                else entry.qualified_name
            )
            rows.append((artifact.runtime_object.size, artifact.initcode_object.size, name))
    if not rows:
        return "no contract has code"
    rows.sort(key=lambda row: (-row[0], row[2]))
    width = max(8, *(len(name) for _, _, name in rows))
    lines = [f"{'contract':<{width}}  {'runtime':>8}  {'margin':>8}  {'initcode':>8}  {'margin':>8}"]
    for runtime, creation, name in rows:
        left, creation_left = MAX_RUNTIME_CODE - runtime, MAX_INITCODE - creation
        mark = "  above the limit" if min(left, creation_left) < 0 else ""
        lines.append(f"{name:<{width}}  {runtime:>8,}  {left:>8,}  {creation:>8,}  {creation_left:>8,}{mark}")
    return "\n".join(lines)

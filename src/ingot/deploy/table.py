"""What a deployment did, as a table for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingot.conversion import format_amount

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingot.deploy.script import Step

__all__ = ["render"]

_HEADER = ("contract", "address", "gas", "cost")


def render(steps: Sequence[Step], network: str) -> str:
    """One row for each step, calls included, and a total."""
    if not steps:
        return f"nothing was deployed on {network}"
    rows = [(step.id, step.address or "", f"{step.gas_used:,}", _ether(step.cost)) for step in steps]
    total = (
        "total",
        "",
        f"{sum(step.gas_used for step in steps):,}",
        _ether(sum(step.cost for step in steps)),
    )
    cells = [_HEADER, *rows, total]
    widths = [max(len(row[column]) for row in cells) for column in range(len(_HEADER))]
    rule = "  ".join("─" * width for width in widths)
    lines = [_line(row, widths) for row in cells]
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    name, address, gas, cost = row
    return f"{name:<{widths[0]}}  {address:<{widths[1]}}  {gas:>{widths[2]}}  {cost:>{widths[3]}}"


def _ether(wei: int) -> str:
    """Six places are enough to compare by; less than that is said in gwei."""
    if 0 < wei < 10**12:
        return format_amount(wei, "gwei")
    return f"{wei // 10**18}.{wei % 10**18 // 10**12:06d} ether"

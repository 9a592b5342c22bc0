"""Lines for the user while something takes long."""

from __future__ import annotations

import sys
from collections.abc import Callable

__all__ = ["Progress", "quiet", "to_stderr"]

Progress = Callable[[str], None]
"""Takes one line, without a line end, for the user."""


def to_stderr(line: str) -> None:
    """Print `ingot: line` on standard error."""
    print(f"ingot: {line}", file=sys.stderr, flush=True)


def quiet(line: str) -> None:
    """Say nothing."""

"""What a chain can record of what it executes."""

from __future__ import annotations

from ingot.engine import RECORD_COVERAGE, RECORD_EDGES, RECORD_FRAMES, RECORD_STEPS, RECORD_STORAGE

__all__ = ["flags_of"]


def flags_of(*, frames: bool, coverage: bool, edges: bool, storage: bool, steps: bool) -> int:
    """Their RECORD_* flags together."""
    chosen = (
        (frames, RECORD_FRAMES),
        (coverage, RECORD_COVERAGE),
        (edges, RECORD_EDGES),
        (storage, RECORD_STORAGE),
        (steps, RECORD_STEPS),
    )
    return sum(flag for is_wanted, flag in chosen if is_wanted)

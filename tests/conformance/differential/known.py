"""Where anvil 1.7.1 itself departs from the protocol, or from what can be compared. Everything else is a bug."""

from __future__ import annotations

from differential.compare import KnownDifference

KNOWN_DIFFERENCES: tuple[KnownDifference, ...] = ()

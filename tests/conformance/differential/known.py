"""Where anvil 1.7.1 itself departs from the protocol, or from what can be compared. Everything else is a bug."""

from __future__ import annotations

from differential.compare import KnownDifference

EMPTY_ACCOUNTS = (
    "anvil's state root counts slots that are zero and accounts that are empty (EIP-161), if only somebody looked at them,"
    " and all later hashes follow from it; the root of what it really holds is computed and compared instead"
)

SIDECARS = (
    "anvil's transactions root is that of blob transactions with their sidecars; the root of the canonical encodings is"
    " computed and compared instead"
)

ESTIMATE_OF_TRANSFER = (
    "anvil answers 21000 to whatever has no data and is sent to no code, precompiled contracts included"
)

ESTIMATE_ABOVE = (
    "anvil never tries 21000 itself, though a delegated account that has nothing to run needs no more"
)

KNOWN_DIFFERENCES: tuple[KnownDifference, ...] = (
    KnownDifference("Header with blobs.transactions_root", SIDECARS, lambda _anvil, _ours: True),
    KnownDifference(
        "estimate without data",
        ESTIMATE_OF_TRANSFER,
        lambda anvil, ours: anvil.output == "21000" != ours.output,
    ),
    KnownDifference(
        "estimate without data",
        ESTIMATE_ABOVE,
        lambda anvil, ours: (anvil.output, ours.output) == ("21001", "21000"),
    ),
)

KNOWN_DIFFERENCES_UNTIDY = tuple(
    KnownDifference(field, EMPTY_ACCOUNTS, lambda _anvil, _ours: True)
    for name in ("Header", "Header with blobs")
    for field in (f"{name}.state_root", f"{name}.parent_hash", f"{name}.hash")
)
"""In episodes that leave accounts empty."""

"""Tests on a node instead of the chain in this process: `pytest --ingot-network CHOICE`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ingot.testing.session import Session

__all__ = ["LOCAL_CHAIN", "connect_to_node", "skip_local"]

LOCAL_CHAIN = "local_chain"
"""The mark of tests that need the chain in this process."""


def connect_to_node(session: Session, config: pytest.Config) -> None:
    """Connect, and end the run in one message if that cannot be. Raises: pytest.UsageError."""
    from ingot.errors import IngotError

    try:
        _ = session.chain
    except IngotError as error:
        raise pytest.UsageError(f"--ingot-network: {error}") from None
    if session.is_remote and getattr(config.option, "numprocesses", None):
        raise pytest.UsageError(
            "--ingot-network: the workers of pytest-xdist would undo each other's changes of one node: leave -n out"
        )


def skip_local(item: pytest.Item) -> None:
    """Skip a test with the mark, with the reason that it gives."""
    mark = item.get_closest_marker(LOCAL_CHAIN)
    if mark is not None:
        reason = next(iter(mark.args), mark.kwargs.get("reason", "it says so"))
        pytest.skip(f"needs the chain in this process: {reason}")

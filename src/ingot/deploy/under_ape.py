"""Scripts that `ape run` runs: on the network that ape was given, through the node that it is connected to."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingot.project import BaseProject
    from ingot.provider import Provider

__all__ = ["apes_chain"]


def apes_chain(project: BaseProject) -> Provider | None:
    """The chain behind ape's node; None where ape does not run, or has a chain in its own process.

    Raises: as `ingot.networks.connect`.
    """
    url = _url()
    if not url:
        return None
    from ingot.networks import connect
    from ingot.project import tell

    return connect(url, project.config, progress=tell)


def _url() -> str:
    """Of ape's active provider. Ape is never imported: where nobody uses it, it may not be installed."""
    ape = sys.modules.get("ape")
    networks = getattr(ape, "networks", None)
    provider = getattr(networks, "active_provider", None)
    for name in ("http_uri", "uri", "ws_uri", "ipc_path"):
        url = getattr(provider, name, None)
        if url:
            return str(url)
    return ""

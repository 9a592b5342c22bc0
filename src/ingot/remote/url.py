"""URLs of nodes, and how they are shown: never with what is secret in them."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

__all__ = ["without_secrets"]

_PLAIN_PATH = re.compile(r"/?|/(rpc|ext/bc/C/rpc|v[0-9]+|api|eth|http|ws)/?")


def without_secrets(url: str) -> str:
    """The URL as it may be shown: scheme, host and port; keys in the path, query and user part are left out."""
    parts = urlsplit(url)
    if not parts.scheme or not parts.netloc:
        return url  # a path of a socket
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        port = ""
    path = parts.path if _PLAIN_PATH.fullmatch(parts.path) else "/..."
    query = "?..." if parts.query else ""
    return f"{parts.scheme}://{host}{port}{path.removesuffix('/')}{query}"

"""A JSON-RPC node over a chain in process: HTTP, WebSocket and IPC. What it answers is `ingot.rpc`'s matter.

with ingot.serve(chain) as url: ...
"""

from ingot.node.server import Server
from ingot.node.serving import serve

__all__ = ["Server", "serve"]

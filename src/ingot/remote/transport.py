"""How requests reach a node: HTTP, WebSocket or a socket on this machine, one URL or several."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from ingot.errors import UsageError
from ingot.remote.failover import Failover
from ingot.remote.node import Node
from ingot.remote.retry import Retries
from ingot.remote.url import without_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ingot.remote.node import Wire

__all__ = ["Transport", "open_transport"]


class Transport(Protocol):
    """A way to a node. Used by one thread at a time; others wait."""

    @property
    def shown(self) -> str:
        """The URL without its secrets."""

    def request(self, method: str, params: Sequence[Any] = ()) -> Any:
        """The result. Reads are repeated for a while if no answer comes; whatever may change something never is.

        Raises: ProviderError, if the node answers with an error; Unreachable, if it does not answer.
        """

    def batch(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """Results in order, in one exchange where the node allows it; a ProviderError stands where one failed.

        Raises: Unreachable, if there is no answer at all.
        """

    def close(self) -> None:
        """End the connection. A later request opens it again."""


def open_transport(
    urls: Sequence[str],
    *,
    timeout_s: float = 30.0,
    headers: Mapping[str, Mapping[str, str]] | None = None,
    progress: Callable[[str], None] | None = None,
    retries: Retries | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Transport:
    """The way to a node at `urls`: http://, https://, ws://, wss://, or the path of an IPC socket.

    Several URLs: the next is taken where one does not answer; all must be of the same chain. No request is sent yet.
    timeout_s: for one answer.      progress: takes a line for people while requests are repeated.
    headers: URL -> what goes with every request to it, and to no other.
    Raises: UsageError, for no URL or one of another kind.
    """
    if isinstance(urls, str) or not urls:
        raise UsageError("open_transport takes a list of URLs, at least one: ['http://127.0.0.1:8545']")
    extra = headers or {}
    # With others at hand, one that does not answer is left soon.
    alone = Retries(timeout_s=timeout_s)
    policy = retries or (alone if len(urls) == 1 else replace(alone, attempts=2, longest_delay_s=0.5))
    nodes = [
        Node(
            _wire(url, policy.timeout_s, extra.get(url, {})),
            without_secrets(url),
            retries=policy,
            progress=progress,
            sleep=sleep,
        )
        for url in urls
    ]
    return nodes[0] if len(nodes) == 1 else Failover(nodes, progress=progress, sleep=sleep)


def _wire(url: str, timeout_s: float, headers: Mapping[str, str]) -> Wire:
    scheme, separator, _ = url.partition("://")
    if separator and scheme in ("http", "https"):
        from ingot.remote.http import HttpWire

        return HttpWire(url, timeout_s=timeout_s, headers=headers)
    if separator and scheme in ("ws", "wss"):
        from ingot.remote.sockets import WebSocketWire

        return WebSocketWire(url, timeout_s=timeout_s, headers=headers)
    if not separator or scheme in ("ipc", "file"):
        from ingot.remote.sockets import IpcWire

        return IpcWire(url.partition("://")[2] if separator else url, timeout_s=timeout_s)
    raise UsageError(
        f"{without_secrets(url)}: a node's URL starts with http://, https://, ws:// or wss://, or is the path of a socket"
    )

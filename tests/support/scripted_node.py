"""A JSON-RPC node over HTTP that says what a test tells it to, as rudely as it is told."""

from __future__ import annotations

import json
import socketserver
import ssl
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

__all__ = ["Drop", "Raw", "RpcFault", "ScriptedNode", "Status"]


@dataclass(frozen=True)
class Status:
    """An HTTP status instead of an answer."""

    code: int
    body: bytes = b"<html>no</html>"
    headers: str = ""


@dataclass(frozen=True)
class Raw:
    """These bytes with status 200."""

    body: bytes


@dataclass(frozen=True)
class Drop:
    """Hang up without an answer."""


@dataclass(frozen=True)
class RpcFault:
    """A JSON-RPC error."""

    message: str
    code: int = -32000
    data: Any = None

    def as_json(self) -> dict[str, Any]:
        """The `error` of an answer."""
        return {
            "code": self.code,
            "message": self.message,
            **({} if self.data is None else {"data": self.data}),
        }


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        node: ScriptedNode = self.server.node  # type: ignore[attr-defined]
        node.connections += 1
        while True:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                line = self.rfile.readline()
                if not line:
                    return
                head += line
            length = next(
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            )
            payload = json.loads(self.rfile.read(length))
            node.heads.append(head.decode())
            answer = node.answer(payload)
            if isinstance(answer, Drop):
                return
            status, body, extra = 200, b"", ""
            if isinstance(answer, Status):
                status, body, extra = answer.code, answer.body, answer.headers
            elif isinstance(answer, Raw):
                body = answer.body
            else:
                body = json.dumps(answer).encode()
            self.wfile.write(
                f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{extra}\r\n".encode() + body
            )
            if node.hang_up_after_each:
                return


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that go away in the middle are what tests are about."""


@dataclass
class ScriptedNode:
    """Listens at `url` until the context ends.

    results: method -> result, RpcFault, or a function of the parameters.      script: what answers the next exchanges
    instead, one entry each; None lets one through.      payloads: what came, in order.
    """

    results: dict[str, Any] = field(default_factory=dict)
    script: list[Any] = field(default_factory=list)
    payloads: list[Any] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    largest_batch: int = 1000
    hang_up_after_each: bool = False
    tls: ssl.SSLContext | None = None
    connections: int = 0

    def __enter__(self) -> Self:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        if self.tls is not None:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        self._server.node = self  # type: ignore[attr-defined]
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}"

    @property
    def methods(self) -> list[str]:
        """All methods that came, those in batches too."""
        calls = (payload if isinstance(payload, list) else [payload] for payload in self.payloads)
        return [call["method"] for entries in calls for call in entries]

    def answer(self, payload: Any) -> Any:
        """What to send for a payload."""
        self.payloads.append(payload)
        scripted = self.script.pop(0) if self.script else None
        if scripted is not None:
            return scripted
        if isinstance(payload, list):
            if len(payload) > self.largest_batch:
                return {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "batch too large"}}
            return [self._one(call) for call in reversed(payload)]  # any order is allowed
        return self._one(payload)

    def _one(self, call: dict[str, Any]) -> dict[str, Any]:
        found = self.results.get(call["method"], RpcFault("the method does not exist", -32601))
        result = found(*call["params"]) if isinstance(found, Callable) else found  # type: ignore[arg-type]
        if isinstance(result, RpcFault):
            return {"jsonrpc": "2.0", "id": call["id"], "error": result.as_json()}
        return {"jsonrpc": "2.0", "id": call["id"], "result": result}


class ScriptedTransport:
    """The same without a connection: a Transport that answers from `results`."""

    shown = "a scripted node"

    def __init__(self, results: dict[str, Any]) -> None:
        self.results = results
        self.requests: list[tuple[str, Sequence[Any]]] = []

    def request(self, method: str, params: Sequence[Any] = ()) -> Any:
        """See ingot.remote.Transport."""
        answer = self._answer(method, params)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def batch(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """See ingot.remote.Transport."""
        return [self._answer(method, params) for method, params in requests]

    def _answer(self, method: str, params: Sequence[Any]) -> Any:
        from ingot.remote.answer import error_of_answer

        self.requests.append((method, params))
        found = self.results.get(method, RpcFault("the method does not exist", -32601))
        result = found(*params) if callable(found) else found
        return (
            error_of_answer(method, result.as_json(), self.shown) if isinstance(result, RpcFault) else result
        )

    def close(self) -> None:
        """See ingot.remote.Transport."""

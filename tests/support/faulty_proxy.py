"""An HTTP JSON-RPC proxy that goes wrong on request: between us and a node, it does what networks and providers do.

    proxy.on("eth_sendRawTransaction", drop_after, nth=2)      # the node gets the second send; we never hear of it
    proxy.at(17, killing(lambda: pid, before=True))            # at the 17th request the process is killed

A rule looks at whole HTTP requests: one that carries a batch matches if any of its calls does. Rules are tried in order;
the first that matches decides. Without rules the proxy is transparent; it keeps connections alive on both sides.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import socketserver
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

UPSTREAM_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Request:
    """What came in. number: from 1, since the last reset.      calls: one, or those of a batch.

    at: time.perf_counter() when it had arrived.
    """

    number: int
    body: bytes
    calls: tuple[dict[str, Any], ...]
    is_batch: bool
    at: float

    @property
    def methods(self) -> tuple[str, ...]:
        """Of its calls, in order."""
        return tuple(str(call.get("method")) for call in self.calls)


class HungUp(Exception):
    """A fault has closed the connection."""


class Exchange:
    """A request that is being answered, as a fault sees it."""

    def __init__(self, request: Request, wire: socket.socket, upstream: Upstream) -> None:
        self.request = request
        self._wire = wire
        self._upstream = upstream

    def forward(self) -> tuple[int, bytes]:
        """Let the node have it. Returns: its status and answer."""
        return self._upstream.post(self.request.body)

    def reply(self, status: int, body: bytes, *, headers: str = "", announced: int | None = None) -> None:
        """Send an answer. announced: what Content-Length says, if not the truth."""
        length = len(body) if announced is None else announced
        reason = http.client.responses.get(status, "Unknown")
        head = f"HTTP/1.1 {status} {reason}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n"
        self._wire.sendall(f"{head}{headers}\r\n".encode() + body)

    def hang_up(self, *, reset: bool = False) -> None:
        """Close the connection. reset: with RST instead of FIN. Raises: HungUp."""
        if reset:
            self._wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise HungUp


Fault = Callable[[Exchange], None]
"""Answers a request, or does not."""


# FAULTS


def honest(exchange: Exchange) -> None:
    """No fault: what the node says."""
    exchange.reply(*exchange.forward())


def drop_before(exchange: Exchange) -> None:
    """The node never gets it; the connection closes."""
    exchange.hang_up()


def drop_after(exchange: Exchange) -> None:
    """The node gets it and answers; the connection closes."""
    exchange.forward()
    exchange.hang_up()


def reset_after(exchange: Exchange) -> None:
    """As `drop_after`, with a reset of the connection."""
    exchange.forward()
    exchange.hang_up(reset=True)


def delayed(seconds: float, then: Fault = honest) -> Fault:
    """Wait, then go on as `then` does."""

    def fault(exchange: Exchange) -> None:
        time.sleep(seconds)
        then(exchange)

    return fault


def status(code: int, *, after: bool = False, headers: str = "", body: bytes = b"<html>busy</html>") -> Fault:
    r"""An HTTP status instead of an answer. after: the node gets the request all the same.

    headers: lines, each with its end, as in "Retry-After: 1\r\n".
    """

    def fault(exchange: Exchange) -> None:
        if after:
            exchange.forward()
        exchange.reply(code, body, headers=headers)

    return fault


def garbage(exchange: Exchange) -> None:
    """The node gets it; what comes back is no JSON."""
    exchange.forward()
    exchange.reply(200, b"<!doctype html><title>Welcome</title>")


def truncated(exchange: Exchange) -> None:
    """Half of the answer, and the connection closes: Content-Length promised more."""
    code, body = exchange.forward()
    exchange.reply(code, body[: len(body) // 2], announced=len(body))
    exchange.hang_up()


def truncated_json(exchange: Exchange) -> None:
    """Half of the answer as if it were all."""
    code, body = exchange.forward()
    exchange.reply(code, body[: len(body) // 2])


def duplicated(exchange: Exchange) -> None:
    """The answer twice: the second stays in the connection, where the next request finds it. In a batch each twice."""
    code, body = exchange.forward()
    if exchange.request.is_batch:
        exchange.reply(code, json.dumps([one for one in json.loads(body) for _ in range(2)]).encode())
    else:
        exchange.reply(code, body)
        time.sleep(0.02)  # else many clients read both at once and drop the second
        exchange.reply(code, body)


def answering(result: Any, *, method: str = "") -> Fault:
    """A lie: `result` instead of the node's, for the calls of `method` (default all of the request)."""

    def fault(exchange: Exchange) -> None:
        code, body = exchange.forward()
        lied_to = {call["id"] for call in exchange.request.calls if method in ("", call["method"])}
        answers = json.loads(body)
        listed = answers if isinstance(answers, list) else [answers]
        for answer in listed:
            if answer["id"] in lied_to:
                answer.pop("error", None)
                answer["result"] = result
        exchange.reply(code, json.dumps(answers).encode())

    return fault


def failing(message: str, code: int = -32000, data: Any = None) -> Fault:
    """A JSON-RPC error for every call of the request, which the node never gets."""

    def fault(exchange: Exchange) -> None:
        error = {"code": code, "message": message, **({} if data is None else {"data": data})}
        answers = [{"jsonrpc": "2.0", "id": call["id"], "error": error} for call in exchange.request.calls]
        exchange.reply(200, json.dumps(answers if exchange.request.is_batch else answers[0]).encode())

    return fault


def killing(pid: Callable[[], int], *, before: bool, sent: int = signal.SIGKILL) -> Fault:
    """Kill a process when its request has arrived here; before or after the node got it."""

    def fault(exchange: Exchange) -> None:
        if not before:
            exchange.forward()
        os.kill(pid(), sent)
        exchange.hang_up()

    return fault


@dataclass
class _Rule:
    fault: Fault
    method: str
    number: int
    nth: int
    times: int
    seen: int = 0

    def decides(self, request: Request) -> bool:
        if self.number:
            return request.number == self.number
        if self.method and self.method not in request.methods:
            return False
        self.seen += 1
        return self.nth <= self.seen < self.nth + self.times


# THE PROXY


@dataclass
class Upstream:
    """A kept connection to the node."""

    port: int
    connection: http.client.HTTPConnection | None = None

    def post(self, body: bytes) -> tuple[int, bytes]:
        """Its status and answer; 502 where it is gone."""
        for attempt in range(2):  # anvil closes connections that are idle
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPConnection(
                        "127.0.0.1", self.port, timeout=UPSTREAM_TIMEOUT_S
                    )
                    attempt = 1
                self.connection.request("POST", "/", body, {"Content-Type": "application/json"})
                answer = self.connection.getresponse()
                return answer.status, answer.read()
            except (OSError, http.client.HTTPException):
                self.close()
                if attempt:
                    break
        return 502, b"bad gateway"

    def close(self) -> None:
        """Hang up on the node."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class _Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        proxy: FaultyProxy = self.server.proxy  # type: ignore[attr-defined]
        upstream = Upstream(proxy.node_port)
        try:
            while (body := self._body()) is not None:
                request, fault = proxy.received(body)
                fault(Exchange(request, self.connection, upstream))
        except (HungUp, OSError):
            pass
        finally:
            upstream.close()

    def _body(self) -> bytes | None:
        """Of the next request; None when the client has hung up."""
        if not self.rfile.readline():
            return None
        length = 0
        while (line := self.rfile.readline().strip()) != b"":
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        body = self.rfile.read(length)
        return body if len(body) == length else None


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, proxy: FaultyProxy) -> None:
        self.proxy = proxy
        self.open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        try:
            super().shutdown_request(request)
        except OSError:
            request.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        self.proxy.errors.append(repr(request) + repr(client_address))
        super().handle_error(request, client_address)


@dataclass
class FaultyProxy:
    """Listens at `url` and forwards to a node on `node_port` of this machine, until the context ends.

    requests: all that came, in order.      errors: of the proxy itself; a test that has any has proved nothing.
    """

    node_port: int
    requests: list[Request] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[_Rule] = []
        self._numbered = 0
        self._server = _Server(self)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening and hang up on everybody."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self.hang_up_on_all()

    def hang_up_on_all(self) -> None:
        """Close every connection, as a provider that restarts does."""
        for connection in list(self._server.open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def on(self, method: str, fault: Fault, *, nth: int = 1, times: int = 1) -> None:
        """From the nth request with `method` ("" for any) on, `times` in a row, `fault` answers. Counted from now."""
        with self._lock:  # who sees a request in `requests` knows that this rule does not decide it
            self._rules.append(_Rule(fault, method, 0, nth, times))

    def always(self, method: str, fault: Fault) -> None:
        """`fault` answers every request with `method`."""
        self.on(method, fault, times=1 << 62)

    def at(self, number: int, fault: Fault) -> None:
        """`fault` answers the request with this number, counted from 1 since the start or the last `reset`."""
        self._rules.append(_Rule(fault, "", number, 0, 0))

    def behave(self) -> None:
        """Forget the rules."""
        with self._lock:
            self._rules.clear()

    def reset(self) -> None:
        """Forget rules and requests; numbers begin at 1 again."""
        with self._lock:
            self._rules.clear()
            self.requests.clear()
            self._numbered = 0

    def received(self, body: bytes) -> tuple[Request, Fault]:
        """Log a request and say what is to be done with it."""
        try:
            parsed = json.loads(body)
        except ValueError:
            parsed = {"method": "(no JSON)", "id": None}
        calls = tuple(parsed) if isinstance(parsed, list) else (parsed,)
        with self._lock:
            self._numbered += 1
            request = Request(self._numbered, body, calls, isinstance(parsed, list), time.perf_counter())
            self.requests.append(request)
            # every rule counts, whichever decides
            deciding = [rule.fault for rule in self._rules if rule.decides(request)]
        return request, deciding[0] if deciding else honest

    @property
    def methods(self) -> Counter[str]:
        """How often each method was called, calls of batches included."""
        return Counter(method for request in list(self.requests) for method in request.methods)

    def calls(self, method: str) -> list[dict[str, Any]]:
        """The calls of a method, in order."""
        return [call for one in list(self.requests) for call in one.calls if call.get("method") == method]

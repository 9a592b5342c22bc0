"""HTTP/1.1, as much as JSON-RPC needs: POST, CORS, keep-alive, and the way from there to a WebSocket."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, cast

import httptools

if TYPE_CHECKING:
    from ingot.node.service import Service

__all__ = ["HttpConnection"]

_MAX_HEADERS: Final = 64 << 10
_CLOSE: Final = b"connection: close\r\n"
_STAY: Final = b"connection: keep-alive\r\n"


def _text(status: HTTPStatus, text: str, headers: bytes = b"") -> bytes:
    body = text.encode()
    return b"HTTP/1.1 %d %s\r\ncontent-type: text/plain\r\n%scontent-length: %d\r\n\r\n%s" % (
        status,
        status.phrase.encode(),
        headers,
        len(body),
        body,
    )


class HttpConnection(asyncio.Protocol):
    """One connection; requests are answered in the order in which they come."""

    transport: asyncio.Transport

    def __init__(self, service: Service) -> None:
        self._service = service
        self._parser = httptools.HttpRequestParser(self)
        origin = service.allow_origin.encode()
        self._cors = b"access-control-allow-origin: %s\r\n" % origin if origin else b""
        self._ok = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n%s" % self._cors
        self._parts: list[bytes] = []
        self._size = 0
        self._header_size = 0
        self._headers: list[tuple[bytes, bytes]] = []
        self._target = b""
        self._is_refused = False
        self._ending = b""
        """The header that says what becomes of the connection, where that is not what HTTP/1.1 expects."""

    # The connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self.transport = cast("asyncio.Transport", transport)
        self._service.connections.add(self.transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """See asyncio.Protocol."""
        self._service.connections.discard(self.transport)
        self._forget_body()

    def pause_writing(self) -> None:
        """The client does not read: it is asked nothing more until it does."""
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        """It reads again."""
        self.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        if self._is_refused:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            if not self._is_refused:
                self._refuse(HTTPStatus.BAD_REQUEST, "this is no HTTP request")

    # What the parser finds

    def on_message_begin(self) -> None:
        """A request begins."""
        self._headers = []
        self._target = b""
        self._header_size = 0

    def on_url(self, url: bytes) -> None:
        """A part of its target."""
        self._target += url
        self._count_header(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """One of its headers."""
        self._headers.append((name, value))
        self._count_header(len(name) + len(value))

    def _count_header(self, size: int) -> None:
        self._header_size += size
        if self._header_size > _MAX_HEADERS:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are too large")

    def on_headers_complete(self) -> None:
        """Its headers are over: is it too large, and does the client wait for a word?"""
        for name, value in self._headers:
            lowered = name.lower()
            if lowered == b"content-length" and int(value) > self._service.max_body:
                self._refuse_size()
            elif lowered == b"expect" and value.lower() == b"100-continue" and not self._is_refused:
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """A part of its body."""
        if self._is_refused:
            return
        self._parts.append(body)
        self._size += len(body)
        self._service.receiving += len(body)
        if self._size > self._service.max_body:
            self._refuse_size()
        elif self._service.receiving > self._service.max_receiving:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "too much is being received: try again")

    def on_message_complete(self) -> None:
        """It is whole."""
        if self._is_refused or self._parser.should_upgrade():
            return
        parts = self._parts
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        self._forget_body()
        stays = self._parser.should_keep_alive()
        if not stays:
            self._ending = _CLOSE
        elif self._parser.get_http_version() == "1.0":
            self._ending = _STAY
        self._answer(self._parser.get_method(), body)
        if not stays:
            self._is_refused = True
            self.transport.close()

    # Answers

    def _answer(self, method: bytes, body: bytes) -> None:
        write = self.transport.write
        if method == b"POST":
            answer = self._service.answer(body)
            if answer:
                write(b"%s%scontent-length: %d\r\n\r\n%s" % (self._ok, self._ending, len(answer), answer))
            else:
                write(b"HTTP/1.1 204 No Content\r\n%s%s\r\n" % (self._cors, self._ending))
        elif method == b"OPTIONS":
            write(b"HTTP/1.1 204 No Content\r\n%s%s%s\r\n" % (self._cors, self._preflight(), self._ending))
        else:
            allowed = b"allow: POST, OPTIONS\r\n" + self._cors + self._ending
            text = "this is a JSON-RPC node: POST requests to it, or connect by WebSocket\n"
            shown = _text(HTTPStatus.METHOD_NOT_ALLOWED, text, allowed)
            write(shown[: -len(text)] if method == b"HEAD" else shown)

    def _preflight(self) -> bytes:
        if not self._cors:
            return b""
        asked = [value for name, value in self._headers if name.lower() == b"access-control-request-headers"]
        return (
            b"access-control-allow-methods: POST, OPTIONS\r\naccess-control-allow-headers: %s\r\n"
            b"access-control-max-age: 86400\r\n" % (asked[0] if asked else b"content-type")
        )

    def _refuse_size(self) -> None:
        self._refuse(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a request has at most {self._service.max_body >> 20} MiB"
        )

    def _refuse(self, status: HTTPStatus, text: str) -> None:
        if self._is_refused:
            return
        self._is_refused = True
        self._forget_body()
        self.transport.write(_text(status, text + "\n", self._cors + _CLOSE))
        self.transport.close()

    def _forget_body(self) -> None:
        self._service.receiving -= self._size
        self._parts, self._size = [], 0

    # To a WebSocket

    def _upgrade(self, rest: bytes) -> None:
        if self._is_refused:
            return
        upgrades = [value.lower() for name, value in self._headers if name.lower() == b"upgrade"]
        if upgrades != [b"websocket"]:
            self._refuse(HTTPStatus.BAD_REQUEST, "the only upgrade that there is leads to a WebSocket")
            return
        from ingot.node.websocket import WebSocketConnection

        lines = [b"GET %s HTTP/1.1" % (self._target or b"/"), *(b"%s: %s" % each for each in self._headers)]
        connection = WebSocketConnection(self._service)
        self.transport.set_protocol(connection)
        connection.connection_made(self.transport)
        connection.data_received(b"\r\n".join(lines) + b"\r\n\r\n" + rest)

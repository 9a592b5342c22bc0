"""IPC: JSON values one after the other on a Unix socket, whether lines separate them or not."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, cast

from ingot.node.service import MAX_UNREAD
from ingot.node.session import Session

if TYPE_CHECKING:
    from ingot.node.service import Service

__all__ = ["IpcConnection", "Splitter"]

_MARKS = re.compile(rb'["\\{}\[\]\n]')
_OPENING, _CLOSING, _QUOTE, _BACKSLASH, _NEWLINE = b"{[", b"}]", b'"', b"\\", b"\n"


class Splitter:
    """Cuts a stream into JSON objects and arrays, by looking at nothing but brackets and strings."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._seen = 0
        self._depth = 0
        self._in_text = False
        self._escaped = -1

    @property
    def waiting(self) -> int:
        """Bytes of a value that is not whole."""
        return len(self._rest)

    def feed(self, data: bytes) -> list[bytes]:
        """The values that are whole now. What is neither an object nor an array ends with its line."""
        self._rest += data
        found = []
        while (end := self._end()) is not None:
            value = bytes(self._rest[:end]).strip()
            del self._rest[:end]
            self._seen, self._escaped = 0, -1
            if value:
                found.append(value)
        return found

    def _end(self) -> int | None:
        for match in _MARKS.finditer(self._rest, self._seen):
            mark, index = match[0], match.start()
            if index == self._escaped:
                continue
            if mark == _NEWLINE:
                if not self._depth:  # and no string goes beyond its line
                    self._in_text = False
                    return index + 1
            elif self._in_text:
                if mark == _BACKSLASH:
                    self._escaped = index + 1
                elif mark == _QUOTE:
                    self._in_text = False
            elif mark == _QUOTE:
                self._in_text = True
            elif mark in _OPENING:
                self._depth += 1
            elif mark in _CLOSING:
                self._depth = max(0, self._depth - 1)
                if not self._depth:
                    return index + 1
        self._seen = len(self._rest)
        return None


class IpcConnection(asyncio.Protocol):
    """One connection."""

    transport: asyncio.Transport

    def __init__(self, service: Service) -> None:
        self._service = service
        self._splitter = Splitter()
        self._session = Session(service, self._write)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self.transport = cast("asyncio.Transport", transport)
        self._service.connections.add(self.transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """See asyncio.Protocol."""
        self._service.connections.discard(self.transport)
        self._session.close()

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        for message in self._splitter.feed(data):
            self._session.receive(message)
        if self._splitter.waiting > self._service.max_body:
            self.transport.abort()

    def _write(self, message: bytes) -> None:
        if self.transport.is_closing():
            return
        self.transport.write(message + b"\n")
        if self.transport.get_write_buffer_size() > MAX_UNREAD:
            self.transport.abort()

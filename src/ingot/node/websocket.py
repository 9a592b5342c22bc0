"""A WebSocket (RFC 6455), spoken by the `websockets` package's protocol, which does no input and output of its own."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from websockets.exceptions import InvalidState
from websockets.frames import OP_BINARY, OP_CONT, OP_TEXT, Frame
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from ingot.node.service import MAX_UNREAD
from ingot.node.session import Session

if TYPE_CHECKING:
    from ingot.node.service import Service

__all__ = ["WebSocketConnection"]


class WebSocketConnection(asyncio.Protocol):
    """One connection, which began with HTTP."""

    transport: asyncio.Transport

    def __init__(self, service: Service) -> None:
        self._service = service
        self._protocol = ServerProtocol(max_size=service.max_body)
        self._session = Session(service, self._write)
        self._parts: list[bytes] = []

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
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._protocol.send_response(self._protocol.accept(event))
            elif isinstance(event, Frame):
                self._take(event)
        self._flush()

    def eof_received(self) -> None:
        """See asyncio.Protocol."""
        self._protocol.receive_eof()
        self._flush()

    def _take(self, frame: Frame) -> None:
        if frame.opcode not in (OP_TEXT, OP_BINARY, OP_CONT):
            return
        self._parts.append(bytes(frame.data))
        if not frame.fin:
            return
        message = b"".join(self._parts)
        self._parts = []
        self._flush()
        self._session.receive(message)

    def _write(self, message: bytes) -> None:
        if self._protocol.state is not State.OPEN:
            return
        try:
            self._protocol.send_text(message)
        except InvalidState:
            return
        self._flush()

    def _flush(self) -> None:
        transport = self.transport
        if transport.is_closing():
            return
        for data in self._protocol.data_to_send():
            if data:
                transport.write(data)
            elif transport.can_write_eof():
                transport.write_eof()
        if transport.get_write_buffer_size() > MAX_UNREAD:
            transport.abort()
        elif self._protocol.state is State.CLOSED or (
            self._protocol.close_expected() and self._protocol.close_sent is not None
        ):
            transport.close()

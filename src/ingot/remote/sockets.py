"""JSON-RPC over a connection that stays open: the IPC socket of a node on this machine, or a WebSocket."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingot.errors import ProviderError, RateLimited, Unreachable, UsageError
from ingot.remote.url import without_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from websockets.sync.client import ClientConnection

__all__ = ["IpcWire", "WebSocketWire"]

_PIECE = 1 << 18


def _text(payload: object) -> str:
    return json.dumps(payload, separators=(",", ":"))


def _answers(payload: object, message: Any) -> bool:
    """Whether a message answers this request: a subscription's news, or an answer that came twice, does not."""
    if isinstance(message, dict) and "method" in message:
        return False
    if isinstance(payload, dict):
        return isinstance(message, dict) and message.get("id") in (payload["id"], None)
    if not isinstance(message, list):
        return isinstance(message, dict) and "error" in message
    sent = {request["id"] for request in payload} if isinstance(payload, list) else set()
    return any(isinstance(entry, dict) and entry.get("id") in sent for entry in message)


def _method_of(payload: object) -> str:
    return str(payload["method"]) if isinstance(payload, dict) else "a batch"


class IpcWire:
    """A Wire over a Unix socket, such as geth.ipc."""

    def __init__(self, path: str, *, timeout_s: float) -> None:
        self._path = Path(path).expanduser()
        self._timeout_s = timeout_s
        self._socket: socket.socket | None = None
        self._rest = b""

    def exchange(self, payload: object) -> Any:
        """See Wire."""
        method = _method_of(payload)
        connection = self._connected(method)
        deadline = time.monotonic() + self._timeout_s
        try:
            connection.settimeout(self._timeout_s)
            connection.sendall(_text(payload).encode() + b"\n")
            while True:
                message = self._message(connection, deadline)
                if _answers(payload, message):
                    return message
        except (OSError, EOFError, ValueError) as error:
            self.close()
            raise self._lost(error, method) from None
        except BaseException:  # an interrupt
            self.close()
            raise

    def _connected(self, method: str) -> socket.socket:
        if self._socket is None:
            if not hasattr(socket, "AF_UNIX"):
                raise UsageError(
                    "IPC needs Unix sockets, which this system lacks: use the node's http:// URL"
                )
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(self._timeout_s)
            try:
                connection.connect(str(self._path))
            except OSError as error:
                connection.close()
                raise Unreachable(
                    f"cannot connect to {self._path} ({error.strerror or error}): is the node running, and its IPC on?",
                    method=method,
                ) from error
            self._socket, self._rest = connection, b""
        return self._socket

    def _message(self, connection: socket.socket, deadline: float) -> Any:
        """The next whole JSON value. Raises: OSError, EOFError, ValueError (garbage)."""
        decoder = json.JSONDecoder()
        received = self._rest
        while True:
            received = received.lstrip()
            if received[:1] not in (b"", b"{", b"["):
                raise ValueError("no JSON-RPC")
            if received.rstrip()[-1:] in (b"}", b"]"):
                text = received.decode("utf-8", "replace")
                try:
                    message, end = decoder.raw_decode(text)
                except ValueError:
                    pass  # it goes on
                else:
                    self._rest = text[end:].encode()
                    return message
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                raise TimeoutError
            connection.settimeout(left_s)
            piece = connection.recv(_PIECE)
            if not piece:
                raise EOFError
            received += piece

    def _lost(self, error: Exception, method: str) -> Unreachable:
        if isinstance(error, TimeoutError):
            message = f"{self._path} did not answer {method} within {self._timeout_s:g} s"
        elif isinstance(error, ValueError):
            message = f"{self._path} answered {method} with what is no JSON: is it the IPC socket of a node?"
        else:
            message = f"{self._path} closed the connection before it answered {method}: did the node stop?"
        return Unreachable(message, method=method, may_have_arrived=True)

    def close(self) -> None:
        """See Wire."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def __del__(self) -> None:
        if getattr(self, "_socket", None) is not None:
            self.close()


class WebSocketWire:
    """A Wire over ws:// or wss://."""

    def __init__(self, url: str, *, timeout_s: float, headers: Mapping[str, str] | None = None) -> None:
        self._url = url
        self._headers = dict(headers or {})
        self.shown = without_secrets(url)
        self._timeout_s = timeout_s
        self._connection: ClientConnection | None = None

    def exchange(self, payload: object) -> Any:
        """See Wire."""
        from websockets.exceptions import ConnectionClosed

        method = _method_of(payload)
        connection = self._connected(method)
        deadline = time.monotonic() + self._timeout_s
        try:
            connection.send(_text(payload))
            while True:
                message = json.loads(connection.recv(timeout=max(0.0, deadline - time.monotonic())))
                if _answers(payload, message):
                    return message
        except TimeoutError:
            reason = f"did not answer {method} within {self._timeout_s:g} s"
        except ConnectionClosed:
            reason = f"closed the connection before it answered {method}"
        except (OSError, ValueError) as error:
            reason = f"answered {method} with what is no JSON ({type(error).__name__})"
        self.close()
        raise Unreachable(f"{self.shown} {reason}", method=method, may_have_arrived=True)

    def _connected(self, method: str) -> ClientConnection:
        from websockets.exceptions import InvalidStatus, WebSocketException
        from websockets.sync.client import connect

        if self._connection is not None and self._connection.close_code is None:
            return self._connection
        try:
            self._connection = connect(
                self._url, additional_headers=self._headers, open_timeout=self._timeout_s, max_size=None
            )
        except InvalidStatus as error:
            status = error.response.status_code
            if status == 429:
                raise RateLimited(
                    f"{self.shown} takes no more connections for now (HTTP 429): wait, or use another node",
                    method=method,
                    code=status,
                ) from None
            if status < 500:
                raise ProviderError(
                    f"{self.shown} refuses the connection (HTTP {status}): check the URL and the key in it",
                    method=method,
                    code=status,
                ) from None
            raise Unreachable(
                f"{self.shown} is not ready (HTTP {status})", method=method, code=status
            ) from None
        except (OSError, WebSocketException) as error:
            raise Unreachable(
                f"cannot connect to {self.shown} ({getattr(error, 'strerror', None) or type(error).__name__}): is the "
                "node running, with WebSocket on, and the URL right?",
                method=method,
            ) from None
        return self._connection

    def close(self) -> None:
        """See Wire."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

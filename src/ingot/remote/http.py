"""JSON-RPC over HTTP(S): one connection, kept alive; nothing beyond the standard library, so that it starts fast."""

from __future__ import annotations

import http.client
import json
import os
import select
from base64 import b64encode
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from ingot.errors import ProviderError, RateLimited, Unreachable, UsageError
from ingot.remote.url import without_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult

__all__ = ["HttpWire"]

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class HttpWire:
    """A Wire of POST requests to one URL. What is secret in it never leaves it but towards that host."""

    def __init__(self, url: str, *, timeout_s: float, headers: Mapping[str, str] | None = None) -> None:
        parts = urlsplit(url)
        self.shown = without_secrets(url)
        try:
            port = parts.port
        except ValueError:
            raise UsageError(f"{self.shown}: the port is no number from 0 to 65535") from None
        if not parts.hostname:
            raise UsageError(f"{self.shown}: there is no host in this URL")
        self._timeout_s = timeout_s
        self._parts = parts
        self._host, self._port = parts.hostname, port
        self._head = self._head_of(parts, headers or {})
        self._connection: http.client.HTTPConnection | None = None

    def exchange(self, payload: object) -> Any:
        """See Wire."""
        body = json.dumps(payload, separators=(",", ":")).encode()
        method = payload["method"] if isinstance(payload, dict) else "a batch"
        connection = self._connected(method)
        try:
            # Head and body at once: apart they wake the node twice.
            connection.sock.sendall(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))
            with closing(http.client.HTTPResponse(connection.sock, method="POST")) as response:
                response.begin()
                answer = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise self._lost(error, method) from None  # its text may hold the target, and so a key
        except BaseException:  # an interrupt: the rest of this answer must not be taken for the next one
            self.close()
            raise
        if response.will_close:
            self.close()
        return self._parsed(response, answer, method)

    def close(self) -> None:
        """See Wire."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def __del__(self) -> None:
        if getattr(self, "_connection", None) is not None:
            self.close()

    def _head_of(self, parts: SplitResult, headers: Mapping[str, str]) -> bytes:
        """The request up to the number of bytes in its body. Raises: UsageError."""
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        fields = {
            "Host": parts.netloc.rpartition("@")[2],
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "ingot",
        }
        if parts.username is not None:
            user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            fields["Authorization"] = f"Basic {b64encode(user.encode()).decode()}"
        fields |= headers
        lines = [f"POST {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
        if " " in target or not all(line.isascii() and line.isprintable() for line in lines):
            raise UsageError(
                f"{self.shown}: the URL or a header has characters that cannot be: write them as %20, %C3%BC, ..."
            )
        return "\r\n".join([*lines, "Content-Length: "]).encode()

    # Connecting

    def _connected(self, method: str) -> http.client.HTTPConnection:
        """The connection; a new one if the server closed the last, which is seen before anything is sent on it."""
        known = self._connection
        if known is not None and known.sock is not None and not _is_readable(known.sock):
            return known
        self.close()
        connection = self._new_connection()
        try:
            connection.connect()
        except (OSError, http.client.HTTPException) as error:
            raise self._nobody_there(error, method) from None
        self._connection = connection
        return connection

    def _new_connection(self) -> http.client.HTTPConnection:
        secure = self._parts.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        proxy = _proxy_for(self._parts, self._host)
        if proxy is None:
            return kind(self._host, self._port, timeout=self._timeout_s)
        connection = kind(proxy.hostname or "", proxy.port or 80, timeout=self._timeout_s)
        headers = {}
        if proxy.username is not None:
            user = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
            headers["Proxy-Authorization"] = f"Basic {b64encode(user.encode()).decode()}"
        connection.set_tunnel(self._host, self._port or (443 if secure else 80), headers)
        return connection

    # Failures

    def _nobody_there(self, error: Exception, method: str) -> Unreachable:
        reason = _reason(error)
        advice = "is the node running, and the URL right?"
        return Unreachable(f"cannot connect to {self.shown} ({reason}): {advice}", method=method)

    def _lost(self, error: Exception, method: str) -> Unreachable:
        if isinstance(error, TimeoutError):
            message = f"{self.shown} did not answer {method} within {self._timeout_s:g} s"
        else:
            message = f"{self.shown} closed the connection before it answered {method} ({_reason(error)})"
        return Unreachable(message, method=method, may_have_arrived=True)

    def _parsed(self, response: http.client.HTTPResponse, answer: bytes, method: str) -> Any:
        try:
            parsed = json.loads(answer)
        except ValueError:
            parsed = None
        status = response.status
        if status == 429:
            raise RateLimited(
                f"{self.shown} takes no more requests for now (HTTP 429): wait, or use another node",
                method=method,
                code=429,
                retry_after_s=_seconds(response.headers.get("Retry-After")),
            )
        if isinstance(parsed, list) or (isinstance(parsed, dict) and {"result", "error"} & parsed.keys()):
            return parsed
        if status in (401, 403):
            raise ProviderError(
                f"{self.shown} refuses this client (HTTP {status}): check the key in the URL",
                method=method,
                code=status,
            )
        if status == 413 and method == "a batch":
            return {"error": {"code": 413, "message": "too large"}}
        if 300 <= status < 500 and status != 408:
            raise ProviderError(
                f"{self.shown} answered {method} with HTTP {status}: check the URL, it is not one of a JSON-RPC node",
                method=method,
                code=status,
            )
        what = f"HTTP {status}" if status != 200 else "what is no JSON"
        raise Unreachable(
            f"{self.shown} answered {method} with {what}", method=method, code=status, may_have_arrived=True
        )


def _is_readable(sock: Any) -> bool:
    """Whether something waits to be read where nothing should: the end of the connection."""
    try:
        return bool(select.select([sock], [], [], 0)[0])
    except (OSError, ValueError):
        return True


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__


def _seconds(text: str | None) -> float | None:
    try:
        return max(0.0, float(text)) if text else None
    except ValueError:  # a date
        return None


def _proxy_for(parts: SplitResult, host: str) -> SplitResult | None:
    """The proxy that the environment names for this URL, as every program takes it: HTTPS_PROXY, NO_PROXY, ..."""
    if host in _LOOPBACK or not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from urllib.request import getproxies, proxy_bypass

    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or proxy_bypass(host):
        return None
    return urlsplit(proxy if "://" in proxy else f"http://{proxy}")

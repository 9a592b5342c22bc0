"""A small HTTP client for verifiers: JSON in and out, time-outs, bounded retries, and no secret in any message."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ingot.errors import VerifyError

__all__ = ["Reply", "Web", "without_secrets"]

_TIMEOUT_S = 30.0
_ATTEMPTS = 4
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0
_PASSING = (429, 500, 502, 503, 504)
_MAX_BYTES = 32 * 2**20
_SHOWN = 160


@dataclass(frozen=True, slots=True)
class Reply:
    """status: of HTTP.      body: the parsed JSON."""

    status: int
    body: Any


def without_secrets(url: str) -> str:
    """`url` without user, query and fragment, to show."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


@dataclass(frozen=True)
class Web:
    """One service.

    base: URL that paths are appended to.      secrets: texts that are blotted out of whatever is shown.
    passing: HTTP statuses that are tried again; what is sent here may be sent twice: verifying twice changes nothing.
    progress: takes a line for people while something is tried again.
    """

    name: str
    base: str = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    passing: tuple[int, ...] = _PASSING
    attempts: int = _ATTEMPTS
    first_pause_s: float = _FIRST_PAUSE_S
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    progress: Callable[[str], None] | None = field(default=None, repr=False)

    @property
    def shown(self) -> str:
        """The URL, without secrets."""
        return self.blotted(without_secrets(self.base))

    def blotted(self, text: str) -> str:
        """`text` without secrets, as they are and as URLs have them."""
        from urllib.parse import quote, quote_plus

        for secret in self.secrets:
            for spelling in (secret, quote(secret), quote_plus(secret)):
                text = text.replace(spelling, "***")
        return text

    def get(self, path: str = "", *, query: Mapping[str, str] | None = None) -> Reply:
        """GET. Raises: VerifyError, if there is no answer, or none that is JSON."""
        return self._ask(self._url(path, query), None, {})

    def post_form(
        self, form: Mapping[str, str], path: str = "", *, query: Mapping[str, str] | None = None
    ) -> Reply:
        """POST of form fields. Raises: VerifyError."""
        from urllib.parse import urlencode

        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask(self._url(path, query), urlencode(form).encode(), headers)

    def post_json(self, document: Any, path: str = "") -> Reply:
        """POST of JSON. Raises: VerifyError."""
        headers = {"Content-Type": "application/json"}
        return self._ask(self._url(path, None), json.dumps(document).encode(), headers)

    def _url(self, path: str, query: Mapping[str, str] | None) -> str:
        from urllib.parse import urlencode

        base, _, fixed = self.base.partition("?")
        url = base.rstrip("/") + path
        words = "&".join(part for part in (fixed, urlencode(query or {})) if part)
        return f"{url}?{words}" if words else url

    def _ask(self, url: str, data: bytes | None, headers: Mapping[str, str]) -> Reply:
        pause_s = self.first_pause_s
        for attempt in range(1, self.attempts + 1):
            is_last = attempt == self.attempts
            try:
                status, content, wait_s = self._once(url, data, headers)
            except OSError as error:
                if is_last:
                    raise self._unreachable(error) from None  # the error knows the URL, and with it the key
                trouble = "does not answer"
            else:
                if is_last or status not in self.passing:
                    return self._parsed(status, content)
                pause_s = max(pause_s, wait_s)
                trouble = f"answers with HTTP status {status}"
            pause_s = min(pause_s, _LONGEST_PAUSE_S)
            if self.progress is not None:
                self.progress(f"{self.name} {trouble}: trying again in {pause_s:.0f} s")
            self.sleep(pause_s)
            pause_s *= 2
        raise AssertionError("the last attempt returns or raises")

    def _once(self, url: str, data: bytes | None, headers: Mapping[str, str]) -> tuple[int, bytes, float]:
        from http.client import HTTPException
        from urllib.error import HTTPError
        from urllib.request import Request, urlopen

        from ingot import __version__

        named = {"User-Agent": f"ingot/{__version__}", "Accept": "application/json", **headers}
        url, authorization = _without_user(url)
        if authorization:
            named["Authorization"] = authorization
        try:
            with urlopen(Request(url, data, named), timeout=_TIMEOUT_S) as answer:
                content = answer.read(_MAX_BYTES)
                if answer.length and len(content) < _MAX_BYTES:
                    raise ConnectionError(f"the answer ended {answer.length:,} bytes too early")
                return answer.status, content, 0.0
        except HTTPError as error:
            with error:
                return error.code, error.read(_MAX_BYTES), _seconds(error.headers.get("Retry-After", ""))
        except HTTPException as error:
            raise ConnectionError(f"{type(error).__name__}: {error}") from None

    def _unreachable(self, error: OSError) -> VerifyError:
        reason = self.blotted(str(getattr(error, "reason", None) or error) or type(error).__name__)
        return VerifyError(
            f"{self.name} does not answer at {self.shown}: {reason}. Is the network up? Try again later, verify with "
            "another --service, or write the input with --dump and upload it by hand"
        )

    def _parsed(self, status: int, content: bytes) -> Reply:
        try:
            return Reply(status, json.loads(content))
        except ValueError:
            pass
        start = self.blotted(" ".join(content[: 4 * _SHOWN].decode(errors="replace").split())[:_SHOWN])
        raise VerifyError(
            f"{self.name} at {self.shown} answered with HTTP status {status} and no JSON: {start!r}. Is the URL the one "
            "of its API? If so, try again later, or verify with another --service"
        )


def _without_user(url: str) -> tuple[str, str]:
    """The URL without `user:password@`, and the header that says the same."""
    from base64 import b64encode
    from urllib.parse import unquote, urlsplit

    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    if not user:
        return url, ""
    return parts._replace(netloc=host).geturl(), f"Basic {b64encode(unquote(user).encode()).decode()}"


def _seconds(text: str) -> float:
    """Of a Retry-After in seconds; 0 for a date or nonsense."""
    return float(text) if text.isdecimal() else 0.0

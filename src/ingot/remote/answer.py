"""Errors of nodes: each program words them its own way."""

from __future__ import annotations

import re
from typing import Any

from ingot.errors import NoHistory, ProviderError, RateLimited

__all__ = ["error_of_answer", "is_too_large", "is_unsupported"]

_RATE_CODES = frozenset({429, -32005, -32007, -32029, -32097})
"""HTTP's own; EIP-1474 "limit exceeded"; QuickNode's and others' requests per second."""

_RATE = re.compile(
    r"rate.?limit|too many requests|request limit|requests per second|compute units|capacity|throughput|quota|"
    r"exceeded .*(limit|plan)|daily request count",
    re.IGNORECASE,
)
_TOO_LARGE = re.compile(
    r"block range|range (is )?too (large|wide|big)|max(imum)? (allowed )?(block )?range|range limit|exceeds? the range|"
    r"query returned more than|too many (results|logs|blocks)|more than \d+ (results|logs)|response size|"
    r"result set (is )?too large|logs? (are|is) limited|limited to|timeout|timed out|deadline|too many block",
    re.IGNORECASE,
)
_NO_HISTORY = re.compile(
    r"missing trie node|header not found|history (has been )?pruned|state .*(pruned|not available|unavailable)|"
    r"historical state|no state available|required historical|archive|state already discarded|"
    r"BlockOutOfRange|unknown block|block .*not found|could not find block|pruned history",
    re.IGNORECASE,
)
_NO_METHOD = re.compile(
    r"method .*(not|n't) .*(found|exist|support|available|enabled|allowed|whitelisted)|unknown method|"
    r"did not match any variant",
    re.IGNORECASE,
)
_UNSUPPORTED = re.compile(r"not supported|unsupported|not implemented|tracer not found", re.IGNORECASE)


def error_of_answer(method: str, error: Any, shown: str) -> ProviderError:
    """From the `error` of a JSON-RPC answer. shown: the node, for the message."""
    given = error if isinstance(error, dict) else {"message": str(error)}
    number = given.get("code")
    code = number if isinstance(number, int) else None
    words = str(given.get("message") or "no message").strip()
    detail = given.get("data")
    if code == 3 or "revert" in words.lower():  # whatever the contract says is its own
        return ProviderError(words, method=method, code=code, data=detail)
    if _is_rate_limit(code, words):
        advice = "wait, or use another node or a plan with more requests"
        return RateLimited(
            f"{shown} takes no more requests for now ({words}): {advice}", method=method, code=code
        )
    if method.startswith(("eth_get", "eth_call", "debug_")) and _NO_HISTORY.search(words):
        return NoHistory(
            f"{shown} does not have the block or its state any more, or not yet ({words}): "
            "ask a later block, or a node that keeps history (an archive node)",
            method=method,
            code=code,
        )
    if code == -32601 or _NO_METHOD.search(words):
        words = f"{shown} does not offer {method}: {words}"
    return ProviderError(words, method=method, code=code, data=detail)


def _is_rate_limit(code: int | None, words: str) -> bool:
    if _TOO_LARGE.search(words):
        return False
    return code in _RATE_CODES or _RATE.search(words) is not None


def is_too_large(error: ProviderError) -> bool:
    """Whether a query failed because it asked for too much at once."""
    return _TOO_LARGE.search(str(error)) is not None


def is_unsupported(error: ProviderError) -> bool:
    """Whether the node does not offer the method, or not to us."""
    words = str(error)
    return error.code in (-32601, -32004) or any(one.search(words) for one in (_NO_METHOD, _UNSUPPORTED))

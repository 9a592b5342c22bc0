"""Whether two answers to a JSON-RPC request are the same, and which differences were decided."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ingot.rpc import Rpc

Answer = dict[str, Any]
"""With "result" or "error"."""


def our_answer(rpc: Rpc, method: str, params: list[Any]) -> Answer:
    """As the node would send it."""
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    answer = json.loads(rpc.handle(json.dumps(request)))
    return {key: answer[key] for key in ("result", "error") if key in answer}


def difference_of(theirs: Answer, ours: Answer) -> str:
    """The first one, in words; empty if there is none. Of errors only code and data count."""
    return next(_differences(_of_schema(theirs), _of_schema(ours), ""), "")


def _of_schema(answer: Answer) -> Answer:
    """Without what is not comparable.

    Of a filled transaction only its encoding is: geth's object is not the described one. What an instruction would have
    cost that ran out of gas is told by its constant part here.
    """
    result = answer.get("result")
    if isinstance(result, dict) and result.keys() == {"raw", "tx"}:
        return {"result": result["raw"]}
    if isinstance(result, dict) and "structLogs" in result:
        return {"result": {**result, "structLogs": _comparable(result["structLogs"])}}
    if isinstance(result, list) and result and isinstance(result[0], dict) and "txHash" in result[0]:
        return {"result": [{**each, **_of_schema({"result": each.get("result")})} for each in result]}
    return answer


def _is_longer(theirs: Any, ours: Any) -> bool:
    """Geth adds the sizes to `max code size exceeded`, and has a sentence for each failure of a precompile."""
    if ours == "precompile failed" or (ours == "out of gas" and str(theirs).startswith("stack underflow")):
        return True
    return isinstance(theirs, str) and isinstance(ours, str) and theirs.startswith(f"{ours}: ")


def _is_chance(theirs: Any, ours: Any, path: str) -> bool:
    """Which of two threads of geth says last what the first block with blobs costs."""
    return ".baseFeePerBlobGas[" in path and (theirs, ours) == ("0x0", "0x1")


def _comparable(rows: list[Any]) -> list[Any]:
    # What a step would have written that failed is told by geth before 1.17.9.
    return [
        {**row, "gasCost": 0, "storage": None} if str(row.get("error", "")).startswith("out of gas") else row
        for row in rows
    ]


def _differences(theirs: Any, ours: Any, path: str) -> Iterator[str]:
    if isinstance(theirs, dict) and isinstance(ours, dict):
        if path == ".error" and any(theirs.get(key) != ours.get(key) for key in ("code", "data")):
            yield f"geth {theirs}, ours {ours}"
        if path == ".error":
            return
        for name in sorted(theirs.keys() | ours.keys()):
            if name not in ours:
                yield f"{path}.{name} is only geth's: {theirs[name]!r:.200}; ours {ours!r:.200}"
            elif name not in theirs:
                yield f"{path}.{name} is only ours: {ours[name]!r:.200}; geth {theirs!r:.200}"
            else:
                yield from _differences(theirs[name], ours[name], f"{path}.{name}")
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for index, (one, other) in enumerate(zip(theirs, ours, strict=True)):
            yield from _differences(one, other, f"{path}[{index}]")
    elif theirs != ours and not _is_chance(theirs, ours, path) and not _is_longer(theirs, ours):
        yield f"{path}: geth {theirs!r:.200}, ours {ours!r:.200}"


LENIENT = (
    r"cannot unmarshal number",
    r"cannot unmarshal non-string",
    r"leading zero digits",
    r"missing value for required argument",
    r"too many arguments",
    r"hex string without 0x prefix",
    r"hex number > 64 bits",
    r"cannot unmarshal object",
    r"hex string of odd length",
    r"hex string has length 0, want 40",
    r"cannot unmarshal string into Go value of type (int|uint64)",
    r"hex string has length \d+, want 64 for common.Hash",
)
"""Parameters that geth refuses, and we take: docs/json-rpc.md says which."""

STRICT = (
    r"transaction: type: ",
    r"there is no \w+ to override",
    r"too many arguments",
    r"options: tracerConfig",
    r"options: (timeout|tracer): ",
)
"""Parameters that we refuse, and geth does not look at."""


def allowed(method: str, theirs: Answer, ours: Answer) -> bool:
    """Whether a difference is one that docs/json-rpc.md has."""
    their_error, our_error = (each.get("error", {}) for each in (theirs, ours))
    if their_error.get("code") == -32602 and our_error.get("code") != -32602:
        return any(re.search(pattern, their_error["message"]) for pattern in LENIENT)
    if our_error.get("code") == -32602:
        if their_error:  # more than one thing is wrong
            return True
        return any(re.search(pattern, our_error["message"]) for pattern in STRICT)
    if theirs.get("result") == {"oldestBlock": "0x0", "gasUsedRatio": None}:
        return ours.get("result") == {"oldestBlock": "0x0", "baseFeePerGas": [], "gasUsedRatio": []}
    if theirs.get("result") == {"storage": None, "nextKey": None}:
        return ours.get("result") == {"storage": {}, "nextKey": None}
    if "not found" in our_error.get("message", ""):
        return theirs.get("result", 0) in ("0x", [], None)
    if "too many blobs" in our_error.get("message", "") or "empty auth list" in our_error.get("message", ""):
        return "result" in theirs
    if (theirs.get("result"), ours.get("result", 0)) == ("0x", None):
        return method.startswith("eth_getRawTransaction")
    if our_error.get("message", "").startswith("there is no tracer"):
        return "is not defined" in json.dumps(theirs)
    return method in OTHERWISE


OTHERWISE = {
    "eth_coinbase": "geth has none any more",
    "eth_capabilities": "nothing is ever deleted here",
}
"""Methods that answer otherwise, on purpose."""

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
    return next(_differences(theirs, ours, ""), "")


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
    elif theirs != ours:
        yield f"{path}: geth {theirs!r:.200}, ours {ours!r:.200}"


LENIENT = (
    r"cannot unmarshal number",
    r"cannot unmarshal non-string into Go value of type hexutil.Uint",
    r"leading zero digits",
    r"missing value for required argument",
    r"too many arguments",
    r"hex string without 0x prefix",
    r"cannot unmarshal object",
    r"hex string of odd length",
    r"hex string has length",
    r"invalid hex string",
    r"cannot unmarshal string into Go value of type (int|uint64)",
)
"""Why geth refuses what we take: docs/json-rpc.md says which of it."""


def allowed(method: str, theirs: Answer, ours: Answer) -> bool:
    """Whether a difference is one that docs/json-rpc.md has."""
    if "error" in theirs and theirs["error"]["code"] == -32602 and "result" in ours:
        return any(re.search(pattern, theirs["error"]["message"]) for pattern in LENIENT)
    return method in OTHERWISE


OTHERWISE = {
    "eth_coinbase": "geth has none any more",
    "eth_capabilities": "nothing is ever deleted here",
    "eth_config": "forks that were passed are not known",
}
"""Methods that answer otherwise, on purpose."""

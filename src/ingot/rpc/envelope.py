"""JSON-RPC 2.0: from the bytes of a request to those of its answer. Source: jsonrpc.org/specification."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from ingot.errors import RpcError
from ingot.rpc.failure import INVALID_REQUEST, PARSE
from ingot.rpc.method import invalid

__all__ = ["MAX_BATCH", "Request", "dump", "error_body", "handle"]

Request = Callable[[str, Sequence[Any] | Mapping[str, Any]], Any]
"""A method's name and its parameters; returns plain JSON values or raises RpcError."""

MAX_BATCH = 10_000
"""How many requests a batch may have."""

_ID_TYPES = (str, int, float, type(None), orjson.Fragment)


def dump(value: Any) -> bytes:
    """JSON."""
    return orjson.dumps(value)


def error_body(error: RpcError, request_id: Any = None) -> dict[str, Any]:
    """An answer that says what is wrong."""
    told: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.data is not None:
        told["data"] = error.data
    return {"jsonrpc": "2.0", "id": request_id, "error": told}


def handle(body: bytes | str, request: Request) -> bytes:
    """Answer a request or a batch. Empty, if there was nothing but notifications."""
    try:
        message = orjson.loads(body)
    except ValueError as error:  # JSONDecodeError
        return dump(error_body(RpcError(f"parse error: {error}", code=PARSE)))
    if type(message) is dict:
        if type(message.get("id")) is float:
            _spell_ids([message], [_spelt(body)])
        answer = _answer(message, request)
        return b"" if answer is None else dump(answer)
    if not isinstance(message, list):
        refused = RpcError("invalid request: an object or an array was expected", code=INVALID_REQUEST)
        return dump(error_body(refused))
    if not message:
        return dump(error_body(RpcError("invalid request: empty batch", code=INVALID_REQUEST)))
    if len(message) > MAX_BATCH:
        refused = RpcError(f"batch too large: at most {MAX_BATCH} requests", code=INVALID_REQUEST)
        return dump(error_body(refused))
    if any(type(each) is dict and type(each.get("id")) is float for each in message):
        _spell_ids(message, _spelt(body))
    answers = [answer for each in message if (answer := _answer(each, request)) is not None]
    return dump(answers) if answers else b""


def _answer(message: Any, request: Request) -> dict[str, Any] | None:
    if type(message) is not dict:
        return error_body(RpcError("invalid request: an object was expected", code=INVALID_REQUEST))
    request_id = message.get("id")
    if not isinstance(request_id, _ID_TYPES) or isinstance(request_id, bool):
        return error_body(RpcError("invalid request: id is a string, a number or null", code=INVALID_REQUEST))
    method: Any = message.get("method")
    params: Any = message.get("params")
    problem = _problem(message, method, params)
    if problem is not None:
        return error_body(RpcError(f"invalid request: {problem}", code=INVALID_REQUEST), request_id)
    try:
        result = request(method, _read(params))
    except RpcError as error:
        return None if "id" not in message else error_body(error, request_id)
    if "id" not in message:
        return None
    return {"jsonrpc": "2.0", "id": request_id, "result": result}


def _problem(message: Mapping[str, Any], method: Any, params: Any) -> str | None:
    if message.get("jsonrpc") != "2.0":
        return 'jsonrpc must be "2.0"'
    if type(method) is not str:
        return "method must be a string"
    return None


def _read(params: Any) -> Sequence[Any] | Mapping[str, Any]:
    if isinstance(params, (list, dict)):
        return params
    if params is None:
        return ()
    raise invalid(f"invalid argument: params: an array or an object was expected, not {params!r:.40}")


# Numbers as ids


def _spelt(body: bytes | str) -> Any:
    """The same message with its numbers as they are written: more digits than a float has come back as they came."""
    return json.loads(body, parse_int=orjson.Fragment, parse_float=orjson.Fragment)


def _spell_ids(messages: Sequence[Any], spelt: Sequence[Any]) -> None:
    for message, same in zip(messages, spelt, strict=True):
        if type(message) is dict and type(message.get("id")) is float:
            message["id"] = same["id"]

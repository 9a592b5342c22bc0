"""What help() says of a function: its declaration in Solidity's words, and its NatSpec."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ingot.abi import Function
    from ingot.interface.interface import Interface

__all__ = ["describe"]


def describe(interface: Interface, function: Function) -> str:
    """The declaration, then notice, details, parameters and results where the source documents them."""
    lines = [_declaration(function)]
    artifact = interface.artifact
    if artifact is not None:
        key = function.signature if function.name else "constructor"
        user = (artifact.userdoc.get("methods") or {}).get(key) or {}
        dev = (artifact.devdoc.get("methods") or {}).get(key) or {}
        lines += _documentation(user, dev)
    return "\n".join(lines)


def _declaration(function: Function) -> str:
    inputs = ", ".join(f"{kind} {name}".rstrip() for name, kind in function.inputs)
    if not function.name:
        return f"constructor({inputs}){' payable' if function.is_payable else ''}"
    outputs = ", ".join(f"{kind} {name}".rstrip() for name, kind in function.outputs)
    words = [f"function {function.name}({inputs})"]
    words += ["view"] if function.is_view else ["payable"] if function.is_payable else []
    words += [f"returns ({outputs})"] if outputs else []
    return " ".join(words)


def _documentation(user: Mapping[str, Any], dev: Mapping[str, Any]) -> Iterator[str]:
    for text in (user.get("notice"), dev.get("details")):
        if text:
            yield ""
            yield textwrap.fill(str(text), 100)
    rows = [(name, text) for name, text in (dev.get("params") or {}).items()]
    rows += [
        (f"returns {name}".removesuffix(" _0"), text) for name, text in (dev.get("returns") or {}).items()
    ]
    if rows:
        yield ""
    for name, text in rows:
        yield textwrap.fill(f"{name}: {text}", 100, subsequent_indent="    ")

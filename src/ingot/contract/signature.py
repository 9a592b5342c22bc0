"""How a function shows: its declaration, and the signature that a console completes."""

from __future__ import annotations

import inspect
import keyword
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ingot.abi import Function

__all__ = ["declaration", "signature_of"]


def declaration(function: Function) -> str:
    """`(address to, uint256 value) -> (bool)`"""
    inputs = ", ".join(f"{kind} {name}".rstrip() for name, kind in function.inputs)
    outputs = ", ".join(f"{kind} {name}".rstrip() for name, kind in function.outputs)
    return f"({inputs})" + (f" -> ({outputs})" if outputs else "")


def signature_of(function: Function, *, is_view: bool) -> inspect.Signature:
    """What a console shows while the call is typed."""
    kinds = inspect.Parameter
    parameters = [
        kinds(_python_name(name, index), kinds.POSITIONAL_OR_KEYWORD, annotation=kind)
        for index, (name, kind) in enumerate(function.inputs)
    ]
    taken = {parameter.name for parameter in parameters}
    if len(taken) < len(parameters):
        parameters = [kinds(f"arg{index}", kinds.POSITIONAL_ONLY) for index in range(len(parameters))]
        taken = set()
    settings = ["sender"] if is_view else ["sender", *(["value"] if function.is_payable else [])]
    extra = [kinds(name, kinds.KEYWORD_ONLY, default=None) for name in settings if name not in taken]
    return inspect.Signature([*parameters, *extra])


def _python_name(name: str, index: int) -> str:
    if not name.isidentifier():
        return f"arg{index}"
    return f"{name}_" if keyword.iskeyword(name) else name

"""A JSON-RPC method: its names, its parameters, and what answers."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from ingot.errors import RpcError

if TYPE_CHECKING:
    from types import ModuleType

__all__ = [
    "INVALID_PARAMS",
    "Method",
    "Parameter",
    "Reader",
    "invalid",
    "method",
    "methods_of",
    "optional",
]

INVALID_PARAMS: Final = -32602

Reader = Callable[[Any], Any]
"""From JSON to what a method takes. Raises ValueError, in words that follow the parameter's name."""


def invalid(message: str) -> RpcError:
    """The request's parameters are wrong."""
    return RpcError(message, code=INVALID_PARAMS)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. default: what a method gets where it is left out or null; only of optional ones."""

    read: Reader
    kind: str
    name: str = ""
    is_optional: bool = False
    default: Any = None


def optional(parameter: Parameter, default: Any = None, *, name: str = "") -> Parameter:
    """The same, but it may be left out."""
    return replace(parameter, is_optional=True, default=default, name=name or parameter.name)


@dataclass(frozen=True, slots=True)
class Method:
    """A method as requests name it.

    names: its name, and others for the same.      answer: takes the Rpc and the parameters' values, in order.
    """

    names: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    answer: Callable[..., Any]
    summary: str

    @property
    def name(self) -> str:
        """The first of its names."""
        return self.names[0]

    @property
    def signature(self) -> str:
        """`eth_call(transaction, block?)`"""
        shown = ", ".join(f"{each.name}{'?' if each.is_optional else ''}" for each in self.parameters)
        return f"{self.name}({shown})"

    def read(self, given: Sequence[Any] | Mapping[str, Any]) -> list[Any]:
        """The values of its parameters. Raises: RpcError -32602, which names the first that is wrong."""
        parameters = self.parameters
        if not isinstance(given, (list, tuple)) and isinstance(given, Mapping):
            given = self._in_order(given)
        count = len(given)
        if count > len(parameters):
            if any(value is not None for value in given[len(parameters) :]):
                raise invalid(f"too many arguments: {self.signature} takes {len(parameters) or 'none'}")
            count = len(parameters)
        values = []
        for index, parameter in enumerate(parameters):
            value = given[index] if index < count else None
            if value is None:
                if not parameter.is_optional:
                    raise invalid(f"missing argument {index}: {parameter.name} ({parameter.kind})")
                values.append(parameter.default)
                continue
            try:
                values.append(parameter.read(value))
            except ValueError as error:
                raise invalid(f"invalid argument {index}: {parameter.name}: {error}") from None
        return values

    def _in_order(self, given: Mapping[str, Any]) -> list[Any]:
        names = [parameter.name for parameter in self.parameters]
        for name in given:
            if name not in names:
                raise invalid(f"unknown argument {name}: {self.signature} has {', '.join(names) or 'none'}")
        return [given.get(name) for name in names]


def method(*names: str, **parameters: Parameter) -> Callable[[Callable[..., Any]], Method]:
    """Make a method of a function. parameters: by the function's own names, in JSON-RPC's order."""

    def make(answer: Callable[..., Any]) -> Method:
        expected = list(inspect.signature(answer).parameters)[1:]
        if expected != list(parameters):
            raise TypeError(
                f"{names[0]}: its function takes {expected}, its parameters are {list(parameters)}"
            )
        named = tuple(replace(each, name=each.name or _camel(name)) for name, each in parameters.items())
        summary = (inspect.getdoc(answer) or "").split("\n\n")[0].replace("\n", " ")
        return Method(names, named, answer, summary)

    return make


def _camel(name: str) -> str:
    return re.sub("_+([a-z0-9])", lambda found: found[1].upper(), name.strip("_"))


def methods_of(module: ModuleType) -> list[Method]:
    """The methods that a module defines, in its order."""
    return [value for value in vars(module).values() if isinstance(value, Method)]

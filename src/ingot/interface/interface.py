"""The functions, events and errors of one ABI, each made when it is first asked for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ingot.abi import Event, Function
from ingot.errors import UsageError
from ingot.interface.binding import suggest
from ingot.interface.error import error_type
from ingot.interface.event import EventType
from ingot.interface.natspec import describe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ingot.artifacts import Artifact
    from ingot.interface.error import DeclaredError
    from ingot.interface.scope import Scope

__all__ = ["Interface"]

_KINDS = frozenset({"function", "event", "error", "constructor", "receive", "fallback"})


class Interface:
    """An ABI with a name.

    artifact: where it comes from, if it was compiled.      scope: the project's other interfaces, to name what is not
    declared here: the errors and events of contracts that this one calls.
    """

    def __init__(
        self,
        name: str,
        abi: Sequence[Mapping[str, Any]],
        *,
        artifact: Artifact | None = None,
        scope: Scope | None = None,
    ) -> None:
        self.name = name
        self.abi = abi
        self.artifact = artifact
        self.scope = scope
        self._entries: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
        for entry in _checked(abi, name):
            self._entries.setdefault((entry["type"], entry.get("name", "")), []).append(entry)
        self._functions: dict[str, tuple[Function, ...]] = {}
        self._events: dict[str, tuple[EventType, ...]] = {}
        self._errors: dict[str, tuple[type[DeclaredError], ...]] = {}
        self._by_selector: dict[bytes, Function] | None = None
        self._errors_by_selector: dict[bytes, type[DeclaredError]] | None = None
        self._events_by_topic: dict[bytes, list[EventType]] | None = None

    def names(self, kind: str) -> list[str]:
        """Names of all of a kind: function, event or error."""
        return [name for entry_kind, name in self._entries if entry_kind == kind]

    def functions(self, name: str) -> tuple[Function, ...]:
        """All overloads of `name`; empty if there is none."""
        found = self._functions.get(name)
        if found is None:
            entries = self._entries.get(("function", name), ())
            found = self._functions[name] = tuple(Function(json.dumps(entry)) for entry in entries)
        return found

    def events(self, name: str) -> tuple[EventType, ...]:
        """All events called `name`."""
        found = self._events.get(name)
        if found is None:
            entries = self._entries.get(("event", name), ())
            found = tuple(EventType(Event(json.dumps(entry)), self.name) for entry in entries)
            self._events[name] = found
        return found

    def errors(self, name: str) -> tuple[type[DeclaredError], ...]:
        """All errors called `name`."""
        found = self._errors.get(name)
        if found is None:
            found = tuple(error_type(entry) for entry in self._entries.get(("error", name), ()))
            self._errors[name] = found
        return found

    @property
    def constructor(self) -> Function:
        """Without inputs where the ABI lists none."""
        found = self._functions.get("constructor()")
        if found is None:
            listed = self._entries.get(("constructor", ""))
            entry = (
                listed[0]
                if listed
                else {"type": "constructor", "inputs": [], "stateMutability": "nonpayable"}
            )
            found = self._functions["constructor()"] = (Function(json.dumps(entry)),)
        return found[0]

    def all_functions(self) -> Iterable[Function]:
        """Every function, overloads included."""
        return (function for name in self.names("function") for function in self.functions(name))

    def all_events(self) -> Iterable[EventType]:
        """Every event."""
        return (event for name in self.names("event") for event in self.events(name))

    def all_errors(self) -> Iterable[type[DeclaredError]]:
        """Every error."""
        return (error for name in self.names("error") for error in self.errors(name))

    def function(self, signature: str) -> Function:
        """A function by signature, `transfer(address,uint256)`, or by a name that is not overloaded."""
        bare = signature.partition("(")[0].strip()
        overloads = self.functions(bare)
        if not overloads:
            raise UsageError(
                f"{self.name} has no function {signature!r}{suggest(bare, self.names('function'))}"
            )
        if "(" not in signature:
            if len(overloads) > 1:
                raise UsageError(f"{self.name}.{bare} is overloaded: name one of {_signatures(overloads)}")
            return overloads[0]
        wanted = signature.replace(" ", "")
        for function in overloads:
            if function.signature == wanted:
                return function
        raise UsageError(f"{self.name} has no function {signature!r}; there is {_signatures(overloads)}")

    def function_of(self, calldata: bytes) -> Function | None:
        """The function whose selector opens `calldata`."""
        if self._by_selector is None:
            self._by_selector = {function.selector: function for function in self.all_functions()}
        return self._by_selector.get(calldata[:4])

    def error_of(self, data: bytes) -> type[DeclaredError] | None:
        """The error whose selector opens `data`."""
        if self._errors_by_selector is None:
            self._errors_by_selector = {error.abi.selector: error for error in self.all_errors()}
        return self._errors_by_selector.get(data[:4])

    def events_of(self, topics: Sequence[bytes]) -> Sequence[EventType]:
        """The events that a log with these topics may be of: by topic, then the anonymous ones."""
        if self._events_by_topic is None:
            self._events_by_topic = {}
            for event in self.all_events():
                self._events_by_topic.setdefault(event.abi.topic, []).append(event)
        known = self._events_by_topic
        return [*(known.get(topics[0], ()) if topics else ()), *known.get(b"", ())]

    def describe(self, function: Function) -> str:
        """Declaration and NatSpec of a function, as help() shows them."""
        return describe(self, function)

    def __repr__(self) -> str:
        return f"<interface {self.name}>"


def _checked(abi: Sequence[Mapping[str, Any]], name: str) -> Iterable[Mapping[str, Any]]:
    for entry in abi:
        if not isinstance(entry, dict) or entry.get("type", "function") not in _KINDS:
            raise UsageError(f"the ABI of {name} has an entry that is none: {str(entry)[:80]}")
        yield entry if "type" in entry else {**entry, "type": "function"}


def _signatures(functions: Iterable[Function]) -> str:
    return ", ".join(function.signature for function in functions)

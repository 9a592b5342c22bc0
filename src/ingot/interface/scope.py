"""All interfaces of a project together: they name what a contract's own ABI does not declare."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ingot.abi import Function
    from ingot.interface.error import DeclaredError
    from ingot.interface.event import EventType
    from ingot.interface.interface import Interface

__all__ = ["Scope"]


class Scope:
    """Errors, events and functions by selector or topic, over many interfaces; indexed when first asked.

    load: gives the interfaces.
    """

    def __init__(self, load: Callable[[], Iterable[Interface]]) -> None:
        self._load = load
        self._interfaces: list[Interface] | None = None
        self._by_length: dict[int, list[Interface]] | None = None

    @property
    def interfaces(self) -> list[Interface]:
        """In the order of their source files."""
        if self._interfaces is None:
            self._interfaces = list(self._load())
        return self._interfaces

    def errors_of(self, data: bytes) -> Iterable[type[DeclaredError]]:
        """Every error whose selector opens `data`, each declaration once."""
        found = (interface.error_of(data) for interface in self.interfaces)
        return dict.fromkeys(error for error in found if error is not None)

    def events_of(self, topics: Sequence[bytes]) -> Iterable[EventType]:
        """Every named event with this first topic."""
        if not topics:
            return
        for interface in self.interfaces:
            for event in interface.events_of(topics):
                if not event.abi.anonymous:
                    yield event

    def function_of(self, calldata: bytes) -> tuple[Interface, Function] | None:
        """The first function whose selector opens `calldata`."""
        for interface in self.interfaces:
            function = interface.function_of(calldata)
            if function is not None:
                return interface, function
        return None

    def interface_of(self, runtime_code: bytes) -> Interface | None:
        """The contract whose compiled code `runtime_code` is, up to immutables and library addresses."""
        if self._by_length is None:
            self._by_length = {}
            for interface in self.interfaces:
                if interface.artifact is not None and interface.artifact.runtime_code_size:
                    size = interface.artifact.runtime_code_size
                    self._by_length.setdefault(size, []).append(interface)
        for interface in self._by_length.get(len(runtime_code), ()):
            if interface.artifact is not None and interface.artifact.is_code_of(runtime_code):
                return interface
        return None

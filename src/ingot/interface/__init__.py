"""What an ABI says: the functions, events and errors of a contract as Python objects, without a chain."""

from ingot.interface.error import DeclaredError, error_type
from ingot.interface.event import EventLog, Events, EventType, ExpectedEvent
from ingot.interface.interface import Interface
from ingot.interface.scope import Scope

__all__ = [
    "DeclaredError",
    "EventLog",
    "EventType",
    "Events",
    "ExpectedEvent",
    "Interface",
    "Scope",
    "error_type",
]

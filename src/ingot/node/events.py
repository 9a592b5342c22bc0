"""What happens in a node, as it is shown: values that the thread which answers requests makes, and another one tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingot.engine import Block, Outcome

__all__ = ["Answered", "BlocksPassed", "Execution", "Listening", "Mined", "NotMined", "WentBack"]


@dataclass(frozen=True, slots=True)
class Listening:
    """The node serves. lines: about it, for people.      facts: the same for programs."""

    lines: tuple[str, ...]
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Execution:
    """A call or an estimate.

    terms: what the engine's `call` takes, without block and recording.      number: of the block on whose state it ran;
    None for the pending one.      outcome: None for an estimate that succeeded.
    """

    terms: Mapping[str, Any]
    number: int | None
    outcome: Outcome | None


class Answered(NamedTuple):
    """A request was answered. code, message: of the error, if it failed.      executions: what ran for it."""

    method: str
    took_s: float
    code: int | None = None
    message: str = ""
    executions: tuple[Execution, ...] = ()


class Mined(NamedTuple):
    """A block was mined."""

    block: Block


class BlocksPassed(NamedTuple):
    """So many blocks were mined at once that they get no lines of their own."""

    first: int
    last: int


class WentBack(NamedTuple):
    """The chain ends earlier than it did."""

    number: int


class NotMined(NamedTuple):
    """A block was due, and could not be mined."""

    message: str

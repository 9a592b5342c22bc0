"""Functions and statements of a source unit, by their place in it: what solc's syntax tree says about them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

__all__ = ["Function", "Statement", "Unit", "functions_of"]

_SIMPLE = frozenset(
    {
        "Break",
        "Continue",
        "EmitStatement",
        "ExpressionStatement",
        "PlaceholderStatement",
        "Return",
        "RevertStatement",
        "Throw",
        "VariableDeclarationStatement",
        "YulAssignment",
        "YulBreak",
        "YulContinue",
        "YulExpressionStatement",
        "YulLeave",
        "YulVariableDeclaration",
    }
)
_HEADERS: Mapping[str, tuple[str, ...]] = {
    "DoWhileStatement": ("condition",),
    "ForStatement": ("loopExpression", "condition", "initializationExpression"),
    "IfStatement": ("condition",),
    "InlineAssembly": (),
    "TryStatement": ("externalCall",),
    "WhileStatement": ("condition",),
    "YulForLoop": ("condition",),
    "YulIf": ("condition",),
    "YulSwitch": ("expression",),
}
"""Statements that hold others -> what of them is executed itself, the last in the source first."""
_BODIES: Mapping[str, tuple[str, ...]] = {
    "DoWhileStatement": ("body",),
    "ForStatement": ("body",),
    "IfStatement": ("trueBody", "falseBody"),
    "InlineAssembly": ("AST",),
    "TryStatement": ("clauses",),
    "WhileStatement": ("body",),
    "YulForLoop": ("body",),
    "YulIf": ("body",),
    "YulSwitch": ("cases",),
}
_TRANSPARENT: Mapping[str, str] = {
    "Block": "statements",
    "UncheckedBlock": "statements",
    "YulBlock": "statements",
    "TryCatchClause": "block",
    "YulCase": "body",
}
"""Nodes that stand for what is in them."""
_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_WORDS = {"DoWhileStatement": "do", "InlineAssembly": "assembly"}
_LOOPS = frozenset({"DoWhileStatement", "ForStatement", "WhileStatement", "YulForLoop"})
_TYPE_WORDS = ("contract ", "struct ", "enum ", "library ", "type ")


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement. start, end: bytes of its source.      header: where what it executes itself ends; its bodies come after.

    holder: the one that it is in; previous: the one before it in the same block; by index in the function, -1 for none.
    node_type: solc's.
    """

    start: int
    end: int
    header: int
    holder: int
    previous: int
    node_type: str

    @property
    def shape(self) -> tuple[str, int, int]:
        """What it is, and where among the others."""
        return self.node_type, self.holder, self.previous

    @property
    def implied(self) -> int:
        """The statement that was executed before, if this one was."""
        return self.previous if self.previous >= 0 else self.holder

    @property
    def is_loop(self) -> bool:
        """Whether what is in it may be executed again."""
        return self.node_type in _LOOPS

    @property
    def is_assembly(self) -> bool:
        """Whether it is of Yul."""
        return self.node_type.startswith("Yul") or self.node_type == "InlineAssembly"

    @property
    def is_compound(self) -> bool:
        """Whether other statements are in it."""
        return self.node_type in _HEADERS


@dataclass(frozen=True)
class Function:
    """A function, modifier or constructor with a body. contract: "" for a function of the file.

    body: where it begins.      names: all that are mentioned in it; what it calls is among them.
    selector: hex, "" if it has none.
    """

    contract: str
    name: str
    signature: str
    start: int
    end: int
    body: int
    selector: str
    names: frozenset[str] = field(repr=False)
    statements: tuple[Statement, ...] = field(repr=False)

    def is_in(self, index: int, holder: int) -> bool:
        """Whether a statement is in another."""
        while index >= 0 and index != holder:
            index = self.statements[index].holder
        return index == holder

    def follows(self, before: int, index: int, with_code: Set[int]) -> bool:
        """Whether a statement may be executed next after another (-1: as the first). with_code: those that have any."""
        if self.statements[index].is_loop and before >= 0 and self.is_in(before, index):
            return True
        at = index
        while (implied := self.statements[at].implied) >= 0:
            if implied == before:
                return True
            found = self.statements[implied]
            if found.node_type == "PlaceholderStatement":
                return True
            if before >= 0 and self.is_in(before, implied):
                return self.statements[at].previous >= 0 or found.is_loop
            if implied in with_code:
                return False
            at = implied
        return before < 0

    @cached_property
    def placeholder(self) -> int:
        """Of a modifier, the first `_;`; -1 if there is none."""
        kinds = [statement.node_type for statement in self.statements]
        return kinds.index("PlaceholderStatement") if "PlaceholderStatement" in kinds else -1

    def reads_as(self, other: Function, unit: Unit, of_other: Unit) -> bool:
        """Whether it has the same body. unit, of_other: where they are."""
        own = unit.source[self.body : self.end].split()
        return own == of_other.source[other.body : other.end].split()

    def is_shaped_as(self, other: Function) -> bool:
        """Whether it has the same statements but for the names in them: two that call functions that read the same."""
        return [one.shape for one in self.statements] == [one.shape for one in other.statements]

    def statement_at(self, start: int, end: int) -> int:
        """Index of the innermost statement that holds these bytes; -1 if none does."""
        found = -1
        for index, statement in enumerate(self.statements):
            if statement.start > start:
                break
            if end <= statement.end:
                found = index
        return found


@dataclass(frozen=True, eq=False)
class Unit:
    """A source file. name: as solc knows it.      source: its bytes."""

    name: str
    source: bytes = field(repr=False)
    functions: tuple[Function, ...] = field(repr=False)

    @cached_property
    def _starts(self) -> list[int]:
        return [function.start for function in self.functions]

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(at + 1 for at, byte in enumerate(self.source) if byte == 0x0A)]

    @cached_property
    def lines(self) -> list[str]:
        """The text, line by line; the first line is at index 0."""
        return self.source.decode(errors="replace").split("\n")

    def line_at(self, offset: int) -> int:
        """Number of the line that holds a byte, from 1."""
        return bisect_right(self._line_starts, offset)

    def column_at(self, offset: int) -> int:
        """Bytes before it in its line."""
        return offset - self._line_starts[self.line_at(offset) - 1]

    def names_in(self, statement: Statement) -> set[str]:
        """What is mentioned in what a statement executes itself."""
        return set(_NAME.findall(self.source[statement.start : statement.header].decode(errors="replace")))

    def lines_of(self, statement: Statement) -> tuple[int, int]:
        """First and last line of what a statement executes itself."""
        last = max(statement.start, statement.header - 1)
        return self.line_at(statement.start), self.line_at(last)

    def function_at(self, start: int, end: int) -> int:
        """Index of the function that holds these bytes; -1 if none does."""
        index = bisect_right(self._starts, start) - 1
        return index if index >= 0 and end <= self.functions[index].end else -1


def functions_of(tree: Mapping[str, Any]) -> Iterator[Function]:
    """Everything with a body, in the order of the source. tree: of a source unit, as solc prints it."""
    for node in tree.get("nodes", ()):
        if node["nodeType"] == "ContractDefinition":
            for member in node["nodes"]:
                yield from _function(member, node["name"])
        else:
            yield from _function(node, "")


def _function(node: Mapping[str, Any], contract: str) -> Iterator[Function]:
    body = node.get("body")
    if node["nodeType"] not in ("FunctionDefinition", "ModifierDefinition") or not body:
        return
    start, end = _range(node)
    kind = node.get("kind", "function")
    name = node.get("name") or ("constructor" if node.get("isConstructor") else kind)
    types = ",".join(_type_name(one) for one in node["parameters"]["parameters"])
    statements: list[Statement] = []
    _collect([body], -1, -1, statements)
    yield Function(
        contract,
        name,
        f"{name}({types})",
        start,
        end,
        _range(body)[0],
        node.get("functionSelector", ""),
        frozenset(_names(node)),
        tuple(statements),
    )


def _names(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for one in node:
            yield from _names(one)
    elif isinstance(node, dict):
        if node.get("nodeType") in ("Identifier", "IdentifierPath"):
            yield node["name"].rpartition(".")[2]
        elif node.get("nodeType") == "MemberAccess":
            yield node["memberName"]
        for value in node.values():
            if isinstance(value, (dict, list)):
                yield from _names(value)


def _type_name(parameter: Mapping[str, Any]) -> str:
    words = str(parameter["typeDescriptions"].get("typeString", ""))
    for word in _TYPE_WORDS:
        words = words.replace(word, "")
    for place in (" storage ref", " storage pointer", " memory", " calldata", " payable"):
        words = words.replace(place, "")
    return words


def _range(node: Mapping[str, Any]) -> tuple[int, int]:
    start, length, _ = map(int, node["src"].split(":"))
    return start, start + length


def _collect(nodes: list[Any], holder: int, previous: int, into: list[Statement]) -> int:
    """Append the statements among `nodes`, which are executed one after the other. Returns: the last one's index."""
    for node in nodes:
        kind = node["nodeType"]
        if kind in _TRANSPARENT:
            inner = node.get(_TRANSPARENT[kind])
            if inner is not None:
                previous = _collect(inner if isinstance(inner, list) else [inner], holder, previous, into)
        elif kind in _SIMPLE or kind in _HEADERS:
            start, end = _range(node)
            header = _header_end(node, start) if kind in _HEADERS else end
            into.append(Statement(start, end, header, holder, previous, kind))
            previous = len(into) - 1
            for name in _BODIES.get(kind, ()):
                body = node.get(name)
                for branch in body if isinstance(body, list) else [body]:
                    if branch is not None:
                        _collect([branch], previous, -1, into)
    return previous


def _header_end(node: Mapping[str, Any], start: int) -> int:
    """For `do`, whose condition comes last, and for `assembly`, the word itself."""
    if node["nodeType"] in _WORDS:
        return start + len(_WORDS[node["nodeType"]])
    return max([start + 1, *(_range(node[part])[1] for part in _HEADERS[node["nodeType"]] if node.get(part))])

"""Tracebacks as ape has them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from ape.types.trace import ControlFlow, SourceTraceback
from ethpm_types import ASTNode
from ethpm_types.ast import ASTClassification
from ethpm_types.source import Content, SourceStatement
from ethpm_types.source import Function as Closure
from ethpm_types.sourcemap import SourceMapItem

from ingot.trace import HEAD, walk

if TYPE_CHECKING:
    from pathlib import Path

    from ingot.trace import Flow, Steps, Unit

__all__ = ["traceback_of"]

_DEV_MESSAGE = re.compile(r"//+\s*(dev:.+)")


def traceback_of(steps: Steps, base: Path) -> SourceTraceback:
    """The way of an execution through the sources. base: the project's folder.

    Of one that failed, the last statement is the one that made it fail; a comment `// dev: ...` beside it is its type.
    """
    flows = [_control_flow(flow, base) for flow in walk(steps)]
    if flows and steps.frames[0].status != "success":
        last = flows[-1].statements[-1]
        assert isinstance(last, SourceStatement)
        last.type = _dev_message(last.content) or last.type
    return SourceTraceback.model_construct(root=flows)


def _dev_message(content: Content) -> str | None:
    for line in reversed(content.as_list()):
        if found := _DEV_MESSAGE.search(line):
            return found[1].strip()
    return None


def _control_flow(flow: Flow, base: Path) -> ControlFlow:
    path = base / flow.unit.name
    return ControlFlow.model_construct(
        statements=_statements(flow),
        closure=_closure(flow.unit, flow.function),
        source_path=path if path.is_file() else None,
        depth=flow.depth,
    )


def _statements(flow: Flow) -> list[SourceStatement]:
    """Those that share a line with the one before are one with it, as ape has it."""
    closure = _closure(flow.unit, flow.function)
    made: list[SourceStatement] = []
    for visit in flow.visits:
        node = _head(flow.unit, flow.function) if visit.index == HEAD else closure.ast.children[visit.index]
        if made and made[-1].begin_lineno <= node.lineno and node.end_lineno <= made[-1].content.end_lineno:
            made[-1].asts.append(node)
            made[-1].pcs.update(visit.counters)
            continue
        made.append(
            SourceStatement.model_construct(
                type="source",
                pcs=set(visit.counters),
                asts=[node],
                content=_content(flow.unit, node.lineno, node.end_lineno),
            )
        )
    return made


def _content(unit: Unit, first: int, last: int) -> Content:
    return Content.model_construct(root={number: unit.lines[number - 1] for number in range(first, last + 1)})


@lru_cache(maxsize=4096)
def _closure(unit: Unit, index: int) -> Closure:
    """The function, with its statements."""
    function = unit.functions[index]
    children = [
        _node(unit, statement.node_type, statement.start, max(statement.start, statement.header - 1))
        for statement in function.statements
    ]
    node = _node(unit, "FunctionDefinition", function.start, function.end - 1)
    node.name, node.classification, node.children = function.name, ASTClassification.FUNCTION, children
    return Closure.model_construct(
        name=function.name,
        full_name=function.signature,
        ast=node,
        offset=min((child.lineno for child in children), default=node.end_lineno),
        content=_content(unit, node.lineno, node.end_lineno),
    )


def _head(unit: Unit, index: int) -> ASTNode:
    """Of a function: all before its body."""
    function = unit.functions[index]
    return _node(unit, "FunctionDefinition", function.start, function.body)


def _node(unit: Unit, kind: str, first: int, last: int) -> ASTNode:
    """first, last: bytes."""
    return ASTNode.model_construct(
        ast_type=kind,
        src=SourceMapItem.model_construct(
            start=first, length=last + 1 - first, contract_id=None, jump_code=""
        ),
        lineno=unit.line_at(first),
        col_offset=unit.column_at(first),
        end_lineno=unit.line_at(last),
        end_col_offset=unit.column_at(last) + 1,
        children=[],
    )

"""What of the sources there is to cover, and what of it was: ape's report."""

from __future__ import annotations

from fnmatch import fnmatch
from typing import TYPE_CHECKING

from ape.types.coverage import (
    ContractCoverage,
    ContractSourceCoverage,
    CoverageStatement,
    FunctionCoverage,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ape.types.trace import ContractFunctionPath

    from ingot.trace import Function, Programs, Unit

__all__ = ["implied_by", "lines_to_cover", "source_coverage"]

_NOT_COUNTED = frozenset({"InlineAssembly", "PlaceholderStatement"})


def implied_by(function: Function, index: int) -> Iterable[int]:
    """A statement, and all that must have been executed before it."""
    while index >= 0:
        yield index
        index = function.statements[index].implied


def lines_to_cover(programs: Programs, unit: Unit) -> dict[int, dict[int, tuple[int, int]]]:
    """Function -> line -> (first, last) of the statements that begin on it, as ape counts them.

    Statements that the optimizer has left nothing of are not counted, unless it shows in those after them whether they were
    reached; where there is no code of a whole function because nobody calls it, all of them are. One that is called and yet
    has none, which is in its callers then, is left out, and so is one that does nothing: `receive() external payable {}`. Assembly
    counts by its statements, or by its first line where these have no code of their own, by way of Yul.
    """
    with_code: dict[int, set[int]] = {}
    compiled: set[int] = set()
    for program in programs.all:
        compiled |= {number for at, number in program.functions if at is unit}
        compiled |= {number for at, number in program.entries.values() if at is unit and program.is_ir}
        for (at, number), statements in program.with_code.items():
            if at is unit:
                with_code.setdefault(number, set()).update(statements)
    found = {}
    for number, function in enumerate(unit.functions):
        is_absent = number not in compiled
        if is_absent and function.name in programs.mentioned:
            continue
        reachable = {one for index in with_code.get(number, ()) for one in implied_by(function, index)}
        lines: dict[int, tuple[int, int]] = {}
        for index, statement in enumerate(function.statements):
            is_assembly = statement.node_type == "InlineAssembly" and index in with_code.get(number, ())
            if (is_assembly or statement.node_type not in _NOT_COUNTED) and (index in reachable or is_absent):
                first, last = unit.lines_of(statement)
                lines[first] = (first, max(last, lines.get(first, (0, 0))[1]))
        if lines or not is_absent:
            found[number] = lines
    return found


def source_coverage(
    unit: Unit,
    lines: Mapping[int, Mapping[int, tuple[int, int]]],
    hits: Mapping[tuple[Unit, int, int], int],
    exclusions: Sequence[ContractFunctionPath],
) -> ContractSourceCoverage:
    """Of a source. lines: of each function.      hits: of its lines; line 0 stands for the function."""
    contracts: dict[str, ContractCoverage] = {}
    for number, of_function in lines.items():
        function = unit.functions[number]
        name = function.contract or unit.name.rpartition("/")[2]
        if _is_excluded(name, function.name, exclusions):
            continue
        contract = contracts.setdefault(name, ContractCoverage(name=name))
        statements = [
            CoverageStatement(
                location=(first, 0, last, 0), pcs=set(), hit_count=hits.get((unit, number, first), 0)
            )
            for first, last in of_function.values()
        ]
        contract.functions.append(
            FunctionCoverage(
                name=function.name,
                full_name=function.signature,
                statements=statements,
                hit_count=hits.get((unit, number, 0), 0),
            )
        )
    countable = [contract for contract in contracts.values() if contract.statements]  # ape divides by them
    return ContractSourceCoverage(source_id=unit.name, contracts=countable)


def _is_excluded(contract: str, function: str, exclusions: Sequence[ContractFunctionPath]) -> bool:
    return any(
        fnmatch(contract, one.contract_name) and fnmatch(function, one.method_name or "*")
        for one in exclusions
    )

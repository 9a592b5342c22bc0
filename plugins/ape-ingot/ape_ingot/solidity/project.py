"""The project as solc saw it: the input that ape's compiler gives to solc, given to it once more for what ape leaves out.

Only when somebody looks at a traceback or wants coverage; the answer is kept beside ape's own build, for as long as the input is
the same. Which code it belongs to is decided by the code itself: what was compiled otherwise is not found, rather than
shown with wrong lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ape.exceptions import ApeException
from ape.logging import logger

from ape_ingot.solidity.answers import Answers
from ingot.artifacts.files import artifact_of
from ingot.errors import IngotError
from ingot.trace import Program, Programs, Unit, compilation_of

if TYPE_CHECKING:
    from ape.managers.project import LocalProject

__all__ = ["load_programs"]

_SUFFIX = ".sol"


def load_programs(project: LocalProject, known: Programs | None = None) -> Programs:
    """The code of a project; nothing, with a warning, where it cannot be compiled.

    known: what was compiled before libraries were linked, and may be deployed.
    """
    try:
        answers = list(_answers(project))
    except (ApeException, IngotError, OSError, ValueError) as error:
        logger.warning(
            f"No lines of Solidity can be shown, because the sources could not be compiled for them: {error}"
        )
        answers = []
    programs: list[Program] = [] if known is None else list(known.all)
    units: dict[str, Unit] = {} if known is None else dict(known.units)
    is_partial = known is not None and known.is_partial
    for standard_json, output in answers:
        sources = output.get("sources", {})
        trees = {name: answer["ast"] for name, answer in sources.items() if "ast" in answer}
        compilation = compilation_of(standard_json, sources, trees, units)
        units.update((unit.name, unit) for unit in compilation.units.values())
        is_partial |= compilation.is_ir and compilation.is_optimized
        programs += (
            compilation.program(artifact_of(name, contract, printed), is_creation=is_creation)
            for name, of_unit in output.get("contracts", {}).items()
            for contract, printed in of_unit.items()
            if printed["evm"]["bytecode"].get("object")
            for is_creation in (True, False)
        )
    return Programs(programs, units, is_partial=is_partial)


def _answers(project: LocalProject) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """(input, output) for each version of solc in use."""
    answers = Answers(project)
    for version, standard_json in _inputs(project).items():
        yield standard_json, answers.to(version, standard_json)
    answers.forget_others()


def _inputs(project: LocalProject) -> dict[str, dict[str, Any]]:
    """Version -> standard JSON, from ape's own compiler: in a copy of the project, as when it compiles."""
    compiler = project.compiler_manager.registered_compilers.get(_SUFFIX)
    if compiler is None or not hasattr(compiler, "get_standard_input_json"):
        return {}
    paths = [Path(path).relative_to(project.path) for path in project.sources.paths if path.suffix == _SUFFIX]
    if not paths:
        return {}
    with project.isolate_in_tempdir() as copy:
        made = compiler.get_standard_input_json([copy.path / path for path in paths], project=copy)
    return {version.base_version: standard_json for version, standard_json in made.items()}

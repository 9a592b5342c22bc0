"""The project as solc saw it: the input that ape's compiler gives to solc, given to it once more for what ape leaves out.

Only when somebody looks at a traceback or wants coverage; the answer is kept beside ape's own build, for as long as the input is
the same. Which code it belongs to is decided by the code itself: what was compiled otherwise is not found, rather than
shown with wrong lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ape.exceptions import ApeException
from ape.logging import logger

from ape_ingot.solidity.answers import Answers
from ingot.artifacts.files import artifact_of
from ingot.errors import IngotError
from ingot.trace import Program, Programs, Unit, compilation_of, is_vague, plain_settings

if TYPE_CHECKING:
    from ape.managers.project import LocalProject

__all__ = ["Compiled"]

_SUFFIX = ".sol"


class Compiled:
    """The code of a project; nothing, with a warning, where it cannot be compiled.

    known: what was compiled before libraries were linked, and may be deployed.
    """

    programs: Programs

    def __init__(self, project: LocalProject, known: Compiled | None = None) -> None:
        self._answers = Answers(project)
        self._inputs: Mapping[str, dict[str, Any]] = {}
        before: Programs = Programs((), {}) if known is None else known.programs
        units, programs = dict(before.units), list(before.all)
        try:
            self._inputs = _inputs(project)
            for version, standard_json in self._inputs.items():
                programs += _programs(standard_json, self._answers.to(version, standard_json), units)
                self._answers.keep(version, _plain(standard_json))
        except (ApeException, IngotError, OSError, ValueError) as error:
            logger.warning(
                f"No lines of Solidity can be shown, because the sources could not be compiled for them: {error}"
            )
        self._answers.forget_others()
        self.programs = Programs(programs, units)

    @cached_property
    def plain(self) -> Programs:
        """Code that says where all of it comes from, of those contracts whose own code does not: compiled when first asked for."""
        units, programs = dict(self.programs.units), list[Program]()
        for version, standard_json in self._inputs.items():
            if not is_vague(standard_json["settings"]):
                continue
            try:
                output = self._answers.to(version, _plain(standard_json))
            except (IngotError, OSError, ValueError) as error:
                logger.warning(
                    f"Lines of Solidity of optimized code are not exact, because it could not be compiled without: {error}"
                )
                continue
            programs += _programs(_plain(standard_json), output, units)
        return Programs(programs, self.programs.units)

    @property
    def to_cover(self) -> Programs:
        """All code, plain where it is vague."""
        found = (self.plain.like(one) or one if one.is_vague else one for one in self.programs.all)
        return Programs(found, self.programs.units)

    def find(self, code_hash: bytes, code: bytes, *, is_creation: bool = False) -> Program | None:
        """The program of some code, plain or not; of initcode with arguments behind it, if `is_creation`."""
        found = self.programs.find(code_hash, code, is_creation=is_creation)
        if found is None and "plain" in self.__dict__:  # nobody runs that code before
            return self.plain.find(code_hash, code, is_creation=is_creation)
        return found


def _plain(standard_json: Mapping[str, Any]) -> dict[str, Any]:
    return {**standard_json, "settings": plain_settings(standard_json["settings"])}


def _programs(
    standard_json: Mapping[str, Any], output: Mapping[str, Any], units: dict[str, Unit]
) -> Iterator[Program]:
    """Of solc's output. units: those that are known; new ones come to them."""
    sources = output.get("sources", {})
    trees = {name: answer["ast"] for name, answer in sources.items() if "ast" in answer}
    compilation = compilation_of(standard_json, sources, trees, units)
    units.update((unit.name, unit) for unit in compilation.units.values())
    for name, of_unit in output.get("contracts", {}).items():
        for contract, printed in of_unit.items():
            if printed["evm"]["bytecode"].get("object"):
                artifact = artifact_of(name, contract, printed)
                for is_creation in (True, False):
                    yield compilation.program(artifact, is_creation=is_creation)


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

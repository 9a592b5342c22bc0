"""ape-solidity with solc inside this process: switched on by `ingot: compiler: ingot`.

Which sources, versions, remappings and settings there are is ape-solidity's business, so that the artifacts are the same to the
byte; only solc is asked by us, and what it has answered once is kept.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ape.logging import logger
from ape_solidity import SolidityCompiler
from ape_solidity._models import SourceTree
from ape_solidity.exceptions import SolcCompileError
from ethpm_types import ContractType
from ethpm_types.source import Compiler
from solcx.exceptions import SolcError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from ape.managers.project import ProjectManager
    from packaging.version import Version

    from ape_ingot.solidity.answers import Answers

__all__ = ["IngotSolidity"]


class IngotSolidity(SolidityCompiler):  # type: ignore[misc]
    """Of the same name as ape-solidity's, with its settings and its errors."""

    def _compile(
        self,
        contract_filepaths: Iterable[Path],
        project: ProjectManager | None = None,
        settings: dict[str, Any] | None = None,
    ) -> Iterator[ContractType]:
        from ape_ingot.solidity.answers import Answers

        pm = project or self.local_project
        paths = list(contract_filepaths)
        tree = SourceTree.from_source_files(paths, pm)
        versions = self.get_version_map_from_imports(paths, tree, project=pm)
        inputs = self.get_standard_input_json_from_version_map(versions, tree, project=pm, **(settings or {}))
        wanted = {path.relative_to(pm.path).as_posix() for path in paths}
        answers, made = Answers(self.local_project), set[str]()
        used: list[Compiler] = []
        for version, standard_json in inputs.items():
            output = self._ask(answers, version, standard_json)
            names = []
            for name, contract in self._contracts(output, wanted):
                if name in made:
                    continue  # of a source that two versions are asked for
                made.add(name)
                names.append(name)
                yield contract
            if names:
                used.append(
                    Compiler(
                        name=self.name,
                        version=str(version),
                        contractTypes=names,
                        settings=standard_json["settings"],
                    )
                )
        pm.add_compiler_data(used)

    def _ask(self, answers: Answers, version: Version, standard_json: Mapping[str, Any]) -> Mapping[str, Any]:
        """Raises: SolcCompileError, as ape-solidity does."""
        units = "\n\t".join(sorted(standard_json["sources"])) or "No input."
        logger.info(f"Compiling using ingot's Solidity compiler '{version}'.\nInput:\n\t{units}")
        output = answers.to(version.base_version, standard_json)
        errors = [
            error["formattedMessage"] for error in output.get("errors", ()) if error["severity"] == "error"
        ]
        if errors:
            raise SolcCompileError(SolcError("\n".join(errors)))
        return output

    def _contracts(self, output: Mapping[str, Any], wanted: set[str]) -> Iterator[tuple[str, ContractType]]:
        for unit, of_unit in output.get("contracts", {}).items():
            if unit not in wanted:
                continue
            for name, contract in of_unit.items():
                initcode = contract["evm"]["bytecode"]["object"]
                runtime = contract["evm"]["deployedBytecode"]["object"]
                if "__$" in initcode or "__$" in runtime:
                    logger.warning(
                        f"Unable to compile {name} - missing libraries. "
                        "Call `add_library` with the necessary libraries"
                    )
                    continue
                fields = {
                    "abi": contract["abi"],
                    "contractName": name,
                    "sourceId": unit,
                    "deploymentBytecode": {"bytecode": f"0x{initcode}"},
                    "runtimeBytecode": {"bytecode": f"0x{runtime}"},
                    "userdoc": _read(contract["userdoc"]),
                    "devdoc": _read(contract["devdoc"]),
                    "sourcemap": contract["evm"]["bytecode"]["sourceMap"],
                }
                yield name, ContractType.model_validate(fields)


def _read(documentation: str | dict[str, Any]) -> dict[str, Any]:
    """Some versions print JSON in JSON."""
    read: dict[str, Any] = json.loads(documentation) if isinstance(documentation, str) else documentation
    return read

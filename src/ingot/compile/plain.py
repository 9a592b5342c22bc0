"""A build once more with other settings, on demand: code that nobody deploys, but that says where it comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ingot.artifacts import Artifact
from ingot.artifacts.build_info import build_info_of
from ingot.artifacts.files import artifact_of
from ingot.compile.choice import Compilers
from ingot.compile.settings import CONTRACT_OUTPUTS
from ingot.compile.storage import Storage
from ingot.config.model import Config

__all__ = ["load_plain"]


def load_plain(
    config: Config,
    artifact: Artifact,
    plain: Callable[[Mapping[str, Any]], dict[str, Any]],
    *,
    compilers: Compilers | None = None,
) -> dict[tuple[str, str], Artifact]:
    """All contracts of the build that `artifact` is of, by unit and name. plain: from that build's settings to the others.

    The first call for a build runs the compiler, later ones read a file.
    Empty, if the sources cannot be compiled so. Raises: UsageError, if the build-info is gone or of another tool.
    """
    storage = Storage(config.build_folder)
    contracts = storage.read_json(storage.plain_path(artifact.build_id))
    if not isinstance(contracts, dict):
        contracts = _compiled(config, build_info_of(artifact), plain, compilers)
        storage.write_json(storage.plain_path(artifact.build_id), contracts)
    return {
        (unit, name): artifact_of(unit, name, printed)
        for unit, of_unit in contracts.items()
        for name, printed in of_unit.items()
    }


def _compiled(
    config: Config,
    build_info: Mapping[str, Any],
    plain: Callable[[Mapping[str, Any]], dict[str, Any]],
    compilers: Compilers | None,
) -> dict[str, Any]:
    from ingot.compile.rebuild import default_compilers

    outputs = [output for output in CONTRACT_OUTPUTS if output.startswith("evm.")]
    standard_json = dict(build_info["input"])
    standard_json["settings"] = {
        **plain(standard_json["settings"]),
        "outputSelection": {"*": {"*": outputs}},
    }
    found = compilers or default_compilers(config, None)
    output: dict[str, Any] = found.resolve(build_info["solcVersion"]).compile(standard_json)
    contracts: dict[str, Any] = output.get("contracts", {})
    return contracts

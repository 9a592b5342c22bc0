"""Syntax trees on demand: they cost as much as everything else together, so a build does without.

The same input gives the same AST ids, so trees made later fit the source maps and immutables of the first compile.
An id means something only within its build: never mix the trees of two builds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ingot.artifacts import Artifact
from ingot.artifacts.build_info import build_info_of
from ingot.compile.build import Build
from ingot.compile.choice import Compilers
from ingot.compile.settings import AST_OUTPUT
from ingot.compile.storage import Storage
from ingot.config.model import Config

__all__ = ["add_asts", "load_asts"]


def load_asts(
    config: Config,
    artifact: Artifact,
    *,
    progress: Callable[[str], None] | None = None,
    compilers: Compilers | None = None,
) -> Mapping[str, Any]:
    """Syntax trees of all sources that `artifact` was compiled with: unit -> AST as solc prints it.

    The first call for a build runs the compiler, later ones read a file.
    Raises: UsageError, if the build-info is gone or of another tool.
    """
    storage = Storage(config.build_folder)
    kept = storage.read_json(storage.ast_path(artifact.build_id))
    if isinstance(kept, dict):
        return kept
    trees = _trees(config, build_info_of(artifact), progress, compilers)
    storage.write_json(storage.ast_path(artifact.build_id), trees)
    return trees


def add_asts(
    build: Build, *, progress: Callable[[str], None] | None = None, compilers: Compilers | None = None
) -> None:
    """Put the trees into the build-info files, where crytic-compile and slither look for them."""
    storage = Storage(build.config.build_folder)
    for build_id in sorted({output.build_id for output in build.state.outputs.values()}):
        path = storage.build_info_path(build_id)
        build_info = storage.read_json(path)
        if not isinstance(build_info, dict):
            continue
        sources = build_info["output"].get("sources", {})
        if all("ast" in source for source in sources.values()):
            continue
        trees = storage.read_json(storage.ast_path(build_id)) or _trees(
            build.config, build_info, progress, compilers
        )
        for unit, tree in trees.items():
            sources.setdefault(unit, {})["ast"] = tree
        storage.write_json(path, build_info)


def _trees(
    config: Config,
    build_info: Mapping[str, Any],
    progress: Callable[[str], None] | None,
    compilers: Compilers | None,
) -> dict[str, Any]:
    from ingot.compile.rebuild import default_compilers

    if progress is not None:
        progress(f"making syntax trees with solc {build_info['solcVersion']}")
    found = compilers or default_compilers(config, progress)
    standard_json = dict(build_info["input"])
    standard_json["settings"] = {**standard_json["settings"], "outputSelection": {"*": {"": [AST_OUTPUT]}}}
    output = found.resolve(build_info["solcVersion"]).compile(standard_json)
    return {unit: source["ast"] for unit, source in output.get("sources", {}).items() if "ast" in source}

"""Compile the project's contracts: what changed since the last time, and nothing else.

Artifacts go to .ingot/artifacts, the compiler's input and output to .ingot/build-info.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence
    from pathlib import Path

    from ingot.compile.build import Build
    from ingot.compile.diagnostic import Diagnostic

__all__ = ["add_arguments", "run"]


def add_arguments(parser: ArgumentParser) -> None:
    """Arguments of `ingot compile`."""
    parser.add_argument(
        "patterns", nargs="*", metavar="PATTERN", help="only these: a path, a glob, a file or a contract"
    )
    parser.add_argument("--force", action="store_true", help="compile everything, and choose compilers anew")
    parser.add_argument(
        "--sizes", action="store_true", help="show the size of each contract, and what is left"
    )
    parser.add_argument(
        "--ast", action="store_true", help="put the syntax trees into build-info: slither wants them"
    )
    parser.add_argument("--quiet", action="store_true", help="say nothing but errors")
    parser.add_argument("--json", action="store_true", help="print what there is as JSON")
    parser.add_argument(
        "--project", metavar="DIR", default=".", help="a folder in the project (default: this one)"
    )


def run(arguments: Namespace) -> int:
    """Returns 0, or 1 if solc refused the sources."""
    from ingot.config.root import find_root

    root = find_root(arguments.project)
    is_plain = not (
        arguments.patterns or arguments.force or arguments.sizes or arguments.json or arguments.ast
    )
    if is_plain and (summary := _stamped(root)) is not None:
        if not arguments.quiet:
            print(f"nothing changed: {summary}")
        return 0
    return _compile(root, arguments)


def _stamped(root: Path) -> str | None:
    from ingot import __version__
    from ingot.compile.stamp import read_stamp

    return read_stamp(root / ".ingot", version=__version__)


def _compile(root: Path, arguments: Namespace) -> int:
    from ingot.compile.build import compile_project
    from ingot.config import load_config
    from ingot.errors import CompileError

    def progress(line: str) -> None:
        if not arguments.quiet:
            print(line, file=sys.stderr, flush=True)

    try:
        config = load_config(root)
        build = compile_project(config, force=arguments.force, patterns=arguments.patterns, progress=progress)
    except CompileError as error:
        if not error.diagnostics:
            raise
        _show(error.diagnostics, errors_only=arguments.quiet)
        print(_failure(error.diagnostics), file=sys.stderr)
        return 1
    if arguments.ast:
        from ingot.compile.ast import add_asts

        add_asts(build, progress=progress)
    _report(build, arguments)
    return 0


def _report(build: Build, arguments: Namespace) -> None:
    if arguments.json:
        import json

        from ingot.compile.report import build_json

        print(json.dumps(build_json(build), indent=2))
        return
    if not arguments.quiet:
        _show(build.fresh, errors_only=False)
        print(_summary(build))
    if arguments.sizes:
        from ingot.compile.sizes import size_table

        print(size_table(build.artifacts))


def _show(diagnostics: Sequence[Diagnostic], *, errors_only: bool) -> None:
    from ingot.cli.colour import wants_colour

    colour = wants_colour(sys.stderr)
    for diagnostic in diagnostics:
        if not errors_only or diagnostic.severity == "error":
            print(diagnostic.render(colour=colour), end="\n\n", file=sys.stderr)


def _failure(diagnostics: Sequence[Diagnostic]) -> str:
    from ingot.compile.report import counted

    errors = sum(diagnostic.severity == "error" for diagnostic in diagnostics)
    warnings = sum(diagnostic.severity == "warning" for diagnostic in diagnostics)
    found = counted(errors, "error") + (f" and {counted(warnings, 'warning')}" if warnings else "")
    return f"compiling failed with {found}; the last good artifacts are kept"


def _summary(build: Build) -> str:
    from ingot.compile.report import files_in_words, summary

    if not build.state.units:
        folder = build.config.contracts_folder
        return f"nothing to compile: there is no .sol file in {folder}/. Write a contract there, or run `ingot init`."
    if not build.compiled:
        return f"nothing changed: {summary(build)}"
    own = sum(build.state.units[unit].is_own for unit in build.compiled)
    files = files_in_words(own, len(build.compiled) - own)
    return f"compiled {files} in {build.seconds:.2f} s: {summary(build)}"

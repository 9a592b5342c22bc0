"""Compile the project's contracts: what changed since the last time, and nothing else.

Artifacts go to .ingot/artifacts, the compiler's input and output to .ingot/build-info.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

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
    parser.add_argument("--quiet", action="store_true", help="say nothing but errors")
    parser.add_argument(
        "--project", metavar="DIR", default=".", help="a folder in the project (default: this one)"
    )


def run(arguments: Namespace) -> int:
    """Returns 0, or 1 if solc refused the sources."""
    from ingot.compile.build import compile_project
    from ingot.config import find_root, load_config
    from ingot.errors import CompileError

    config = load_config(find_root(arguments.project))

    def progress(line: str) -> None:
        if not arguments.quiet:
            print(line, file=sys.stderr, flush=True)

    try:
        build = compile_project(config, force=arguments.force, patterns=arguments.patterns, progress=progress)
    except CompileError as error:
        if not error.diagnostics:
            raise
        _show(error.diagnostics, quiet=arguments.quiet)
        return 1
    if not arguments.quiet:
        _show(build.fresh, quiet=False)
        print(_summary(build))
    if arguments.sizes:
        from ingot.compile.sizes import size_table

        print(size_table(build.artifacts))
    return 0


def _show(diagnostics: tuple[Diagnostic, ...], *, quiet: bool) -> None:
    from ingot.cli.colour import wants_colour

    colour = wants_colour(sys.stderr)
    for diagnostic in diagnostics:
        if not quiet or diagnostic.severity == "error":
            print(diagnostic.render(colour=colour), end="\n\n", file=sys.stderr)


def _summary(build: Build) -> str:
    return f"compiled {len(build.compiled)} in {build.seconds:.2f} s"

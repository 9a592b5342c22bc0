"""Solidity in, artifacts out.

    build = compile_project(load_config(find_root()))
    build.artifacts["Token"].initcode

Importing this package loads no compiler: `ingot.compile.solc` does, when something must be compiled.
"""

from __future__ import annotations

from ingot.compile.build import Build, compile_project, load_build
from ingot.compile.diagnostic import Diagnostic, Note

__all__ = ["Build", "Diagnostic", "Note", "compile_project", "load_build"]

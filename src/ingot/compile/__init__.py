"""Solidity in, artifacts out.

    build = compile_project(load_config(find_root()))
    build.artifacts["Token"].initcode

Modules are loaded when a name is first used, compilers (`ingot.compile.solc`) when something must be compiled.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ingot.compile.build import Build, compile_project, load_build
    from ingot.compile.diagnostic import Diagnostic, Note

__all__ = ["Build", "Diagnostic", "Note", "compile_project", "load_build"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = "diagnostic" if name in ("Diagnostic", "Note") else "build"
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value

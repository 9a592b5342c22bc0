"""A build in words, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ingot.compile.build import Build

__all__ = ["build_json", "counted", "files_in_words", "summary"]


def counted(number: int, noun: str) -> str:
    """`1 error`, `2 errors`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def files_in_words(own: int, imported: int) -> str:
    """`3 files and 16 imported`."""
    if not own:
        return f"{counted(imported, 'imported file')}"
    return counted(own, "file") + (f" and {imported} imported" if imported else "")


def summary(build: Build) -> str:
    """What there is, in one line: `12 contracts, solc 0.8.37, 2 warnings`."""
    if not build.releases:
        return "no contracts"
    words = [counted(len(build.artifacts.own), "contract"), f"solc {', '.join(build.releases)}"]
    warnings = sum(diagnostic.severity == "warning" for diagnostic in build.own_diagnostics)
    return ", ".join([*words, counted(warnings, "warning")] if warnings else words)


def build_json(build: Build) -> dict[str, Any]:
    """What `ingot compile --json` prints."""
    outputs = build.state.outputs
    return {
        "compiled": list(build.compiled),
        "seconds": round(build.seconds, 3),
        "contracts": [
            {
                "name": entry.name,
                "source": entry.source,
                "artifact": str(entry.path),
                "isDependency": entry.is_dependency,
                "solc": outputs[entry.source].release,
                "buildInfoId": outputs[entry.source].build_id,
            }
            for entry in build.artifacts.entries
        ],
        "diagnostics": [diagnostic.to_json() for diagnostic in build.diagnostics],
    }

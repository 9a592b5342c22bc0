"""Writing launchers."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from ingot.compile.solc.cache import discard, put_in_place
from ingot.compile.solc.native import is_launcher
from ingot.compile.solc.version import Version
from ingot.errors import UsageError

__all__ = ["launcher_text", "write_launcher"]


def launcher_text(version: Version, *, python: str, root: Path) -> str:
    """A shell script that runs this ingot. root: the folder that holds the package `ingot`.

    -P and -c keep the caller's folder off Python's path: a json.py lying there must not run.
    """
    code = (
        "import sys; root = sys.argv.pop(1); root in sys.path or sys.path.insert(0, root); "
        f"from ingot.compile.solc.launcher.main import main; sys.exit(main('{version}', sys.argv[1:]))"
    )
    return (
        "#!/bin/sh\n"
        f"# ingot-solc-launcher {version}: stands in for the native solc. Made by `ingot solc link`.\n"
        f"python={shlex.quote(python)}\n"
        'if [ ! -x "$python" ]; then\n'
        f'  echo "$0: $python is gone; write this launcher anew with: ingot solc link {version}" >&2\n'
        "  exit 1\n"
        "fi\n"
        f'exec "$python" -P -c {shlex.quote(code)} {shlex.quote(str(root))} "$@"\n'
    )


def write_launcher(version: Version, path: Path) -> Path:
    """Write the launcher of `version` to `path`; another launcher is replaced.

    Raises: UsageError, if something else is there, or the file cannot be written.
    """
    if path.exists() and not is_launcher(path):
        raise UsageError(
            f"{path} is there already and is no launcher of ingot's; remove it first, or use --to DIR"
        )
    text = launcher_text(version, python=sys.executable, root=Path(__file__).parents[4])
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, encoding="utf-8")
        beside.chmod(0o755)
        put_in_place(beside, path)
    except OSError as error:
        discard(beside)
        raise UsageError(
            f"{path} cannot be written: {error.strerror or error}; choose a folder with --to"
        ) from error
    return path

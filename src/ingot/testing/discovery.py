"""Whether a pytest run is ours: the folder of the project, and who else wants to serve it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

__all__ = ["APE_PLUGIN", "find_project", "is_ape_test", "refuse_ape_options", "set_ape_aside"]

APE_PLUGIN = "ape_test"
"""The name under which eth-ape registers its pytest plugin."""

_APE_OPTIONS = frozenset(
    [
        "--show-internal",
        "--network",
        "--interactive",
        "-I",
        "--disable-isolation",
        "--gas",
        "--gas-exclude",
        "--coverage",
        "--project",
    ]
)
_STANDS_ASIDE = "INGOT_PYTEST_STANDS_ASIDE"
_APE_FILES = ("ape-config.yaml", "ape-config.yml", "ape-config.json")
_OUR_TABLE = re.compile(r"^\s*\[?\[tool\.ingot[.\]]", re.MULTILINE)


def find_project(config: pytest.Config) -> Path | None:
    """The folder with `ape-config.yaml` (or `[tool.ingot]` in pyproject.toml) at or above what is to be tested.

    The first path among the arguments counts, else the current folder, else pytest's root. The search ends at the
    root of a repository, so that a configuration further up claims no suite of other people's.
    """
    here = config.invocation_params.dir
    paths = (here / word.split("::")[0] for word in config.invocation_params.args if not word.startswith("-"))
    start = next((path for path in paths if path.exists()), here)
    for folder in (start.resolve(), config.rootpath):
        if (found := _search_up(folder)) is not None:
            return found
    return None


def _search_up(start: Path) -> Path | None:
    for folder in (start, *start.parents):
        if folder == Path.home() and folder != start:
            break
        if is_project(folder):
            return folder
        if (folder / ".git").exists():
            break
    return None


def is_project(folder: Path) -> bool:
    """What `ingot.config.is_project` says, without importing it into suites that are none of ours."""
    if any((folder / name).is_file() for name in _APE_FILES):
        return True
    try:
        return bool(
            _OUR_TABLE.search((folder / "pyproject.toml").read_text(encoding="utf-8", errors="replace"))
        )
    except OSError:
        return False


def is_ape_test(config: pytest.Config) -> bool:
    """Whether this run belongs to ape: `ape test`, one of its xdist workers, or `pytest -p ape_test`."""
    words = config.invocation_params.args
    asked_for = APE_PLUGIN in (config.invocation_params.plugins or ()) or _names_plugin(words)
    if asked_for or _inside_ape_command():
        # Workers of xdist are new processes without the command's context; they inherit the environment.
        os.environ[_STANDS_ASIDE] = "1"
        return True
    return "PYTEST_XDIST_WORKER" in os.environ and _STANDS_ASIDE in os.environ


def _names_plugin(words: Iterable[str]) -> bool:
    text = " ".join(words)
    return bool(re.search(r"(^|\s)-p\s?(ape_test|ape\.pytest\.plugin)(\s|$)", text))


def _inside_ape_command() -> bool:
    click = sys.modules.get("click")
    context = click.get_current_context(silent=True) if click is not None else None
    return context is not None and context.info_name == "test" and "ape" in sys.modules


def set_ape_aside(pluginmanager: pytest.PytestPluginManager) -> bool:
    """Keep eth-ape's plugin out of a plain run. Returns whether it was loaded before us.

    Both bring fixtures of the same names, and ape's start costs seconds. `ape test` is not affected.
    """
    was_loaded = pluginmanager.has_plugin(APE_PLUGIN)
    pluginmanager.set_blocked(APE_PLUGIN)  # it is unregistered, too
    return was_loaded


def refuse_ape_options(parser: pytest.Parser, words: Sequence[str], *, was_loaded: bool) -> None:
    """Refuse ape's options, which pytest would take in silence or not know, as the order of loading has it.

    An option of the same name that another plugin brings is that plugin's.
    """
    suspects = words if was_loaded else parser.parse_known_and_unknown_args(words)[1]
    refused = [word for word in suspects if word.split("=")[0] in _APE_OPTIONS]
    if refused:
        option = refused[0].split("=")[0]
        raise pytest.UsageError(
            f"{option} is an option of `ape test`, and plain pytest runs this project on ingot. "
            f"Use `ape test {option} ...`, or leave it out."
        )

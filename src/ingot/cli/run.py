"""Run a script of the project: its main(), on a network.

ingot run scripts/deploy.py
ingot run deploy              (the same: a name is looked up in scripts/)

The script's words follow it. --network, --rpc-url and --account are ours before the script and after it; what follows
a -- is all the script's.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ingot.cli.live import add_live_options, is_for_tests, run_live
from ingot.cli.network import add_network_options, on_network
from ingot.cli.parser import Parser as CommandParser
from ingot.errors import IngotError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingot.project import Project


class Parser(CommandParser):
    """What follows a `--` never reaches argparse, which would drop the `--` or not, as the version has it."""

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """`.passed` are the words behind the `--`."""
        words = list(sys.argv[1:] if args is None else args)
        end = words.index("--") if "--" in words else len(words)
        arguments = super().parse_args(words[:end], namespace)
        arguments.passed = words[end + 1 :]
        return arguments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("script", help="a Python file, or the name of one in scripts/")
    rest = parser.add_argument(
        "arguments", nargs=argparse.REMAINDER, help="passed on to the script in sys.argv"
    )
    rest.required = False  # else a missing script is told as two missing things
    add_options(parser)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options, which may also stand among the script's words."""
    add_network_options(parser)
    add_live_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the script. Returns: the exit code."""
    from ingot.config import find_root
    from ingot.project import load, tell

    words = [*take_options(arguments.arguments, arguments), *arguments.passed]
    script = find_script(arguments.script, Path.cwd())
    project = load(find_root(script.parent), progress=tell)
    with on_network(project, arguments) as chain:
        if chain is None or is_for_tests(chain):
            if arguments.verify:
                raise UsageError("--verify is for live networks: no explorer knows this chain")
            return execute(script, words, project)
        return run_live(chain, project, arguments, lambda: execute(script, words, project))


class _Options(argparse.ArgumentParser):
    """Finds our options among a script's words."""

    def error(self, message: str) -> NoReturn:
        """As a sentence. argparse would print the usage of a command that there is not."""
        raise UsageError(f"{message}; `ingot run --help` explains the options. A script's own go after a --")


def take_options(words: list[str], arguments: argparse.Namespace) -> list[str]:
    """Take our options out of a script's words, into `arguments`. Returns: the words that are the script's.

    Were they passed on, a script meant for another network would run on the local one and look as if all went well.
    """
    parser = _Options(add_help=False, allow_abbrev=False)
    add_options(parser)
    return parser.parse_known_args(words, arguments)[1]


def find_script(name: str, folder: Path) -> Path:
    """The file that `name` means. Raises: UsageError, with what there is."""
    scripts = folder / "scripts"
    for path in (folder / name, scripts / name, scripts / f"{name}.py"):
        if path.is_file():
            if path.suffix != ".py":
                raise UsageError(f"{name} is no Python file: a script ends in .py")
            return path.resolve()
    there = sorted(path.stem for path in scripts.glob("*.py") if not path.stem.startswith("_"))
    known = (
        f"scripts/ has {', '.join(there)}"
        if there
        else f"there are no scripts in {scripts}: name a Python file that there is"
    )
    raise UsageError(f"no script {name!r}; {known}")


def execute(script: Path, words: list[str], project: Project) -> int:
    """Call the script's main(), show its deployments, and say in one piece what went wrong."""
    from ingot.deploy import collected

    before = (sys.argv, sys.path[:])
    sys.argv = [str(script), *words]
    sys.path[:0] = [str(script.parent), str(project.path)]
    try:
        with collected() as deployments:
            _main_of(script)()
            for deployment in deployments:
                if deployment.steps and not deployment.is_shown:
                    deployment.summary()
    except (IngotError, KeyboardInterrupt):
        _say_where(script)
        raise
    except SystemExit as end:
        return _exit_code(end)
    except Exception as error:
        _show(error, script)
        return 1
    finally:
        sys.argv, sys.path[:] = before
    return 0


def _main_of(script: Path) -> Callable[[], Any]:
    import inspect
    import runpy

    namespace = runpy.run_path(str(script), run_name=script.stem)
    main = namespace.get("main")
    if not callable(main):
        raise UsageError(f"{script} has no main(): put what is to be run into `def main():`")
    try:
        inspect.signature(main).bind()
    except TypeError:
        raise UsageError(
            f"{script}: main() is called without arguments: make it `def main():`, words are in sys.argv"
        ) from None
    if inspect.iscoroutinefunction(main):
        raise UsageError(
            f"{script}: main() is async and would never run: make it `def main():` with asyncio.run()"
        )
    return main  # type: ignore[no-any-return]  # whatever the script returns is dropped


def _exit_code(end: SystemExit) -> int:
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    print(end.code, file=sys.stderr)
    return 1


def _user_frames(error: BaseException, script: Path) -> list[Any]:
    """The frames from the script's first on, without those of our package and of the standard library."""
    import traceback

    import ingot

    package = str(Path(ingot.__file__).parent)
    stack = traceback.extract_tb(error.__traceback__)
    first = next((index for index, frame in enumerate(stack) if Path(frame.filename) == script), 0)
    theirs = [frame for frame in stack[first:] if not frame.filename.startswith((package, "<frozen "))]
    return theirs or list(stack)


def _say_where(script: Path) -> None:
    """The script's line that failed, before the message that the command line prints."""
    error = sys.exception() if hasattr(sys, "exception") else sys.exc_info()[1]
    frames = _user_frames(error, script) if error is not None else []
    inside = [frame for frame in frames if Path(frame.filename) == script]
    for frame in inside[-1:]:
        print(f"{script.name}:{frame.lineno}: in {frame.name}: {frame.line}", file=sys.stderr)


def _show(error: Exception, script: Path) -> None:
    import traceback

    if isinstance(error, SyntaxError):
        shown = traceback.format_exception_only(error)
    else:
        shown = ["Traceback (most recent call last):\n", *traceback.format_list(_user_frames(error, script))]
        shown += traceback.format_exception_only(error)
    print("".join(shown), end="", file=sys.stderr)

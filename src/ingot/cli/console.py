"""A Python session with the project at hand: project, chain, accounts, and every contract by its name.

IPython where it is installed, else Python's own. Completion knows the contracts and their functions;
help(token.transfer) shows the declaration and its NatSpec.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from ingot.cli.network import add_network_options, on_network
from ingot.errors import IngotError

if TYPE_CHECKING:
    from ingot.project import Project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_network_options(parser)
    parser.add_argument(
        "--plain", action="store_true", help="Python's own console even where IPython is installed"
    )


def run(arguments: argparse.Namespace) -> int:
    """Start the session. Returns: 0."""
    from ingot.project import load, tell

    project = load(progress=tell)
    with on_network(project, arguments):
        _interact(namespace(project), banner(project), plain=arguments.plain)
    return 0


def namespace(project: Project) -> dict[str, Any]:
    """The names that a session starts with."""
    import ingot

    contracts = {name: project[name] for name in project.artifacts.names() if name in project.artifacts}
    return {
        **contracts,
        "ingot": ingot,
        "project": project,
        "chain": project.chain,
        "accounts": project.accounts,
        "networks": project.networks,
        "convert": ingot.convert,
        "reverts": ingot.reverts,
        "Contract": ingot.Contract,
    }


def banner(project: Project) -> str:
    """What a session shows first."""
    import ingot

    contracts = ", ".join(project.artifacts.names()) or "none yet"
    return (
        f"ingot {ingot.__version__}: {project.path}\n"
        f"project, chain, accounts ({len(project.accounts)}), networks, convert, reverts, Contract\n"
        f"contracts: {contracts}\n"
        "token = Token.deploy(..., sender=accounts[0]); help(token.transfer)"
    )


def _interact(names: dict[str, Any], text: str, *, plain: bool) -> None:
    if not plain and _ipython(names, text):
        return
    import code

    class Console(code.InteractiveConsole):
        """An error of ours needs no traceback."""

        def showtraceback(self) -> None:
            error = sys.exc_info()[1]
            if isinstance(error, IngotError):
                self.write(f"{_in_words(error)}\n")
            else:
                super().showtraceback()

    try:
        import readline
        import rlcompleter

        readline.set_completer(rlcompleter.Completer(names).complete)
        readline.parse_and_bind("tab: complete")
    except ImportError:  # a Python without readline: the session works, without completion
        pass
    Console(locals=names).interact(banner=text, exitmsg="")


def _in_words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _ipython(names: dict[str, Any], text: str) -> bool:
    try:
        from IPython.terminal.embed import InteractiveShellEmbed
        from traitlets.config import Config
    except ImportError:
        return False
    # Jedi would evaluate types instead of asking __dir__, and so find none of a contract's functions.
    settings = Config()
    settings.Completer.use_jedi = False
    settings.TerminalInteractiveShell.confirm_exit = False
    make_shell: Any = InteractiveShellEmbed
    shell = make_shell(banner1=text, user_ns=names, config=settings)

    def show(_shell: object, _kind: object, error: BaseException, _trace: object, **_: object) -> None:
        print(_in_words(error), file=sys.stderr)

    shell.set_custom_exc((IngotError,), show)
    shell.mainloop(local_ns=names)
    return True

"""The command line: one module per command, loaded only when it is the one that runs."""

from __future__ import annotations

import sys
from importlib import import_module

# name -> what it does, in one line. The module is ingot.cli.<name with _ for ->; it has
# `add_arguments(parser)` and `run(arguments) -> int`, and if it has a `Parser`, that is the parser's class;
# TAKES_MNEMONIC says that its --mnemonic is one for tests.
COMMANDS: dict[str, str] = {
    "init": "make a new project whose tests pass at once",
    "compile": "compile what changed",
    "install": "bring the dependencies that the config names",
    "run": "run a script on a network",
    "deployments": "look at deployments on live networks, and go on with them",
    "node": "serve a local chain over JSON-RPC, as anvil does",
    "console": "an IPython session with project, chain and accounts",
    "accounts": "make, import and use keystores, ape's and Foundry's too",
    "networks": "list networks and their nodes, or ask one whether it answers",
    "verify": "publish sources at an explorer, or prove that deployed code is ours",
    "gen-types": "write type stubs for the project's contracts",
    "solc": "list, get and link compilers",
}


def main(argv: list[str] | None = None) -> int:
    """Run one command. Returns the exit code: 0, 1 (failed), 2 (wrong usage) or 130 (Ctrl-C)."""
    words = sys.argv[1:] if argv is None else argv
    if not words or words[0] in ("-h", "--help", "help"):
        print(_help())
        return 0
    if words[0] in ("-V", "--version"):
        from ingot import __version__

        print(f"ingot {__version__}")
        return 0
    name = words[0]
    if name not in COMMANDS:
        return _unknown(name)
    return _run(name, words[1:])


def _run(name: str, words: list[str]) -> int:
    import argparse

    from ingot.cli.parser import Parser
    from ingot.errors import IngotError, UsageError

    command = import_module(f"ingot.cli.{name.replace('-', '_')}")
    parser = getattr(command, "Parser", Parser)(
        prog=f"ingot {name}",
        description=command.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_arguments(parser)
    try:
        if any(word.startswith("--") or len(word) >= 64 for word in words):
            from ingot.cli.secret import refuse_secrets

            refuse_secrets(words, takes_mnemonic=getattr(command, "TAKES_MNEMONIC", False))
        return int(command.run(parser.parse_args(words)))
    except IngotError as error:
        print(f"ingot: {error}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt:
        print("ingot: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1


def _help() -> str:
    width = max(map(len, COMMANDS))
    rows = "\n".join(f"  {name:<{width}}  {what}" for name, what in COMMANDS.items())
    return (
        "usage: ingot COMMAND [ARGUMENT ...]\n\n"
        "Compile, test, harden and deploy Solidity contracts from Python.\n\n"
        f"commands:\n{rows}\n\n"
        "ingot COMMAND --help explains a command; ingot --version prints the version."
    )


def _unknown(name: str) -> int:
    from difflib import get_close_matches

    near = get_close_matches(name, COMMANDS, n=1)
    hint = f"did you mean `ingot {near[0]}`?" if near else "`ingot --help` lists the commands."
    print(f"ingot: there is no command {name!r}; {hint}", file=sys.stderr)
    return 2

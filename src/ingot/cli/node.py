"""Serve a chain of this process over JSON-RPC: HTTP, WebSocket and IPC. Options as anvil names them.

ingot node                            on 127.0.0.1:8545, each transaction mined at once
ingot node --block-time 12            a block every 12 seconds
ingot node --state chain.state        go on where the last run ended

Ctrl-C ends it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from pathlib import Path

    from ingot.node.keeper import Keeper
    from ingot.node.server import Server
    from ingot.node.setup import NodeSettings
    from ingot.node.terminal import Terminal
    from ingot.rpc import Rpc

__all__ = ["TAKES_MNEMONIC", "add_arguments", "run"]

TAKES_MNEMONIC = True
"""The accounts are for tests, and shown."""

DEFAULT_IPC = "/tmp/ingot.ipc"


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    server = parser.add_argument_group("server")
    server.add_argument(
        "-p", "--port", type=int, default=8545, metavar="NUM", help="default 8545; 0 for one that is free"
    )
    server.add_argument(
        "--host", action="append", default=[], metavar="IP", help="where to listen, default 127.0.0.1"
    )
    server.add_argument(
        "--ipc", nargs="?", const=DEFAULT_IPC, metavar="PATH", help=f"serve IPC too; default {DEFAULT_IPC}"
    )
    server.add_argument("--allow-origin", default="*", metavar="ORIGIN", help="of CORS, default *")
    server.add_argument("--no-cors", action="store_true", help="send no CORS headers")
    server.add_argument(
        "--as-anvil", action="store_true", help="anvil's answers where the specification has others"
    )
    _add_terminal(parser)
    _add_chain(parser)
    _add_state(parser)
    mining = parser.add_argument_group("mining")
    mining.add_argument(
        "-b", "--block-time", type=float, metavar="SECONDS", help="mine every so many seconds"
    )
    mining.add_argument(
        "--no-mining", "--no-mine", action="store_true", help="mine only when evm_mine asks for it"
    )
    mining.add_argument(
        "--order", choices=("fees", "fifo"), default="fees", help="of waiting transactions, default fees"
    )


def _add_terminal(parser: ArgumentParser) -> None:
    terminal = parser.add_argument_group("terminal")
    terminal.add_argument("-q", "--silent", "--quiet", action="store_true", help="print nothing but errors")
    terminal.add_argument("--json", action="store_true", help="print JSON, an object on each line")
    terminal.add_argument(
        "--color", choices=("auto", "always", "never"), default="auto", help="default auto: on a terminal"
    )
    terminal.add_argument(
        "--project", metavar="PATH", help="whose contracts it may meet, default the one around this folder"
    )
    terminal.add_argument(
        "--disable-console-log", "--no-console-log", action="store_true", help="of contracts: leave it out"
    )
    terminal.add_argument(
        "--print-traces", "--enable-trace-printing", action="store_true", help="print what each call called"
    )


def _add_chain(parser: ArgumentParser) -> None:
    chain = parser.add_argument_group("chain")
    chain.add_argument("--chain-id", type=int, default=31337, metavar="ID", help="default 31337")
    chain.add_argument("-a", "--accounts", type=int, default=10, metavar="NUM", help="how many, default 10")
    chain.add_argument("--balance", default="10000", metavar="NUM", help="ether of each, default 10000")
    chain.add_argument("-m", "--mnemonic", metavar="PHRASE", help="what the accounts' keys are derived from")
    chain.add_argument("--derivation-path", metavar="PATH", help="of the accounts, default m/44'/60'/0'/0/")
    chain.add_argument("--hardfork", default="latest", metavar="NAME", help="default latest: mainnet's rules")
    chain.add_argument("--gas-limit", type=int, default=30_000_000, metavar="GAS", help="of each block")
    chain.add_argument(
        "--base-fee",
        "--block-base-fee-per-gas",
        type=int,
        default=10**9,
        metavar="WEI",
        help="of the first block",
    )
    chain.add_argument("--timestamp", type=int, metavar="NUM", help="of block 0, default now")
    chain.add_argument(
        "--disable-code-size-limit", action="store_true", help="contracts may exceed 24,576 bytes"
    )
    chain.add_argument("--auto-impersonate", action="store_true", help="everybody may be sent for")


def _add_state(parser: ArgumentParser) -> None:
    state = parser.add_argument_group("state", "files of ingot, or anvil's where the name ends with .json")
    state.add_argument("--load-state", metavar="PATH", help="begin with this state")
    state.add_argument("--dump-state", metavar="PATH", help="write the state there at the end")
    state.add_argument("--state", metavar="PATH", help="both: load it if it is there, write it at the end")
    state.add_argument(
        "-s", "--state-interval", type=float, metavar="SECONDS", help="write the state every so often, too"
    )
    state.add_argument("--init", metavar="PATH", help="begin with a genesis file in geth's form")
    state.add_argument("--genesis", metavar="PATH", help="the same, without balances for the accounts")
    state.add_argument(
        "--import", dest="blocks", metavar="PATH", help="execute blocks after it, RLP as geth exports it"
    )


def run(arguments: Namespace) -> int:
    """Serve until Ctrl-C. Returns: 0. Raises: UsageError."""
    from ingot.errors import UsageError
    from ingot.node.keeper import Keeper
    from ingot.node.server import Server, new_loop
    from ingot.node.setup import make_rpc
    from ingot.node.state_file import place

    settings = _settings(arguments)
    every_s = arguments.state_interval
    if every_s is not None and not 0 < every_s < 1e9:
        raise UsageError(f"--state-interval: seconds, more than 0; not {every_s:g}")
    rpc = make_rpc(settings)
    terminal = _terminal(arguments, rpc)
    server = Server(
        rpc,
        hosts=[part for host in arguments.host for part in host.split(",")] or ["127.0.0.1"],
        port=arguments.port,
        ipc=arguments.ipc,
        allow_origin="" if arguments.no_cors else arguments.allow_origin,
        watcher=terminal,
    )
    dump = arguments.dump_state or arguments.state
    keeper = Keeper(rpc, place(dump), every_s=every_s) if dump else None
    loop = new_loop()
    try:
        loop.run_until_complete(_serve(server, terminal, keeper, settings))
    finally:
        loop.close()
    if keeper is not None:
        keeper.write()
    return 0


def _settings(arguments: Namespace) -> NodeSettings:
    from ingot.accounts import DEFAULT_HD_PATH, TEST_MNEMONIC
    from ingot.accounts.secret import Secret
    from ingot.conversion import amount
    from ingot.errors import UsageError
    from ingot.node.setup import NodeSettings

    block_time = arguments.block_time
    if block_time is not None and arguments.no_mining:
        raise UsageError("--block-time and --no-mining: give one of them")
    if block_time is not None and not 0.001 <= block_time <= 1e9:
        raise UsageError(f"--block-time: seconds, more than 0; not {block_time:g}")
    if not 0 <= arguments.port <= 65535:
        raise UsageError(f"--port: 0 to 65535, not {arguments.port}")
    return NodeSettings(
        chain_id=arguments.chain_id,
        accounts=arguments.accounts,
        balance=amount(f"{arguments.balance} ether"),
        mnemonic=Secret(arguments.mnemonic or TEST_MNEMONIC),
        hd_path=(arguments.derivation_path or DEFAULT_HD_PATH).rstrip("/"),
        hardfork="bpo2" if arguments.hardfork == "latest" else arguments.hardfork,
        gas_limit=arguments.gas_limit,
        base_fee=arguments.base_fee,
        timestamp=arguments.timestamp,
        code_size_limit=not arguments.disable_code_size_limit,
        genesis=_path(arguments.genesis or arguments.init),
        funds_genesis=arguments.genesis is None,
        blocks=_path(arguments.blocks),
        state=_state_to_load(arguments),
        block_time_s=block_time or 0,
        is_automatic=not arguments.no_mining,
        order=arguments.order,
        auto_impersonate=arguments.auto_impersonate,
        as_anvil=arguments.as_anvil,
    )


def _path(text: str | None) -> Path | None:
    from pathlib import Path

    return None if text is None else Path(text)


def _state_to_load(arguments: Namespace) -> Path | None:
    from ingot.errors import UsageError
    from ingot.node.state_file import place

    if arguments.state is not None and (arguments.load_state or arguments.dump_state):
        raise UsageError("--state loads and dumps: leave --load-state and --dump-state out")
    if arguments.load_state is not None:
        return place(arguments.load_state)
    if arguments.state is not None and place(arguments.state).exists():
        return place(arguments.state)
    return None


def _terminal(arguments: Namespace, rpc: Rpc) -> Terminal | None:
    from pathlib import Path

    from ingot.cli.colour import wants_colour
    from ingot.config import find_root

    project = find_root(arguments.project) if arguments.project is not None else Path.cwd()
    if arguments.silent:
        return None
    from ingot.node.telling import Wanted
    from ingot.node.terminal import Terminal

    rpc.is_tracing = arguments.print_traces
    chosen = {"always": True, "never": False}.get(arguments.color)
    return Terminal(
        rpc,
        sys.stdout,
        sources=project,
        colour=wants_colour(sys.stdout) if chosen is None else chosen,
        json=arguments.json,
        wanted=Wanted(
            logs=not arguments.disable_console_log,
            calls=arguments.print_traces,
            can_log=any(
                (arguments.load_state, arguments.state, arguments.init, arguments.genesis, arguments.blocks)
            ),
        ),
    )


async def _serve(
    server: Server, terminal: Terminal | None, keeper: Keeper | None, settings: NodeSettings
) -> None:
    import asyncio
    import signal

    from ingot.node.setup import listening

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows: KeyboardInterrupt ends it
            break
    async with server:
        if terminal is not None:
            terminal.listening(listening(settings, server))
        if keeper is not None:
            keeper.begin()
        await stop.wait()
        if keeper is not None:
            keeper.end()
    if terminal is not None:
        terminal.end()

"""Serve a chain of this process over JSON-RPC: HTTP, WebSocket and IPC. Options as anvil names them.

ingot node                            on 127.0.0.1:8545, each transaction mined at once
ingot node --block-time 12            a block every 12 seconds
ingot node --state chain.state        go on where the last run ended

Ctrl-C ends it.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from ingot.cli.node_options import add_options, look_at_foreign

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from pathlib import Path

    from ingot.accounts.secret import Secret
    from ingot.node.keeper import Keeper
    from ingot.node.server import Server
    from ingot.node.setup import NodeSettings
    from ingot.node.terminal import Terminal
    from ingot.rpc import Rpc

__all__ = ["TAKES_MNEMONIC", "add_arguments", "run"]

TAKES_MNEMONIC = True
"""The accounts are for tests, and shown."""

_SWITCH_S = 0.0005
"""So long a request waits at most for the thread that tells of others; Python's default is ten times that."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_options(parser)


def run(arguments: Namespace) -> int:
    """Serve until Ctrl-C. Returns: 0, or 1 if the end did not wait for what ran. Raises: UsageError."""
    from ingot.errors import UsageError
    from ingot.node.keeper import Keeper
    from ingot.node.server import Server, new_loop
    from ingot.node.setup import make_rpc
    from ingot.node.state_file import check_place, place

    look_at_foreign(arguments)
    settings = _settings(arguments)
    every_s = arguments.state_interval
    if every_s is not None and not 0 < every_s < 1e9:
        raise UsageError(f"--state-interval: seconds, more than 0; not {every_s:g}")
    dump = arguments.dump_state or arguments.state
    if every_s is not None and not dump:
        raise UsageError(
            "--state-interval: say with --state or --dump-state where the state is to be written"
        )
    if dump:
        check_place(place(dump))
    rpc = make_rpc(settings)
    terminal = _terminal(arguments, rpc)
    server = Server(
        rpc,
        hosts=_hosts(arguments),
        port=arguments.port,
        ipc=arguments.ipc,
        allow_origin="" if arguments.no_cors else arguments.allow_origin,
        watcher=terminal,
        limited=not arguments.no_request_size_limit,
    )
    keeper = Keeper(rpc, place(dump), every_s=every_s) if dump else None
    loop = new_loop()
    try:
        loop.run_until_complete(_serve(server, terminal, keeper, settings, _path(arguments.config_out)))
    finally:
        loop.close()
        if terminal is not None:
            terminal.end()
    if keeper is not None:
        keeper.write()
    return 0


def _hosts(arguments: Namespace) -> list[str]:
    given = arguments.host or [os.environ.get("ANVIL_IP_ADDR") or "127.0.0.1"]
    return [part for host in given for part in host.split(",") if part]


def _settings(arguments: Namespace) -> NodeSettings:
    from ingot.accounts import DEFAULT_HD_PATH
    from ingot.conversion import amount
    from ingot.errors import UsageError
    from ingot.node.setup import NO_GAS_LIMIT, NodeSettings

    block_time = arguments.block_time
    if block_time is not None and arguments.no_mining:
        raise UsageError("--block-time and --no-mining: give one of them")
    if block_time is not None and not 0.001 <= block_time <= 1e9:
        raise UsageError(f"--block-time: seconds, more than 0; not {block_time:g}")
    if arguments.mixed_mining and block_time is None:
        raise UsageError("--mixed-mining: say with --block-time how often")
    if arguments.disable_block_gas_limit and arguments.gas_limit is not None:
        raise UsageError("--gas-limit and --disable-block-gas-limit: give one of them")
    if arguments.disable_code_size_limit and arguments.code_size_limit is not None:
        raise UsageError("--code-size-limit and --disable-code-size-limit: give one of them")
    if not 0 <= arguments.port <= 65535:
        raise UsageError(f"--port: 0 to 65535, not {arguments.port}")
    if arguments.prune_history is not None and not 0 <= arguments.prune_history < 1 << 40:
        raise UsageError(f"--prune-history: how many blocks, 0 or more; not {arguments.prune_history}")
    return NodeSettings(
        chain_id=arguments.chain_id,
        accounts=arguments.accounts,
        balance=amount(f"{arguments.balance} ether"),
        mnemonic=_mnemonic(arguments),
        hd_path=(arguments.derivation_path or DEFAULT_HD_PATH).rstrip("/"),
        hardfork="bpo2" if arguments.hardfork == "latest" else arguments.hardfork,
        gas_limit=NO_GAS_LIMIT if arguments.disable_block_gas_limit else arguments.gas_limit,
        base_fee=arguments.base_fee,
        tip=0 if arguments.disable_min_priority_fee else 10**9,
        timestamp=arguments.timestamp,
        number=arguments.number,
        epoch=arguments.slots_in_an_epoch,
        code_size_limit=False if arguments.disable_code_size_limit else arguments.code_size_limit,
        memory_limit=arguments.memory_limit,
        create2_deployer=not arguments.disable_default_create2_deployer,
        genesis=_path(arguments.genesis or arguments.init),
        funds_genesis=arguments.genesis is None,
        blocks=_path(arguments.blocks),
        state=_state_to_load(arguments),
        block_time_s=block_time or 0,
        is_automatic=arguments.mixed_mining or not (arguments.no_mining or block_time),
        order=arguments.order,
        max_transactions=arguments.max_transactions,
        pool_checks_funds=not arguments.disable_pool_balance_checks,
        auto_impersonate=arguments.auto_impersonate,
        as_anvil=arguments.as_anvil,
        history=arguments.prune_history,
    )


def _mnemonic(arguments: Namespace) -> Secret[str]:
    from ingot.accounts import TEST_MNEMONIC
    from ingot.accounts.mnemonic import new_mnemonic
    from ingot.accounts.secret import Secret
    from ingot.errors import UsageError

    given, words, seed = arguments.mnemonic, arguments.mnemonic_random, arguments.mnemonic_seed_unsafe
    if sum(each is not None for each in (given, words, seed)) > 1:
        raise UsageError("--mnemonic, --mnemonic-random and --mnemonic-seed-unsafe: give one of them")
    if words is not None:
        return new_mnemonic(words)
    if seed is not None:
        from ingot.node.seeded_mnemonic import seeded_mnemonic

        return seeded_mnemonic(seed)
    return Secret(TEST_MNEMONIC if given is None else given)


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

    sys.setswitchinterval(_SWITCH_S)
    rpc.is_tracing = arguments.print_traces or arguments.verbosity >= 4
    chosen = {"always": True, "never": False}.get(arguments.color)
    return Terminal(
        rpc,
        sys.stdout,
        sources=project,
        colour=wants_colour(sys.stdout) if chosen is None else chosen,
        json=arguments.json,
        wanted=Wanted(
            logs=not arguments.disable_console_log,
            calls=rpc.is_tracing,
            failed_calls=arguments.verbosity >= 3,
            can_log=any(
                (arguments.load_state, arguments.state, arguments.init, arguments.genesis, arguments.blocks)
            ),
        ),
    )


async def _serve(
    server: Server,
    terminal: Terminal | None,
    keeper: Keeper | None,
    settings: NodeSettings,
    config_out: Path | None,
) -> None:
    from ingot.node.ending import Ending
    from ingot.node.setup import listening, write_config

    async with server, Ending(server.service) as ending:
        told = listening(settings, server)
        if config_out is not None:
            write_config(config_out, told)
        if terminal is not None:
            terminal.listening(told)
        if keeper is not None:
            keeper.begin()
        await ending.wait()
        if keeper is not None:
            keeper.end()

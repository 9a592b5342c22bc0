"""The options of `ingot node`: anvil's names for what both have, and a word about those that only anvil has."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

__all__ = ["FOREIGN", "Foreign", "add_options", "look_at_foreign"]

DEFAULT_IPC: Final = "/tmp/ingot.ipc"


def add_options(parser: ArgumentParser) -> None:
    """Declare them all."""
    from ingot import __version__

    parser.add_argument("-V", "--version", action="version", version=f"ingot {__version__}")
    _add_server(parser)
    _add_terminal(parser)
    _add_accounts(parser)
    _add_chain(parser)
    _add_mining(parser)
    _add_state(parser)
    _add_foreign(parser)


def _add_server(parser: ArgumentParser) -> None:
    add = parser.add_argument_group("server").add_argument
    add("-p", "--port", type=int, default=8545, metavar="NUM", help="default 8545; 0 for one that is free")
    add(
        "--host",
        action="append",
        metavar="IP",
        help="where to listen, default 127.0.0.1, or what the environment's ANVIL_IP_ADDR says",
    )
    add(
        *("--ipc", "--ipcpath"),
        nargs="?",
        const=DEFAULT_IPC,
        metavar="PATH",
        help=f"serve IPC too; default {DEFAULT_IPC}",
    )
    add("--allow-origin", default="*", metavar="ORIGIN", help="of CORS, default *")
    add("--no-cors", action="store_true", help="send no CORS headers")
    add("--no-request-size-limit", action="store_true", help="requests may have more than 64 MiB")
    add("--as-anvil", action="store_true", help="anvil's answers where the specification has others")


def _add_terminal(parser: ArgumentParser) -> None:
    add = parser.add_argument_group("terminal").add_argument
    add("-q", "--silent", "--quiet", action="store_true", help="print nothing but errors")
    add("--json", action="store_true", help="print JSON, an object on each line")
    colours = ("auto", "always", "never")
    add("--color", choices=colours, default="auto", help="default auto: on a terminal")
    add(
        *("-v", "--verbosity"),
        action="count",
        default=0,
        help="-vvv prints what failed executions called, -vvvv what all did",
    )
    add("--project", metavar="PATH", help="whose contracts it may meet, default the one around this folder")
    add("--disable-console-log", "--no-console-log", action="store_true", help="of contracts: leave it out")
    add(
        *("--print-traces", "--enable-trace-printing"),
        action="store_true",
        help="print what each execution called",
    )
    add("--config-out", metavar="FILE", help="write accounts and keys there as JSON, for your eyes only")


def _add_accounts(parser: ArgumentParser) -> None:
    add = parser.add_argument_group("accounts").add_argument
    add("-a", "--accounts", type=int, default=10, metavar="NUM", help="how many, default 10")
    add("--balance", default="10000", metavar="NUM", help="ether of each, default 10000")
    add("-m", "--mnemonic", metavar="PHRASE", help="what the accounts' keys are derived from")
    add(
        "--mnemonic-random",
        nargs="?",
        const=12,
        type=int,
        metavar="WORDS",
        help="a new one, by default of 12 words",
    )
    add("--mnemonic-seed-unsafe", type=int, metavar="SEED", help="the one that anvil makes of this number")
    add("--derivation-path", metavar="PATH", help="of the accounts, default m/44'/60'/0'/0/")
    add("--auto-impersonate", "--auto-unlock", action="store_true", help="everybody may be sent for")


def _add_chain(parser: ArgumentParser) -> None:
    add = parser.add_argument_group("chain").add_argument
    add("--chain-id", type=int, default=31337, metavar="ID", help="default 31337")
    add("--hardfork", default="latest", metavar="NAME", help="default latest: mainnet's rules")
    add("--gas-limit", type=int, metavar="GAS", help="of each block, default 30,000,000")
    add("--disable-block-gas-limit", action="store_true", help="blocks have as much gas as is asked for")
    add(
        *("--base-fee", "--block-base-fee-per-gas"),
        type=int,
        default=10**9,
        metavar="WEI",
        help="of the first block",
    )
    add(
        *("--disable-min-priority-fee", "--no-priority-fee"),
        action="store_true",
        help="suggest no tip, where else it is 1 gwei",
    )
    add("--timestamp", type=int, metavar="NUM", help="of the first block, default now")
    add("--number", type=int, default=0, metavar="NUM", help="of the first block, default 0")
    add(
        "--slots-in-an-epoch", type=int, default=32, metavar="NUM", help="so far behind is `safe`, default 32"
    )
    add("--code-size-limit", type=_number, metavar="BYTES", help="of contracts, default 24,576 (EIP-170)")
    add("--disable-code-size-limit", action="store_true", help="contracts may have any size")
    add(
        "--memory-limit",
        type=int,
        default=128 << 20,
        metavar="BYTES",
        help="of an execution, default 128 MiB",
    )
    add(
        *("--disable-default-create2-deployer", "--no-create2"),
        action="store_true",
        help="begin without it",
    )
    add(
        *("--enable-tx-gas-limit", "--tx-gas-limit"),
        action="store_true",
        help="a transaction has at most 16,777,216 gas from Osaka on (EIP-7825): always so",
    )
    add(
        *("--steps-tracing", "--tracing"),
        action="store_true",
        help="debug_traceTransaction gives every step: always so",
    )


def _number(text: str) -> int:
    """Decimal, or hexadecimal after 0x."""
    return int(text, 0)


def _add_mining(parser: ArgumentParser) -> None:
    add = parser.add_argument_group("mining").add_argument
    add("-b", "--block-time", "--blockTime", type=float, metavar="SECONDS", help="mine every so many seconds")
    add("--mixed-mining", action="store_true", help="beside --block-time: each transaction at once, too")
    add("--no-mining", "--no-mine", action="store_true", help="mine only when evm_mine asks for it")
    orders = ("fees", "fifo")
    add("--order", choices=orders, default="fees", help="of waiting transactions, default fees")
    add("--max-transactions", type=int, metavar="NUM", help="of a block, default as many as fit")
    add(
        "--disable-pool-balance-checks",
        action="store_true",
        help="let transactions wait that nobody can pay",
    )


def _add_state(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("state", "files of ingot, or anvil's where the name ends with .json")
    add = group.add_argument
    add("--load-state", metavar="PATH", help="begin with this state")
    add("--dump-state", metavar="PATH", help="write the state there at the end")
    add("--state", metavar="PATH", help="both: load it if it is there, write it at the end")
    add("-s", "--state-interval", type=float, metavar="SECONDS", help="write the state every so often, too")
    add(
        "--prune-history",
        nargs="?",
        type=int,
        const=0,
        metavar="NUM",
        help="keep the state of so many past blocks only, default all",
    )
    add("--init", metavar="PATH", help="begin with a genesis file in geth's form")
    add("--genesis", metavar="PATH", help="the same, without balances for the accounts")
    add("--import", dest="blocks", metavar="PATH", help="execute blocks after it, RLP as geth exports it")


# What only anvil has


@dataclass(frozen=True, slots=True)
class Foreign:
    """An option of anvil that does nothing here.

    reason: why.      nargs: of its value; 0 for none.      is_refused: whether the node does not begin with it.
    """

    names: tuple[str, ...]
    reason: str
    nargs: int | str = 1
    is_refused: bool = True

    @property
    def name(self) -> str:
        """The long one."""
        return next(name for name in self.names if name.startswith("--"))


_FORKS: Final = "this node cannot fork another chain yet: take anvil for that"
_ONLY_ETHEREUM: Final = "this node has the rules of Ethereum only"
_IN_MEMORY: Final = "all states are kept in memory"

FOREIGN: Final = (
    *(
        Foreign(names, _FORKS)
        for names in (
            ("-f", "--fork-url", "--rpc-url"),
            ("--fork-block-number",),
            ("--fork-chain-id",),
            ("--fork-header",),
            ("--fork-retry-backoff",),
            ("--fork-transaction-hash",),
            ("--compute-units-per-second",),
            ("--retries",),
            ("--timeout",),
        )
    ),
    Foreign(("--no-rate-limit", "--no-rpc-rate-limit"), _FORKS, nargs=0),
    Foreign(("--no-storage-caching",), _FORKS, nargs=0),
    Foreign(("--celo",), _ONLY_ETHEREUM, nargs=0),
    Foreign(("-n", "--network"), _ONLY_ETHEREUM),
    Foreign(("--md",), "there are lines for people, and --json", nargs=0),
    Foreign(("--gas-price",), "prices follow the base fee: set that with --base-fee"),
    Foreign(("--preserve-historical-states",), "state files hold the latest state only", nargs=0),
    Foreign(("--max-persisted-states",), _IN_MEMORY, is_refused=False),
    Foreign(("--cache-path",), _IN_MEMORY, is_refused=False),
    Foreign(("--transaction-block-keeper",), "every block keeps its transactions", is_refused=False),
    Foreign(("-j", "--threads", "--jobs"), "requests are answered one after the other", is_refused=False),
)


def _add_foreign(parser: ArgumentParser) -> None:
    import argparse

    add = parser.add_argument_group("anvil's").add_argument  # of a group: that costs a tenth
    for each in FOREIGN:
        dest = _dest(each)
        if each.nargs == 0:
            add(*each.names, dest=dest, action="store_true", help=argparse.SUPPRESS)
        elif each.nargs == 1:
            add(*each.names, dest=dest, help=argparse.SUPPRESS)
        else:
            add(*each.names, dest=dest, nargs="?", const="", help=argparse.SUPPRESS)


def _dest(option: Foreign) -> str:
    return "foreign_" + option.name.lstrip("-").replace("-", "_")


def look_at_foreign(arguments: Namespace) -> None:
    """Refuse what is not possible here; of what has no effect here, say so. Raises: UsageError."""
    from ingot.errors import UsageError

    for each in FOREIGN:
        value = getattr(arguments, _dest(each))
        if value in (None, False) or (each.name, value) in _AS_HERE:
            continue
        if each.is_refused:
            raise UsageError(f"{each.name}: {each.reason}")
        print(f"ingot: {each.name} changes nothing: {each.reason}", file=sys.stderr)


_AS_HERE: Final = (("--network", "ethereum"),)
"""Options of anvil with the values that mean what is so anyway."""

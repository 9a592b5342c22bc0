"""Look at deployments on live networks, and go on with them. Their journals are in deployments/<network>/<name>.

ingot deployments list                     what there is
ingot deployments show                     the steps of a deployment, from its journal alone
ingot deployments status                   what the chain says of them now
ingot deployments resume                   send again, wait for and confirm what was begun; needs no key
ingot deployments wipe STEP                forget a step, so that the next run does it again
ingot deployments adopt SOURCE ...         take over what forge, Hardhat Ignition or people deployed
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingot.errors import DeployError, UsageError

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator

    from ingot.deploy.journal import Record
    from ingot.deploy.journaled import Journaled
    from ingot.deploy.session import Session
    from ingot.deploy.state import StepState

_NONE_YET = "there are no deployments yet: `ingot run SCRIPT --network CHOICE` makes one"

_SETTLED = ("done", "confirm", "conflict", "begin_anew")
"""Decisions about steps whose nonce is used for good: what is forgotten then does not come back."""

_ACTIONS = {
    "list": "what there is",
    "show": "the steps of a deployment, from its journal alone",
    "status": "what the chain says of them now",
    "resume": "send again, wait for and confirm what was begun",
    "wipe": "forget a step, so that the next run does it again",
    "adopt": "take over what forge, Hardhat Ignition or people deployed",
}


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the actions and their options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="|".join(_ACTIONS))
    for name, what in _ACTIONS.items():
        action = actions.add_parser(name, help=what)
        if name == "wipe":
            action.add_argument("step", metavar="STEP", help="its id")
        if name == "adopt":
            action.add_argument(
                "sources",
                nargs="+",
                metavar="SOURCE",
                help="run-latest.json of forge, a folder of ignition/deployments, NAME=ADDRESS or NAME:CONTRACT=ADDRESS",
            )
        if name == "list":
            continue
        action.add_argument("--network", default="", metavar="CHOICE", help="default: the only one there is")
        action.add_argument("--deployment", default="", metavar="NAME", help="default: the only one there is")
        if name != "show":
            action.add_argument(
                "--rpc-url",
                action="append",
                default=[],
                metavar="URL",
                help="a node of the network; again for another",
            )


def run(arguments: Namespace) -> int:
    """Do it. Returns the exit code."""
    from ingot.config import find_root

    root = find_root(Path.cwd())
    if arguments.action == "list":
        return _list(root)
    action = {"show": _show, "status": _status, "resume": _resume, "wipe": _wipe, "adopt": _adopt}
    return action[arguments.action](root, arguments)


# From the journals alone


def _list(root: Path) -> int:
    from ingot.deploy.journal import names, read

    found = names(root / "deployments")
    if not found:
        print(_NONE_YET)
    code = 0
    for network, name, folder in found:
        try:
            record = read(folder)
        except DeployError as error:
            print(f"{network}/{name}  {error}", file=sys.stderr)
            code = 1
            continue
        steps = record.state.steps.values()
        done = sum(step.is_done for step in steps)
        last = record.entries[-1].at if record.entries else ""
        print(f"{network}/{name}  {done} of {len(steps)} steps done  {last}")
    return code


def _show(root: Path, arguments: Namespace) -> int:
    folder, record = _chosen(root, arguments)
    assert record.header is not None
    print(f"{folder.relative_to(root)}: {_title(record)}")
    for step in record.state.steps.values():
        print(f"  {_line(step)}")
    return 0


def _title(record: Record) -> str:
    header = record.header
    return "" if header is None else f"{header.choice or header.network}, chain {header.chain_id}"


def _line(step: StepState) -> str:
    if step.adopted is not None:
        parts = [step.step, f"adopted ({step.adopted.source})", step.address or "", step.adopted.hash]
    else:
        words = "" if step.intent is None else step.intent.words
        named = step.step if words.startswith(f"{step.step}(") or not words else f"{step.step}: {words}"
        txn_hash = step.attempts[-1].hash if step.attempts else ""
        where = f"at {step.address}" if step.address else ""
        mined = f"{step.mined.gas_used:,} gas in block {step.mined.block_number}" if step.mined else ""
        reason = step.reason if step.phase in ("failed", "dropped") else ""
        parts = [named, step.phase, reason, where, mined, step.mined.hash if step.mined else txn_hash]
    return "  ".join(part for part in parts if part)


def _chosen(root: Path, arguments: Namespace) -> tuple[Path, Record]:
    """The deployment that is meant. Raises: UsageError, if that is none or not one."""
    from ingot.deploy.journal import names, read

    found = names(root / "deployments")
    wanted = arguments.network.replace(":", "-").removeprefix("ethereum-")
    matching = [
        folder
        for network, name, folder in found
        if wanted in ("", network) and arguments.deployment in ("", name)
    ]
    if len(matching) != 1:
        if not found:
            raise UsageError(_NONE_YET)
        there = ", ".join(f"{network}/{name}" for network, name, _ in found)
        what = "there is no such deployment" if not matching else "there is more than one deployment"
        raise UsageError(f"{what}: say which with --network and --deployment; there are: {there}")
    return matching[0], read(matching[0])


# With a node


def _status(root: Path, arguments: Namespace) -> int:
    """Without contracts, engine and project: it is to be quick."""
    from ingot.config import load_config
    from ingot.deploy.sight import Sight, finality_of
    from ingot.environment import load_dotenv
    from ingot.networks.connection import dial

    folder, record = _chosen(root, arguments)
    load_dotenv(root)
    transport, network = dial(_choice(record, arguments), load_config(root), rpc_url=arguments.rpc_url)
    try:
        _check_genesis(transport, record, folder)
        sight = Sight(transport, confirmations=network.confirmations, finality=finality_of(network))
        steps = record.state.steps
        asked = [step for step in steps.values() if step.attempts or step.adopted is not None]
        decisions = sight.survey(asked) if asked else {}
    finally:
        transport.close()
    print(f"{folder.relative_to(root)}: {_title(record)} through {transport.shown}")
    waiting = 0
    for name, step in steps.items():
        decision = decisions[name][0] if name in decisions else None
        words = "done" if decision is not None and decision.action == "done" else _in_words(step, decision)
        waiting += words != "done"
        print(f"  {name}  {words}  {step.address or ''}".rstrip())
    if waiting:
        print(
            f"{waiting} of {len(steps)} steps are not done: run the script again, or `ingot deployments resume`"
        )
    else:
        print(f"{len(steps)} steps, all done")
    return 0


def _in_words(step: StepState, decision: Any) -> str:
    if decision is None:
        return step.phase
    words = {
        "send": "signed, and the node does not have it: it will be sent again",
        "wait": "waits to be mined",
        "bump": "waits, and offers too little",
        "record": "mined",
        "deepen": f"mined, {decision.depth} blocks deep",
        "confirm": f"mined, {decision.depth} blocks deep",
        "fail": "reverted",
        "settle": "reverted, or its nonce was used by others",
        "begin_anew": "reverted, or its nonce was used by others: the next run signs it anew",
        "accept": "done by another transaction",
        "contested": "replaced by another transaction, which is not settled",
        "conflict": "replaced by another transaction",
        "reorg": "reorganised away: it will be sent again",
    }
    said = words.get(decision.action, decision.action)
    return f"{said} ({decision.why})" if decision.why else said


def _choice(record: Record, arguments: Namespace) -> str:
    header = record.header
    return arguments.network or ("" if header is None else header.choice or header.network)


def _check_genesis(transport: Any, record: Record, folder: Path) -> None:
    from dataclasses import replace

    from ingot.deploy.journal import check_header

    answer = transport.request("eth_getBlockByNumber", ["0x0", False])
    if record.header is not None:
        genesis = answer["hash"] if isinstance(answer, dict) else "0x"
        check_header(record.header, replace(record.header, genesis_hash=genesis), folder)


def _resume(root: Path, arguments: Namespace) -> int:
    with _journaled(root, arguments) as executor:
        executor.resume()
        executor.settle()
        left = [step.step for step in executor.journal.state.steps.values() if not step.is_done]
    if left:
        print(
            f"not done: {', '.join(left)}. Run the script again, with the account that sends: it goes on from here"
        )
    else:
        print("every step that was begun is done. If the script has more, run it again")
    return 0


def _wipe(root: Path, arguments: Namespace) -> int:
    from ingot.deploy.entries import Wiped

    with _journaled(root, arguments) as executor:
        journal, name = executor.journal, arguments.step
        step = journal.state.steps.get(name)
        if step is None:
            raise UsageError(f"there is no step {name!r}; there are {', '.join(journal.state.steps)}")
        if step.attempts:
            decision, _ = executor.courier.clear_decisions([name])[name]
            if decision.action not in _SETTLED:
                raise UsageError(_not_to_forget(step, decision))
        journal.append(Wiped(step=name, reason="ingot deployments wipe"), sync=True)
        later = [
            each.step for each in journal.state.steps.values() if each.intent and name in each.intent.after
        ]
    uses = f"; {', '.join(later)} use what it made" if later else ""
    print(f"{name} is forgotten: the next run does it again{uses}")
    return 0


def _not_to_forget(step: StepState, decision: Any) -> str:
    if decision.action in ("settle", "fail"):
        instead = "wait until that has its confirmations"
    elif decision.action in ("deepen", "record", "accept", "contested"):
        instead = "wait until that has its confirmations, as `ingot deployments resume` does"
    else:
        nonce = step.intent.nonce if step.intent else ""
        instead = f"`ingot deployments resume` waits for it; or use up its nonce {nonce} from a wallet"
    return (
        f"step {step.step} cannot be forgotten now ({_in_words(step, decision)}): its transaction {step.attempts[-1].hash} "
        f"may still be mined, or mined anew after a reorganisation, and then nobody would know of it: {instead}"
    )


def _adopt(root: Path, arguments: Namespace) -> int:
    from ingot.cli.adopting import adopt
    from ingot.deploy.session import DEFAULT_NAME

    if not arguments.network:
        raise UsageError("say on which network it is: --network ethereum:sepolia")
    name = arguments.deployment or DEFAULT_NAME
    with _session(root, arguments, arguments.network, name) as session:
        return adopt(root, session, name, arguments.sources)


@contextmanager
def _journaled(root: Path, arguments: Namespace) -> Iterator[Journaled]:
    """The journal that there is, open, on its network."""
    from ingot.deploy.session import open_journaled

    folder, record = _chosen(root, arguments)
    with _session(root, arguments, _choice(record, arguments), folder.name) as session:
        executor = open_journaled(session, folder.name)
        try:
            yield executor
        finally:
            executor.journal.close()


@contextmanager
def _session(root: Path, arguments: Namespace, choice: str, name: str) -> Iterator[Session]:
    from ingot.config import load_config
    from ingot.deploy.session import Options, Session
    from ingot.environment import load_dotenv
    from ingot.networks import connect

    load_dotenv(root)
    chain = connect(choice, load_config(root), rpc_url=arguments.rpc_url)
    try:
        yield Session(chain, root / "deployments", Options(name=name))
    finally:
        chain.close()

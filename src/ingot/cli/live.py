"""What `ingot run` does on a live network: plan, ask, send over the journal."""

from __future__ import annotations

import contextlib
import io
import sys
from typing import TYPE_CHECKING, Any

from ingot.errors import DeployError, ProviderError, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from ingot.deploy.plan import Plan
    from ingot.deploy.session import Session
    from ingot.project import Project

_NOTHING_SENT = "Nothing was sent"

__all__ = ["add_live_options", "is_for_tests", "run_live"]


def add_live_options(parser: argparse.ArgumentParser) -> None:
    """The options that only matter where transactions cost something."""
    parser.add_argument(
        "--deployment",
        default="default",
        metavar="NAME",
        help="which journal of the network; default `default`",
    )
    parser.add_argument("--yes", action="store_true", help="send without asking")
    parser.add_argument("--dry-run", action="store_true", help="stop after the plan; nothing is written")
    parser.add_argument("--max-fee", default="", metavar="AMOUNT", help="the most for one gas: '30 gwei'")
    parser.add_argument(
        "--max-cost", default="", metavar="AMOUNT", help="the most for all gas of the run: '0.1 ether'"
    )
    parser.add_argument(
        "--on-change",
        default="ask",
        choices=("ask", "redeploy", "upgrade", "keep", "fail"),
        help="what to do about a step that is done and has changed in the script since",
    )
    parser.add_argument(
        "--confirmations",
        type=int,
        default=None,
        metavar="N",
        help="blocks to wait for on top of each transaction's own; default the network's",
    )
    parser.add_argument(
        "--verify",
        action="store_true",
        help="publish the sources afterwards, as `ingot verify --deployment` does",
    )


def is_for_tests(chain: Any) -> bool:
    """A development node that stands for no other network: gone tomorrow, so that no journal is kept of it."""
    network = chain.network
    return chain.is_development and not (network is not None and (network.is_mainnet or network.is_testnet))


def run_live(chain: Any, project: Project, arguments: argparse.Namespace, execute: Callable[[], int]) -> int:
    """Run the script on a copy of the live state, show the plan, ask, run it for real. Returns: the exit code."""
    from ingot.deploy.session import Session
    from ingot.networks import use

    if arguments.verify:
        from ingot.cli.verify import services_for

        services_for(project, chain)  # Refused now if a key is missing, not when everything is sent.
    session = Session(chain, project.path / "deployments", _options(arguments, chain), ask=_ask_if_possible())
    printed = io.StringIO()
    try:
        with (
            session.planning() as simulation,
            use(simulation.chain, project=project),
            contextlib.redirect_stdout(printed),
        ):
            code = execute()
    except BaseException as error:
        sys.stdout.write(printed.getvalue())
        if _NOTHING_SENT not in str(error):
            print(f"{_NOTHING_SENT}: it ended while the plan was made.", file=sys.stderr)
        raise
    if code:
        sys.stdout.write(printed.getvalue())
        print(f"{_NOTHING_SENT}: it ended while the plan was made.", file=sys.stderr)
        return code
    plan = session.plan() if session.has_deployments else None
    if plan is not None:
        print(plan.render())
        plan.check(max_cost=session.options.max_cost)
        _prove(project, plan)
    if session.options.dry_run:
        print("Nothing was sent and nothing written: --dry-run.")
        return 0
    if plan is not None and plan.to_do:
        if not session.options.yes:
            _confirm(plan)
        _unlock(chain, plan)
    try:
        with session.sending(plan):
            code = execute()
    except (KeyboardInterrupt, ProviderError):
        print("What was sent is written down: the same command goes on from here.", file=sys.stderr)
        raise
    if arguments.verify and not code:
        return _verify(chain, project, session)
    return code


def _prove(project: Project, plan: Plan) -> None:
    """What is going to be deployed is what the sources on disk compile to. Raises: UsageError."""
    from ingot.compile.proof import prove
    from ingot.project import tell

    names = dict.fromkeys(step.contract for step in plan.to_do if step.contract)
    prove(project.config, [project.artifacts[name] for name in names], progress=tell)


def _verify(chain: Any, project: Project, session: Session) -> int:
    """Returns: 1 if a contract is not verified. What was deployed stays deployed."""
    from ingot.cli.deployed import targets_of
    from ingot.cli.verify import verify_deployed
    from ingot.deploy.journal import read

    folders = [session.folder(name) for name in session.names]
    targets = [target for folder in folders for target in targets_of(folder, read(folder).state)]
    return 0 if verify_deployed(project, chain, targets) else 1


def _options(arguments: argparse.Namespace, chain: Any) -> Any:
    from ingot.conversion import amount
    from ingot.deploy.session import Options

    if arguments.confirmations is not None and arguments.confirmations < 0:
        raise UsageError(f"--confirmations is a number of blocks, 0 or more; not {arguments.confirmations}")
    if arguments.max_fee:
        chain.max_fee = amount(arguments.max_fee)
    return Options(
        name=arguments.deployment,
        yes=arguments.yes,
        dry_run=arguments.dry_run,
        max_cost=amount(arguments.max_cost) if arguments.max_cost else None,
        on_change=arguments.on_change,
        confirmations=arguments.confirmations,
    )


def _ask_if_possible() -> Callable[[str], str] | None:
    return _ask if sys.stdin.isatty() else None


def _ask(question: str) -> str:
    print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline()


def _confirm(plan: Plan) -> None:
    """By y on testnets, by the network's name where it costs money. Raises: DeployError, if that is not the answer."""
    if not sys.stdin.isatty():
        raise DeployError("nobody can be asked here whether to send this: give --yes. Nothing was sent")
    network = plan.network
    if network is not None and not network.is_mainnet:
        if _ask(f"Send this to {network.choice}? [y/N] ").strip().lower() in ("y", "yes"):
            return
    else:
        name = str(plan.chain_id) if network is None else network.choice
        said = _ask(f"This costs real money. To send it, type the network's name, {name}: ").strip()
        if said in (name, name.rpartition(":")[2]):
            return
    raise DeployError("stopped. Nothing was sent")


def _unlock(chain: Any, plan: Plan) -> None:
    """Ask for all passwords before the first transaction is sent. Raises: UsageError."""
    for sender in plan.senders:
        account = chain.accounts[sender]
        if getattr(account, "is_locked", False):
            account.unlock()

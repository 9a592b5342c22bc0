"""Publish what a deployed contract was made from, at Etherscan, Sourcify or Blockscout.

ingot verify 0x5FbD...0aa3 Token --network ethereum:sepolia
ingot verify 0x5FbD...0aa3              (found by its code; behind a proxy the implementation too)
ingot verify --deployment default       (all contracts of a deployment, from its journal)
ingot verify 0x5FbD...0aa3 --check      (asks no explorer: compares the code that the node has to ours)
ingot verify Token --dump token.json    (the input for an upload by hand)
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingot.errors import UsageError, VerifyError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from ingot.artifacts import Artifact
    from ingot.cli.deployed import Deployed
    from ingot.cli.progress import ProgressLine
    from ingot.project import Project
    from ingot.remote.chain import RemoteChain
    from ingot.verify import Target, Verification
    from ingot.verify.service import Service

__all__ = ["add_arguments", "run", "services_for", "verify_deployed"]

_TIMEOUT_S = 300.0
_LOCAL_NODE = "http://127.0.0.1:8545"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    from ingot.cli.network import add_network_options

    parser.add_argument("address", nargs="?", metavar="ADDRESS", help="of the contract, or of a proxy")
    parser.add_argument(
        "contract", nargs="?", default="", metavar="CONTRACT", help="its name; default: by its code"
    )
    parser.add_argument("--deployment", default="", metavar="NAME", help="all contracts of a deployment")
    add_network_options(parser, account=False)
    parser.add_argument(
        "--service",
        action="append",
        default=[],
        metavar="NAME",
        help="etherscan, sourcify or blockscout; again for more",
    )
    parser.add_argument(
        "--service-url", default="", metavar="URL", help="of the service's API, if it is another"
    )
    parser.add_argument("--check", action="store_true", help="ask no service: compare deployed code to ours")
    parser.add_argument(
        "--dump", default="", metavar="FILE", help="write the standard JSON input; - for stdout"
    )
    parser.add_argument(
        "--arguments",
        nargs="+",
        default=None,
        metavar="WORD",
        help="the constructor's, where they cannot be found",
    )
    parser.add_argument(
        "--creation-transaction", default="", metavar="HASH", help="that created it, where it cannot be found"
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=_TIMEOUT_S,
        metavar="SECONDS",
        help="how long to wait for a verdict (300)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Returns 0, or 1 if something is not verified, or not ours."""
    from ingot.cli.progress import ProgressLine
    from ingot.config import find_root
    from ingot.project import load, tell

    _refuse_contradictions(arguments)
    project = load(find_root(Path.cwd()), progress=tell)
    line = ProgressLine()
    if arguments.dump and not _resembles_address(arguments.address):
        return _dump(_document_of(project, arguments.address, line), "", {}, arguments.dump)
    journals = _journals(project, arguments.deployment)
    with _connected(project, arguments, journals) as chain:
        targets, kept = _targets(project, arguments, chain, journals)
        services: Sequence[Service] = ()
        if not arguments.check and not arguments.dump:
            services = services_for(
                project, chain, arguments.service, url=arguments.service_url, progress=line
            )
        verification = _verification(project, chain, services, line, timeout_s=arguments.timeout, kept=kept)
        if arguments.dump:
            return _dump_found(verification, targets[0], arguments)
        if arguments.check:
            return _check(verification, targets, line)
        return 0 if _verify(verification, targets, line) else 1


def _refuse_contradictions(arguments: argparse.Namespace) -> None:
    if bool(arguments.address) == bool(arguments.deployment):
        raise UsageError(
            "say which contract: `ingot verify ADDRESS`, `ingot verify ADDRESS CONTRACT`, or "
            "`ingot verify --deployment NAME`"
        )
    if arguments.address and not (arguments.dump or _resembles_address(arguments.address)):
        raise UsageError(
            f"{arguments.address!r} is no address: write `ingot verify ADDRESS {arguments.address}`"
        )
    if arguments.deployment and (arguments.arguments or arguments.creation_transaction or arguments.dump):
        raise UsageError(
            "--arguments, --creation-transaction and --dump are for one contract: name its address"
        )
    if arguments.check and (arguments.service or arguments.service_url):
        raise UsageError("--check asks no service: leave --service out, or leave --check out")
    if arguments.service_url and len(arguments.service) != 1:
        raise UsageError("--service-url is of one service: name it, --service sourcify --service-url URL")


def _resembles_address(word: str | None) -> bool:
    return word is not None and word[:2] in ("0x", "0X")


# THE CHAIN


def _journals(project: Project, name: str) -> list[Deployed]:
    from ingot.cli.deployed import find_deployed

    return find_deployed(project.path, name) if name else []


@contextmanager
def _connected(
    project: Project, arguments: argparse.Namespace, journals: Sequence[Deployed]
) -> Iterator[RemoteChain]:
    from ingot.project import tell

    chosen, has_url = arguments.network, bool(arguments.rpc_url)
    if not chosen and not has_url and journals:
        if len(journals) > 1:
            there = ", ".join(str(each.folder.relative_to(project.path)) for each in journals)
            raise UsageError(f"it was deployed to several networks ({there}): say which with --network")
        chosen = _choice_of(project, journals[0])
    choice = project.networks.choose(chosen, has_url=has_url)
    if choice.is_in_process:
        raise UsageError(
            "the chain in this process has no explorer: name a network, such as --network ethereum:sepolia, or a node "
            f"with --rpc-url {_LOCAL_NODE}"
        )
    try:
        chain: Any = project.networks.open(choice, rpc_url=arguments.rpc_url, progress=tell)
    except UsageError:
        # Nobody says where a node of it is. Where the journal knows the chain's block 0, a node here may prove to be one.
        if not journals or has_url:
            raise
        chain = _nearby(project, arguments.network or _choice_of(project, journals[0]), journals)
        if chain is None:
            raise
    try:
        print(
            f"{chain.network.choice}, chain id {chain.chain_id}, through {chain.transport.shown}",
            file=sys.stderr,
        )
        yield chain
    finally:
        chain.close()


def _choice_of(project: Project, journal: Deployed) -> str:
    network = project.networks.known.of_chain(journal.header.chain_id)
    return journal.header.network if network is None else network.choice


def _nearby(project: Project, chosen: str, journals: Sequence[Deployed]) -> RemoteChain | None:
    from ingot.errors import IngotError

    try:
        chain: Any = project.networks.open(
            project.networks.choose(chosen, has_url=True), rpc_url=[_LOCAL_NODE], progress=None
        )
    except IngotError:
        return None
    if _journal_on(chain, journals) is None:
        chain.close()
        return None
    return chain  # type: ignore[no-any-return]


def _journal_on(chain: RemoteChain, journals: Sequence[Deployed]) -> Deployed | None:
    return next((each for each in journals if each.is_on(chain.chain_id, _genesis_of(chain))), None)


def _genesis_of(chain: RemoteChain) -> str:
    return f"0x{chain.genesis_hash.hex()}"


# WHAT TO VERIFY


def _targets(
    project: Project, arguments: argparse.Namespace, chain: RemoteChain, journals: Sequence[Deployed]
) -> tuple[list[Target], list[Artifact]]:
    """With the artifacts of their deployment, as they were deployed."""
    from ingot.cli.deployed import deployed_with, targets_of
    from ingot.conversion import to_address
    from ingot.verify import Target

    if arguments.deployment:
        found = _journal_on(chain, journals)
        if found is None:
            raise UsageError(
                f"the deployment {arguments.deployment!r} is of another chain than the node's: its id or its block 0 "
                "differs. Name the node that it was made with"
            )
        targets = targets_of(found.folder, found.state)
        if not targets:
            raise UsageError(f"the deployment {arguments.deployment!r} has no contracts yet")
        return targets, _kept(targets)
    encoded = None
    if arguments.arguments is not None:
        from ingot.verify.creation import encoded_arguments

        if not arguments.contract:
            raise UsageError("--arguments are of a constructor: name the contract behind the address")
        encoded = encoded_arguments(project.artifacts[arguments.contract], arguments.arguments)
    address = to_address(arguments.address)
    if not arguments.contract and not arguments.creation_transaction:
        siblings = deployed_with(project.path, chain.chain_id, _genesis_of(chain), address)
        if siblings:
            return [target for target in siblings if target.address == address][-1:], _kept(siblings)
    return [Target(address, arguments.contract, encoded, arguments.creation_transaction)], []


def _kept(targets: Sequence[Target]) -> list[Artifact]:
    return [target.artifact for target in targets if target.artifact is not None]


def services_for(
    project: Project,
    chain: RemoteChain,
    asked: Sequence[str] = (),
    *,
    url: str = "",
    progress: ProgressLine | None = None,
) -> Sequence[Service]:
    """The services that are `asked` for, or configured, on the chain's network.

    Raises: UsageError, if a key or a URL is missing.
    """
    from ingot.verify.settings import chosen_services, service_names

    names = service_names(project.config, asked)
    return chosen_services(
        project.config, names, chain_id=chain.chain_id, network=chain.network, url=url, progress=progress
    )


def _verification(
    project: Project,
    chain: RemoteChain,
    services: Sequence[Service],
    line: ProgressLine,
    *,
    timeout_s: float,
    kept: Sequence[Artifact],
) -> Verification:
    from ingot.verify import Node, Verification
    from ingot.verify.patience import Patience

    node = Node(chain.transport)
    return Verification(
        project.config, project.artifacts, node, services, Patience(total_s=timeout_s), line, kept
    )


# DOING IT


def _verify(verification: Verification, targets: Sequence[Target], line: ProgressLine) -> bool:
    from ingot.verify import verify

    def say(text: str) -> None:
        line.clear()
        print(text, flush=True)

    try:
        return verify(verification, targets, say=say)
    finally:
        line.clear()


def _check(verification: Verification, targets: Sequence[Target], line: ProgressLine) -> int:
    from ingot.verify.report import check_report

    is_ours = True
    for target in targets:
        try:
            found = verification.examine(target)
        except VerifyError as error:
            line.clear()
            print(error, flush=True)
            is_ours = False
            continue
        for each in found:
            report = check_report(verification.config, each, progress=line)
            line.clear()
            print(report, flush=True)
            is_ours &= each.comparison.matches
    return 0 if is_ours else 1


def _document_of(project: Project, contract: str, line: ProgressLine) -> Any:
    from ingot.verify.document import document_of

    return document_of(project.config, project.artifacts[contract], progress=line)


def _dump_found(verification: Verification, target: Target, arguments: argparse.Namespace) -> int:
    from ingot.verify.report import difference_report

    # Behind a proxy the implementation comes last; with a name, it is what was named.
    found = verification.examine(target)[-1]
    if not found.comparison.matches:
        raise VerifyError(f"{difference_report(found)}\nnothing was written")
    document = verification.document(found)
    if arguments.service and arguments.service != ["sourcify"]:
        document = document.with_libraries(found.libraries)
    encoded = "" if found.creation is None else found.creation.arguments.hex()
    return _dump(document, encoded, found.libraries, arguments.dump)


def _dump(document: Any, encoded: str, libraries: Any, file: str) -> int:
    if file == "-":
        print(document.text)
    else:
        try:
            Path(file).write_text(document.text, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"cannot write {file}: {error.strerror}") from error
    rows = [
        ("input", file if file != "-" else "(standard output)"),
        ("contract", document.contract),
        ("compiler", f"v{document.compiler}"),
        ("arguments", encoded),
        *(("library", f"{library} = {address}") for library, address in libraries.items()),
    ]
    for name, value in rows:
        if value:
            print(f"{name:<9} {value}", file=sys.stderr)
    return 0


def verify_deployed(project: Project, chain: RemoteChain, targets: Sequence[Target]) -> bool:
    """Verify what a script has deployed, with the configured services. Returns: whether all are verified.

    Raises: UsageError, if a key or a URL is missing.
    """
    from ingot.cli.progress import ProgressLine

    line = ProgressLine()
    services = services_for(project, chain, progress=line)
    verification = _verification(project, chain, services, line, timeout_s=_TIMEOUT_S, kept=_kept(targets))
    return _verify(verification, targets, line)

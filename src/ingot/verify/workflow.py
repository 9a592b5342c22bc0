"""From targets to verdicts: examine each contract on the chain, then ask every service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ingot.artifacts import Artifact, Artifacts
from ingot.config.model import Config
from ingot.errors import UsageError, VerifyError
from ingot.types import Address
from ingot.verify.document import Document, document_of
from ingot.verify.examination import Examination, Target, examine
from ingot.verify.node import Node
from ingot.verify.patience import Patience, linked, verdicts
from ingot.verify.report import difference_report, verdict_line
from ingot.verify.service import Request, Service, Verdict

__all__ = ["Outcome", "Verification", "verify"]

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """What one service said about one contract. error: why it is not verified, else None; then there is a verdict.

    service: its name, or "" where none was asked.
    """

    found: Examination
    service: str
    verdict: Verdict | None = None
    error: VerifyError | None = None

    @property
    def line(self) -> str:
        """For people."""
        if self.verdict is not None:
            return verdict_line(self.found, self.verdict)
        if not self.service:
            return f"not verified: {self.error}"
        name = f"{self.found.artifact.qualified_name} at {self.found.address}"
        return f"{name}: not verified by {self.service}: {self.error}"


def _silent(_line: str) -> None:
    return


@dataclass
class Verification:
    """Contracts of a project on one chain.

    config, artifacts: of the project.      node: of the chain.      services: those to verify with, in order.
    kept: contracts of a deployment, as they were deployed.
    """

    config: Config
    artifacts: Artifacts
    node: Node
    services: Sequence[Service] = ()
    patience: Patience = field(default_factory=Patience)
    progress: Progress = _silent
    kept: Sequence[Artifact] = ()
    _examined: dict[Address, Examination] = field(default_factory=dict, init=False, repr=False)
    _documents: dict[tuple[str, str], Document] = field(default_factory=dict, init=False, repr=False)

    def examine(self, target: Target) -> list[Examination]:
        """The contract of `target` and what it delegates to; each address once. Raises: VerifyError, UsageError."""
        self.progress(f"examining {target.contract or target.address}")
        found = examine(self.artifacts, self.node, target, find_creation=self._find_creation, kept=self.kept)
        fresh = [each for each in found if each.address not in self._examined]
        self._examined.update({each.address: each for each in fresh})
        return fresh

    def document(self, found: Examination) -> Document:
        """What is uploaded for it. Raises: VerifyError, UsageError."""
        key = (found.artifact.qualified_name, found.artifact.build_id)
        if key not in self._documents:
            self._documents[key] = document_of(self.config, found.artifact, progress=self.progress)
        return self._documents[key]

    def request(self, found: Examination) -> Request:
        """What the services are asked about one contract, which must be ours: else nothing is sent.

        Raises: VerifyError, if the deployed code is not ours, or constructor arguments are not known.
        """
        if not found.comparison.matches:
            raise VerifyError(f"{difference_report(found)}\nnothing was sent")
        return Request(
            chain_id=self.node.chain_id(),
            address=found.address,
            document=self.document(found),
            constructor_arguments=found.arguments,
            libraries=found.libraries,
            creation_transaction=found.creation.transaction if found.creation else "",
        )

    def verify(self, contracts: Sequence[Examination]) -> Iterator[Outcome]:
        """Ask every service about `contracts`, all at once. Yields: outcomes as they come.

        A contract that cannot be asked about (see `request`) has one outcome, of no service.
        """
        asked: dict[Address, Examination] = {}
        requests = []
        for found in contracts:
            try:
                requests.append(self.request(found))
                asked[found.address] = found
            except VerifyError as error:
                yield Outcome(found, "", error=error)
        for service in self.services if requests else ():
            answers = verdicts(service, requests, patience=self.patience, progress=self.progress)
            for request, answer in answers:
                found = asked[request.address]
                if isinstance(answer, VerifyError):
                    yield Outcome(found, service.name, error=answer)
                else:
                    yield Outcome(found, service.name, answer)

    def link_proxies(self, outcomes: Sequence[Outcome]) -> Iterator[str]:
        """Tell the services what is behind the proxies, where they verified it. Yields: what came of it, in lines."""
        for service in self.services:
            verified = {
                outcome.found.address: outcome.found
                for outcome in outcomes
                if outcome.verdict is not None and outcome.service == service.name
            }
            proxies = {
                proxy.address: proxy.implementation
                for found in verified.values()
                for proxy in (found.proxy, found.behind)
                if proxy is not None and proxy.implementation in verified
            }
            for proxy, implementation in proxies.items():
                said = self._link(service, proxy, implementation)
                if said:
                    yield said

    def _link(self, service: Service, proxy: Address, implementation: Address) -> str:
        try:
            said = linked(
                service,
                self.node.chain_id(),
                proxy,
                implementation,
                patience=self.patience,
                progress=self.progress,
            )
        except VerifyError as error:
            return f"{proxy}: not linked to its implementation {implementation}: {error}"
        return f"{service.name}: {said}" if said else ""

    def _find_creation(self, address: Address) -> str:
        chain_id = self.node.chain_id()
        found = (service.creation_transaction(chain_id, address) for service in self.services)
        return next((txn_hash for txn_hash in found if txn_hash), "")


def verify(verification: Verification, targets: Iterable[Target], *, say: Progress) -> bool:
    """Verify all `targets` and what they delegate to; `say` gets each result. Returns: whether all are verified.

    A contract that fails keeps none of the others from being verified.
    Raises: UsageError, if a service refuses the key; ProviderError, if the node fails.
    """
    contracts: list[Examination] = []
    failures = 0
    for target in targets:
        try:
            contracts += verification.examine(target)
        except (VerifyError, UsageError) as error:
            failures += 1
            where = "" if str(target.address) in str(error) else f"{target.contract} at {target.address}: "
            say(f"{where}not verified: {error}")
    outcomes = []
    for outcome in verification.verify(contracts):
        say(outcome.line)
        outcomes.append(outcome)
    for line in verification.link_proxies(outcomes):
        say(line)
    return not failures and all(outcome.verdict is not None for outcome in outcomes)

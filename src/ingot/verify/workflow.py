"""From targets to verdicts: examine each contract on the chain, then ask every service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from ingot.artifacts import Artifacts
from ingot.config.model import Config
from ingot.errors import VerifyError
from ingot.types import Address
from ingot.verify.document import Document, document_of
from ingot.verify.examination import Examination, Target, examine
from ingot.verify.node import Node
from ingot.verify.patience import Patience, linked, verified
from ingot.verify.report import difference_report, verdict_line
from ingot.verify.service import Request, Service, Verdict

__all__ = ["Outcome", "Verification", "verify"]

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """What one service said about one contract. error: why it is not verified, else None; then there is a verdict."""

    found: Examination
    service: str
    verdict: Verdict | None = None
    error: VerifyError | None = None
    link: str = ""

    @property
    def line(self) -> str:
        """For people."""
        if self.verdict is None:
            name = f"{self.found.artifact.qualified_name} at {self.found.address}"
            return f"{name}: not verified by {self.service}: {self.error}"
        return verdict_line(self.found, self.verdict) + (f"\n  {self.link}" if self.link else "")


def _silent(_line: str) -> None:
    return


@dataclass
class Verification:
    """Contracts of a project on one chain.

    config, artifacts: of the project.      node: of the chain.      services: those to verify with, in order.
    """

    config: Config
    artifacts: Artifacts
    node: Node
    services: Sequence[Service] = ()
    patience: Patience = field(default_factory=Patience)
    progress: Progress = _silent
    _examined: dict[Address, Examination] = field(default_factory=dict, init=False, repr=False)
    _documents: dict[str, Document] = field(default_factory=dict, init=False, repr=False)

    def examine(self, target: Target) -> list[Examination]:
        """The contract of `target` and what it delegates to; each address once. Raises: VerifyError, UsageError."""
        found = examine(self.artifacts, self.node, target, find_creation=self._find_creation)
        fresh = [each for each in found if each.address not in self._examined]
        self._examined.update({each.address: each for each in fresh})
        return fresh

    def document(self, found: Examination) -> Document:
        """What is uploaded for it. Raises: VerifyError, UsageError."""
        name = found.artifact.qualified_name
        if name not in self._documents:
            self._documents[name] = document_of(self.config, found.artifact, progress=self.progress)
        return self._documents[name]

    def verify(self, found: Examination) -> list[Outcome]:
        """Ask every service about one contract, which must be ours: else nothing is sent.

        Raises: VerifyError, if the deployed code is not ours, or constructor arguments are not known.
        """
        if not found.comparison.matches:
            raise VerifyError(f"{difference_report(self.config, found)}\nnothing was sent")
        request = Request(
            chain_id=self.node.chain_id(),
            address=found.address,
            document=self.document(found),
            constructor_arguments=found.arguments,
            libraries=found.libraries,
            creation_transaction=found.creation.transaction if found.creation else "",
        )
        return [self._asked(service, request, found) for service in self.services]

    def _asked(self, service: Service, request: Request, found: Examination) -> Outcome:
        try:
            verdict = verified(service, request, patience=self.patience, progress=self.progress)
        except VerifyError as error:
            return Outcome(found, service.name, error=error)
        return Outcome(found, service.name, verdict)

    def link_proxies(self, outcomes: Iterable[Outcome]) -> list[str]:
        """Tell the services what is behind the proxies that they verified. Returns: what came of it, in lines."""
        lines = []
        by_name = {service.name: service for service in self.services}
        for outcome in outcomes:
            proxy = outcome.found.proxy
            if outcome.verdict is None or proxy is None:
                continue
            try:
                said = linked(
                    by_name[outcome.service],
                    self.node.chain_id(),
                    proxy.address,
                    proxy.implementation,
                    patience=self.patience,
                    progress=self.progress,
                )
            except VerifyError as error:
                lines.append(f"{proxy.address}: not linked to its implementation: {error}")
                continue
            if said:
                lines.append(f"{outcome.service}: {said}")
        return lines

    def _find_creation(self, address: Address) -> str:
        chain_id = self.node.chain_id()
        found = (service.creation_transaction(chain_id, address) for service in self.services)
        return next((txn_hash for txn_hash in found if txn_hash), "")


def verify(verification: Verification, targets: Iterable[Target], *, say: Progress) -> bool:
    """Verify all `targets` and what they delegate to; `say` gets each result. Returns: whether all are verified.

    A contract that fails keeps none of the others from being verified.
    """
    outcomes: list[Outcome] = []
    is_complete = True
    for target in targets:
        try:
            for found in verification.examine(target):
                asked = verification.verify(found)
                for outcome in asked:
                    say(outcome.line)
                outcomes += asked
        except VerifyError as error:
            is_complete = False
            say(
                f"{target.contract or target.address}: not verified: {error}"
                if str(target.address) not in str(error)
                else f"not verified: {error}"
            )
    for line in verification.link_proxies(outcomes):
        say(line)
    return is_complete and all(outcome.verdict is not None for outcome in outcomes)

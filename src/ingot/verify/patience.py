"""Ask until there is a verdict: submit, wait, poll, and submit again where the service took nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ingot.errors import VerifyError
from ingot.types import Address
from ingot.verify.service import Later, Request, Service, Verdict

__all__ = ["Patience", "linked", "verified"]

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Patience:
    """How long to wait for what a service has to do.

    first_s, factor, longest_s: the pauses between two questions.      total_s: then we give up.
    """

    first_s: float = 1.0
    factor: float = 1.5
    longest_s: float = 15.0
    total_s: float = 300.0
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)

    def ask(self, what: str, question: Callable[[], str], progress: Progress) -> str:
        """The answer of `question`, asked again for as long as it raises Later. Raises: VerifyError, after `total_s`."""
        started, pause_s = self.clock(), self.first_s
        while True:
            try:
                return question()
            except Later as later:
                waited_s = self.clock() - started
                if waited_s + pause_s > self.total_s:
                    raise VerifyError(
                        f"{what}: no verdict after {waited_s:.0f} s: {later.reason}. Run `ingot verify` again later: what "
                        "is verified by then is found so"
                    ) from None
                progress(f"{what}: {later.reason} ({waited_s:.0f} s)")
            self.sleep(pause_s)
            pause_s = min(pause_s * self.factor, self.longest_s)


def verified(service: Service, request: Request, *, patience: Patience, progress: Progress) -> Verdict:
    """Submit `request` and wait for the verdict. Raises: Refused, VerifyError."""
    tickets: list[str] = []
    verdicts: list[Verdict] = []

    def question() -> str:
        if not tickets:
            answer = service.submit(request)
            if isinstance(answer, Verdict):
                verdicts.append(answer)
                return ""
            tickets.append(answer)
            raise Later("submitted")
        try:
            verdicts.append(service.poll(request, tickets[0]))
        except Later as later:
            if later.must_resubmit:
                tickets.clear()
            raise
        return ""

    name = request.document.contract.rpartition(":")[2]
    patience.ask(f"{name} at {service.name}", question, progress)
    return verdicts[0]


def linked(
    service: Service,
    chain_id: int,
    proxy: Address,
    implementation: Address,
    *,
    patience: Patience,
    progress: Progress,
) -> str:
    """Tell `service` what is behind `proxy`. Returns: what came of it, "" where the service finds out by itself."""
    tickets: list[str | None] = []

    def question() -> str:
        if not tickets:
            tickets.append(service.link_proxy(chain_id, proxy, implementation))
            if tickets[0] is not None:
                raise Later("submitted")
        ticket = tickets[0]
        if ticket is None:
            return ""
        try:
            return service.poll_proxy(chain_id, ticket)
        except Later as later:
            if later.must_resubmit:
                tickets.clear()
            raise

    return patience.ask(f"proxy {proxy} at {service.name}", question, progress)

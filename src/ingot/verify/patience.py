"""Ask until there is a verdict: submit, wait, poll, and submit again where the service took nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from ingot.errors import VerifyError
from ingot.types import Address
from ingot.verify.service import Later, Request, Service, Verdict

__all__ = ["Patience", "linked", "verdicts", "verified"]

Progress = Callable[[str], None]
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Patience:
    """How long to wait for what a service has to do.

    first_s, factor, longest_s: the pauses between two rounds of questions.      total_s: then we give up.
    """

    first_s: float = 1.0
    factor: float = 1.5
    longest_s: float = 15.0
    total_s: float = 300.0
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)

    def ask(
        self, questions: Mapping[str, Callable[[], Answer]], progress: Progress
    ) -> Iterator[tuple[str, Answer | VerifyError]]:
        """Ask all `questions`, by what they are about; those that raise Later are asked again in the next round.

        Yields: (what, answer) as they come. A VerifyError is an answer too; so is that no time is left.
        """
        started, pause_s = self.clock(), self.first_s
        waiting = dict(questions)
        while True:
            later: dict[str, str] = {}
            for what, question in list(waiting.items()):
                try:
                    answer: Answer | VerifyError = question()
                except Later as reason:
                    later[what] = reason.reason
                    continue
                except VerifyError as error:
                    answer = error
                del waiting[what]
                yield what, answer
            if not waiting:
                return
            waited_s = self.clock() - started
            if waited_s + pause_s > self.total_s:
                break
            progress(f"{_in_one_line(later)} ({waited_s:.0f} s)")
            self.sleep(pause_s)
            pause_s = min(pause_s * self.factor, self.longest_s)
        for what, reason_in_words in later.items():
            yield (
                what,
                VerifyError(
                    f"{what}: no verdict after {waited_s:.0f} s: {reason_in_words}. Run `ingot verify` again later: what is "
                    "verified by then is found so"
                ),
            )


def _in_one_line(later: Mapping[str, str]) -> str:
    what, reason = next(iter(later.items()))
    more = f", and {len(later) - 1} more to wait for" if len(later) > 1 else ""
    return f"{what}: {reason}{more}"


class _Submission:
    """One request at one service, from one question to the next."""

    def __init__(self, service: Service, request: Request) -> None:
        self._service = service
        self._request = request
        self._ticket: str | None = None

    def __call__(self) -> Verdict:
        if self._ticket is None:
            answer = self._service.submit(self._request)
            if isinstance(answer, Verdict):
                return answer
            self._ticket = answer
            raise Later("submitted")
        try:
            return self._service.poll(self._request, self._ticket)
        except Later as later:
            if later.must_resubmit:
                self._ticket = None
            raise


def verdicts(
    service: Service, requests: Sequence[Request], *, patience: Patience, progress: Progress
) -> Iterator[tuple[Request, Verdict | VerifyError]]:
    """Submit all, then wait for all together. Yields: each request with its verdict, or why there is none."""
    named = {
        f"{request.document.contract.rpartition(':')[2]} at {service.name} ({request.address})": request
        for request in requests
    }
    if len(requests) == 1:
        named = {what.rpartition(" (")[0]: request for what, request in named.items()}
    questions = {what: _Submission(service, request) for what, request in named.items()}
    for what, answer in patience.ask(questions, progress):
        yield named[what], answer


def verified(service: Service, request: Request, *, patience: Patience, progress: Progress) -> Verdict:
    """Submit `request` and wait for the verdict. Raises: Refused, VerifyError."""
    ((_, answer),) = verdicts(service, [request], patience=patience, progress=progress)
    if isinstance(answer, VerifyError):
        raise answer
    return answer


def linked(
    service: Service,
    chain_id: int,
    proxy: Address,
    implementation: Address,
    *,
    patience: Patience,
    progress: Progress,
) -> str:
    """Tell `service` what is behind `proxy`. Returns: what came of it, "" where the service finds out by itself.

    Raises: Refused, VerifyError.
    """
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

    ((_, answer),) = patience.ask({f"proxy {proxy} at {service.name}": question}, progress)
    if isinstance(answer, VerifyError):
        raise answer
    return answer

"""A step that is done, and a script that now says something else: what is to happen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal, get_args

from ingot.deploy.intent import differences
from ingot.errors import DeployError, UsageError

if TYPE_CHECKING:
    from ingot.deploy.intent import Difference, Intent
    from ingot.deploy.state import State, StepState

__all__ = ["CHOICES", "Answer", "Choice", "OnChange"]

Choice = Literal["ask", "redeploy", "upgrade", "keep", "fail"]
Answer = Literal["redeploy", "upgrade", "keep"]
CHOICES: tuple[str, ...] = get_args(Choice)

_WORDS: Mapping[Difference, str] = {
    "code": "its code",
    "metadata": "only the compiler's metadata (comments, names, paths); the code does the same",
    "arguments": "the constructor's arguments",
    "libraries": "the addresses of its libraries",
    "call": "the arguments of the call",
    "target": "what is called",
    "value": "the value sent with it",
    "sender": "who sends it",
}


class OnChange:
    """Decides once for each step; the plan and what follows it must agree.

    ask: shows a question and returns the answer, None where nobody can be asked.
    """

    def __init__(self, choice: Choice, ask: Callable[[str], str] | None, tell: Callable[[str], None]) -> None:
        if choice not in CHOICES:
            raise UsageError(f"--on-change is one of {', '.join(CHOICES)}; not {choice!r}")
        self._choice = choice
        self._ask = ask
        self._tell = tell
        self._answers: dict[str, Answer] = {}

    def about(self, intent: Intent, state: State, *, is_proxied: bool) -> Answer | None:
        """What to do about a step of the journal; None if it has not changed. Raises: DeployError, as `resolve`."""
        step = state.steps.get(intent.step)
        if step is None or step.intent is None or step.phase == "failed" or not step.attempts:
            return None
        found = differences(step.intent, intent)
        return self.resolve(step, intent, found, state, is_proxied=is_proxied) if found else None

    def resolve(
        self,
        step: StepState,
        intent: Intent,
        found: tuple[Difference, ...],
        state: State,
        *,
        is_proxied: bool,
    ) -> Answer:
        """What to do about a step that changed. Raises: DeployError, if that is not said, or it is to fail."""
        name = intent.step
        if name in self._answers:
            return self._answers[name]
        words = self._words(step, intent, found, state)
        if found == ("metadata",) and self._choice in ("ask", "upgrade"):
            self._tell(f"{words}. It is kept")
            answer: Answer = "keep"
        elif self._choice == "ask":
            answer = self._asked(words, name, is_proxied=is_proxied)
        elif self._choice == "fail":
            raise DeployError(f"{words}. --on-change=fail stops here, before anything is sent", step=name)
        elif self._choice == "upgrade" and not is_proxied:
            raise DeployError(
                f"{words}. --on-change=upgrade is for what is behind a proxy, and this is not: --on-change=redeploy makes a "
                "new one, --on-change=keep leaves it",
                step=name,
            )
        else:
            answer = self._choice
            self._tell(f"{words}: {answer}")
        self._answers[name] = answer
        return answer

    def _words(self, step: StepState, intent: Intent, found: tuple[Difference, ...], state: State) -> str:
        where = f" ({step.address})" if step.address else ""
        changed = ", ".join(_WORDS[each] for each in found)
        dependents = dependents_of(intent.step, state)
        named = (
            f"; {', '.join(dependents)} {'use' if len(dependents) > 1 else 'uses'} it" if dependents else ""
        )
        return f"step {intent.step}{where} was done, and has changed since: {changed}{named}"

    def _asked(self, words: str, name: str, *, is_proxied: bool) -> Answer:
        possible = ["redeploy", *(["upgrade"] if is_proxied else []), "keep"]
        if self._ask is None:
            raise DeployError(
                f"{words}. Say what is to happen: {', '.join(f'--on-change={each}' for each in possible)}, or fail. "
                "Nothing was sent",
                step=name,
            )
        while True:
            said = self._ask(f"{words}.\n{', '.join(possible)}, or stop? ").strip().lower()
            for each in possible:
                if said and each.startswith(said):
                    return each  # type: ignore[return-value]  # one of the three
            if not said or "stop".startswith(said):
                raise DeployError(f"stopped: {words}. Nothing was sent", step=name)


def dependents_of(name: str, state: State) -> list[str]:
    """Steps that name the contract of step `name`, and those that name theirs, in order."""
    found: list[str] = []
    for each in state.steps.values():
        after = () if each.intent is None else each.intent.after
        if name in after or any(before in found for before in after):
            found.append(each.step)
    return found

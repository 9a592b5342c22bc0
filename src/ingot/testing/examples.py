"""Hypothesis: every example of a property starts from the state in which the test began.

Nothing here imports Hypothesis before the suite does: it is a good part of a second.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ingot.testing.isolation import Reach
from ingot.testing.session import Session

__all__ = ["isolated_examples", "load_profile"]

PROFILE = "ingot"
"""The name of the settings profile."""
REMOTE_EXAMPLES = 10
"""At most, on a node, where a test does not say itself how many."""


def load_profile(*, is_remote: bool = False) -> None:
    """Load a settings profile that suits contracts: the one that is in force, with two changes.

    The stock deadline of 200 ms goes: the first example may compile. The health check against function-scoped
    fixtures goes: their state is restored for each example.
    is_remote: fewer examples, for each of their calls is a request to a node; and they may be slow.
    """
    from hypothesis import HealthCheck, settings

    current = settings()
    stock = settings.get_profile("default")
    fewer: dict[str, Any] = {}
    slow = set()
    if is_remote:
        fewer["max_examples"] = min(current.max_examples, REMOTE_EXAMPLES)
        fewer["stateful_step_count"] = min(current.stateful_step_count, REMOTE_EXAMPLES)
        slow = {HealthCheck.too_slow}
    settings.register_profile(
        PROFILE,
        parent=current,
        deadline=None if current.deadline == stock.deadline else current.deadline,
        suppress_health_check={*current.suppress_health_check, HealthCheck.function_scoped_fixture, *slow},
        **fewer,
    )
    settings.load_profile(PROFILE)


@contextmanager
def isolated_examples(test: object, session: Session) -> Iterator[None]:
    """Restore the chain after each example of `test` and of the state machines that it runs."""
    if "hypothesis" not in sys.modules:
        yield
        return
    from hypothesis import stateful

    handle = getattr(test, "hypothesis", None)
    inner_test = getattr(handle, "inner_test", None)
    get_state_machine_test = stateful.get_state_machine_test
    # PREPARE
    if inner_test is not None:
        handle.inner_test = _isolated(inner_test, session)  # type: ignore[union-attr]
    stateful.get_state_machine_test = _isolating_machines(get_state_machine_test, session)
    # EXECUTE
    try:
        yield
    finally:
        stateful.get_state_machine_test = get_state_machine_test
        if inner_test is not None:
            handle.inner_test = inner_test  # type: ignore[union-attr]


def _isolated(inner_test: Callable[..., Any], session: Session) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(inner_test):
        return inner_test
    isolation = session.isolation

    # wraps: Hypothesis names the database entry after the source of the function that it finds under the wrapper.
    @functools.wraps(inner_test)
    def example(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        owner = object()
        isolation.open(owner, Reach.EXAMPLE)
        try:
            return inner_test(*args, **kwargs)
        except Exception as error:
            # A rejected example (`assume`) is none of ours, and there are many.
            if not type(error).__module__.startswith("hypothesis."):
                session.failures.remember(error)
            raise
        finally:
            isolation.close(owner)

    return example


def _isolating_machines(get_test: Callable[..., Any], session: Session) -> Callable[..., Any]:
    @functools.wraps(get_test)
    def get_state_machine_test(*args: Any, **kwargs: Any) -> Any:
        test = get_test(*args, **kwargs)
        test.hypothesis.inner_test = _isolated(test.hypothesis.inner_test, session)
        return test

    return get_state_machine_test

"""The active chain and project."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from ingot.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingot.project import BaseProject
    from ingot.provider import Provider

__all__ = ["active_chain", "active_project", "chosen_chain", "use"]

_active_chain: ContextVar[Provider | None] = ContextVar("ingot_active_chain", default=None)
_active_project: ContextVar[BaseProject | None] = ContextVar("ingot_active_project", default=None)


def chosen_chain() -> Provider | None:
    """The chain that somebody made active, or None."""
    return _active_chain.get()


def active_project() -> BaseProject | None:
    """The project that somebody made active, or None."""
    return _active_project.get()


def active_chain() -> Provider:
    """The active chain, else the active project's. Raises: UsageError, if there is neither."""
    chain = _active_chain.get()
    if chain is not None:
        return chain
    project = _active_project.get()
    if project is None:
        raise UsageError(
            "no chain is active here: pass chain=, such as ingot.Contract(address, abi=..., chain=chain)"
        )
    return project.chain


@contextmanager
def use(chain: Provider | None = None, *, project: BaseProject | None = None) -> Iterator[None]:
    """Inside, `chain` (and `project`) are the active ones; what is not given stays as it was.

    A thread that is started inside begins without context variables; the project itself still knows its active chain.
    """
    with ExitStack() as stack:
        if project is not None:
            project_token = _active_project.set(project)
            stack.callback(_active_project.reset, project_token)
        if chain is not None:
            chain_token = _active_chain.set(chain)
            stack.callback(_active_chain.reset, chain_token)
            owner = _active_project.get()
            if owner is not None:
                stack.enter_context(owner.activated(chain))
        yield

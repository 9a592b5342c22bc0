"""Which chain is meant where none is named: the active one, and how `--network` chooses it.

The active chain and project are context variables, set by `ingot run`, `ingot console`, the pytest plugin, or by you:

    with networks.use(chain):
        ingot.Contract(address, abi=...)      # on that chain
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingot.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingot.project import BaseProject
    from ingot.provider import Provider

__all__ = ["LOCAL", "Choice", "Networks", "active_chain", "active_project", "parse_choice", "use"]

_active_chain: ContextVar[Provider | None] = ContextVar("ingot_active_chain", default=None)
_active_project: ContextVar[BaseProject | None] = ContextVar("ingot_active_project", default=None)


@dataclass(frozen=True, slots=True)
class Choice:
    """What `ecosystem:network:provider` names. str() gives it back in full."""

    ecosystem: str = "ethereum"
    network: str = "local"
    provider: str = "ingot"

    def __str__(self) -> str:
        return f"{self.ecosystem}:{self.network}:{self.provider}"


LOCAL = Choice()
"""The chain in this process."""


def parse_choice(text: str) -> Choice:
    """From `ethereum:local:ingot`; parts that are left out or empty take the local chain's.

    Raises: UsageError, if there is no such network.
    """
    parts = text.strip().split(":")
    if len(parts) > 3:
        raise UsageError(f"{text!r} is no network: write ecosystem:network:provider, such as {LOCAL}")
    filled = [part or default for part, default in zip(parts, ("ethereum", "local", "ingot"), strict=False)]
    if filled == ["local"]:
        return LOCAL
    choice = Choice(*filled)
    if choice != LOCAL:
        raise UsageError(f"there is no network {text!r}; there is {LOCAL}, the chain in this process")
    return choice


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
    """Inside, `chain` (and `project`) are the active ones; what is not given stays as it was."""
    chain_token = None if chain is None else _active_chain.set(chain)
    project_token = None if project is None else _active_project.set(project)
    try:
        yield
    finally:
        if project_token is not None:
            _active_project.reset(project_token)
        if chain_token is not None:
            _active_chain.reset(chain_token)


class Networks:
    """The networks of a project, with ape's names: `networks.provider`, `networks.network.name`."""

    def __init__(self, project: BaseProject) -> None:
        self._project = project

    @property
    def provider(self) -> Provider:
        """The active chain."""
        return self._project.chain

    @property
    def active_provider(self) -> Provider:
        """Ape's other name for it."""
        return self._project.chain

    @property
    def choice(self) -> Choice:
        """What is active, in words."""
        return LOCAL

    @property
    def network(self) -> Network:
        """The active network."""
        return Network(LOCAL.network, LOCAL.ecosystem)

    @property
    def network_choices(self) -> list[str]:
        """What `--network` takes."""
        return [str(LOCAL)]

    @contextmanager
    def parse_network_choice(self, choice: str = "") -> Iterator[Provider]:
        """`with networks.parse_network_choice("ethereum:local") as provider:`"""
        parse_choice(choice)
        chain = self._project.chain
        with use(chain, project=self._project):
            yield chain

    def __repr__(self) -> str:
        return f"<networks: {', '.join(self.network_choices)}>"


@dataclass(frozen=True, slots=True)
class Network:
    """A network's name and ecosystem."""

    name: str
    ecosystem: str

    @property
    def choice(self) -> str:
        """`ethereum:local`"""
        return f"{self.ecosystem}:{self.name}"

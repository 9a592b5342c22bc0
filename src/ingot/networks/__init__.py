"""Which chain is meant where none is named: the active one, and how `--network` chooses it.

The active chain and project are context variables, set by `ingot run`, `ingot console`, the pytest plugin, or by you:

    with networks.use(chain):
        ingot.Contract(address, abi=...)      # on that chain

What chooses and connects is loaded when it is first used: a project on the chain in this process needs none of it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ingot.networks.active import active_chain, active_project, chosen_chain, use

if TYPE_CHECKING:
    from ingot.networks.choice import LOCAL, Choice, parse_choice
    from ingot.networks.connection import connect
    from ingot.networks.known import KnownNetworks
    from ingot.networks.manager import Networks

__all__ = [
    "LOCAL",
    "Choice",
    "KnownNetworks",
    "Networks",
    "active_chain",
    "active_project",
    "chosen_chain",
    "connect",
    "parse_choice",
    "use",
]

_HOMES = {
    "LOCAL": "choice",
    "Choice": "choice",
    "KnownNetworks": "known",
    "Networks": "manager",
    "connect": "connection",
    "parse_choice": "choice",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value

"""Which chain is meant where none is named: the active one, and how `--network` chooses it.

The active chain and project are context variables, set by `ingot run`, `ingot console`, the pytest plugin, or by you:

    with networks.use(chain):
        ingot.Contract(address, abi=...)      # on that chain
"""

from ingot.networks.active import active_chain, active_project, chosen_chain, use
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

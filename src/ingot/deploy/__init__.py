"""Deployment scripts: `deploy = ingot.deployment()`, then `deploy("Token", 10**24)`."""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers know it

if TYPE_CHECKING:
    from typing import Any

    from ingot.deploy.script import Deployment, Step, collected, deployment

__all__ = ["Deployment", "Step", "collected", "deployment"]


def __getattr__(name: str) -> Any:
    """Load scripts' API when it is first used: reading a journal needs neither engine nor contracts."""
    if name not in __all__:
        raise AttributeError(f"module 'ingot.deploy' has no attribute {name!r}")
    from ingot.deploy import script

    return getattr(script, name)

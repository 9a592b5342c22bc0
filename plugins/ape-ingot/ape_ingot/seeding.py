"""Ape looks some settings up for every transaction, and builds settings models for each look: put them where it looks first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ape.api.networks import NetworkAPI

__all__ = ["seed"]


def seed(network: NetworkAPI) -> None:
    """Store what the configuration of the ecosystem computes anew each time. It says the same as before."""
    config = network.ecosystem.config
    extra = config.model_extra
    if extra is None:
        return
    name = network.name
    extra[name] = getattr(config, name)
    extra.setdefault("default_transaction_type", int(config.DEFAULT_TRANSACTION_TYPE))

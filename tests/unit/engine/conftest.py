"""A chain with two rich accounts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tiny_contracts import ALICE, initcode

from ingot.engine import Engine
from ingot.types import Address


@pytest.fixture
def engine() -> Engine:
    engine = Engine(timestamp=1_700_000_000)
    engine.set_balance(ALICE, 10**24)
    return engine


@pytest.fixture
def deploy(engine: Engine) -> Callable[[bytes], Address]:
    def deploy(runtime: bytes) -> Address:
        created = engine.send(sender=ALICE, data=initcode(runtime)).outcome.contract_address
        assert created is not None
        return created

    return deploy

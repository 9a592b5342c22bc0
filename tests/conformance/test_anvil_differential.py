"""Random transaction lists on our engine and on anvil, compared to the unit.

INGOT_DIFFERENTIAL_TRANSACTIONS (default 1000) says how many, INGOT_DIFFERENTIAL_SEED which; the seed and the mix are
printed at the end of the run. A mismatch names the episode, `seed/number`, which alone determines the plans.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from random import SystemRandom
from typing import Any

import pytest
from anvil import require_anvil
from differential import session
from differential.anvil_side import AnvilSide
from differential.applications import sample_applications
from differential.engine_side import EngineSide
from differential.known import KNOWN_DIFFERENCES, KNOWN_DIFFERENCES_UNTIDY
from differential.session import Episode, MismatchError, Report, Rules
from differential.views import BlockPlan, BlockView, Setting
from differential.world import Crypto, World

from ingot.engine import keccak256, key_address, sign_hash

ROOT = Path(__file__).resolve().parents[2]
TRANSACTIONS = int(os.environ.get("INGOT_DIFFERENTIAL_TRANSACTIONS", "1000"))
CRYPTO = Crypto(sign_hash, keccak256, key_address)
RULES = Rules(KNOWN_DIFFERENCES, KNOWN_DIFFERENCES_UNTIDY)


@pytest.fixture(scope="module", autouse=True)
def anvil_binary() -> None:
    require_anvil()


@pytest.fixture(scope="module")
def applications() -> Any:
    return sample_applications(ROOT)


def _sides(setting: Setting) -> tuple[AnvilSide, EngineSide]:
    ours = EngineSide(setting)
    return AnvilSide(setting, ours.genesis), ours


def test_random_transactions_agree_with_anvil(applications: Any, differential_log: list[str]) -> None:
    seed = int(os.environ.get("INGOT_DIFFERENTIAL_SEED") or SystemRandom().randrange(2**32))

    report = session.run(
        seed,
        TRANSACTIONS,
        _sides,
        CRYPTO,
        rules=RULES,
        applications=applications,
    )

    differential_log += report.lines()
    assert report.transactions >= TRANSACTIONS
    if TRANSACTIONS >= 1000:
        assert set(report.types) == {0, 1, 2, 3, 4}
        for outcome in ("success", "revert", "halt", "not included"):
            assert sum(count for (_, one), count in report.mix.items() if one == outcome) >= 20


class _Lying(EngineSide):
    """Our engine, with one field of what it answers falsified."""

    def __init__(self, setting: Setting, lie: str) -> None:
        super().__init__(setting)
        self.lie = lie

    def run_block(self, plan: BlockPlan, prev_randao: Any) -> BlockView:
        view = super().run_block(plan, prev_randao)
        if self.lie == "header":
            return replace(
                view, headers=tuple(replace(one, base_fee=one.base_fee + 1) for one in view.headers)
            )
        if self.lie == "inclusion":
            return replace(view, receipts=tuple(None for _ in view.receipts))
        changed = {
            "gas": lambda one: {"gas_used": one.gas_used + 1},
            "status": lambda one: {"status": 1 - one.status},
            "output": lambda one: {"output": one.output + "00"},
            "log": lambda one: {"logs": (*one.logs, *one.logs[:1])} if one.logs else {},
            "hash": lambda _: {"hash": "0x" + "00" * 32},
        }
        if self.lie not in changed:
            return view
        receipts = tuple(one and replace(one, **changed[self.lie](one)) for one in view.receipts)
        return replace(view, receipts=receipts)

    def accounts(self, addresses: Any, **options: Any) -> Any:
        views = super().accounts(addresses, **options)
        if getattr(self, "lie", "") == "balance":
            first = next(iter(views))
            views[first] = replace(views[first], balance=views[first].balance + 1)
        return views


@pytest.mark.parametrize(
    ("lie", "field"),
    [
        ("gas", "Receipt.gas_used"),
        ("status", "Receipt.status"),
        ("output", "Receipt.output"),
        ("log", "Receipt.logs"),
        ("hash", "Receipt.hash"),
        ("header", "Header.base_fee"),
        ("inclusion", "inclusion"),
        ("balance", "Account.balance"),
    ],
)
def test_one_falsified_field_is_found(lie: str, field: str) -> None:
    setting = Setting()
    liar = _Lying(setting, lie)
    anvil = AnvilSide(setting, liar.genesis)
    episode = Episode("lie/0", setting, anvil, liar, World(CRYPTO), RULES, Report(0))
    try:
        with pytest.raises(MismatchError, match="episode lie/0") as raised:
            episode.run(60)
    finally:
        anvil.close()
    assert field in {difference.field for difference in raised.value.differences}

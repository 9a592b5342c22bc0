"""Random transaction lists on forks of anvil and on anvil itself: gas, status, output, logs, calls, storage, balances.

INGOT_DIFFERENTIAL_FORKED (default 200) says how many transactions, INGOT_DIFFERENTIAL_SEED which.
"""

from __future__ import annotations

import os
from pathlib import Path
from random import SystemRandom

import pytest
from anvil import require_anvil
from differential import session
from differential.anvil_side import AnvilSide
from differential.applications import sample_applications
from differential.compare import KnownDifference
from differential.fork_side import ForkSide
from differential.known import KNOWN_DIFFERENCES, KNOWN_DIFFERENCES_UNTIDY
from differential.session import Episode, MismatchError, Report, Rules
from differential.views import Setting
from differential.world import Crypto, World

from ingot.engine import keccak256, key_address, sign_hash

ROOT = Path(__file__).resolve().parents[2]
TRANSACTIONS = int(os.environ.get("INGOT_DIFFERENTIAL_FORKED", "200"))
CRYPTO = Crypto(sign_hash, keccak256, key_address)
NO_ROOT = "a fork knows no state roots, and the hashes of its own blocks follow from them"
OF_FORKS = tuple(
    KnownDifference(f"{name}.{field}", NO_ROOT, lambda _anvil, _ours: True)
    for name in ("Header", "Header with blobs")
    for field in ("state_root", "parent_hash", "hash")
)
RULES = Rules((*KNOWN_DIFFERENCES, *OF_FORKS), KNOWN_DIFFERENCES_UNTIDY)


def _sides(setting: Setting) -> tuple[AnvilSide, ForkSide]:
    ours = ForkSide(setting)
    anvil = AnvilSide(setting, ours.genesis)
    ours.attach(anvil)
    return anvil, ours


@pytest.fixture(autouse=True)
def anvil_binary() -> None:
    require_anvil()


def test_transactions_on_a_fork_do_what_anvil_does_with_them(differential_log: list[str]) -> None:
    seed = int(os.environ.get("INGOT_DIFFERENTIAL_SEED") or SystemRandom().randrange(2**32))

    report = session.run(
        seed, TRANSACTIONS, _sides, CRYPTO, rules=RULES, applications=sample_applications(ROOT)
    )

    differential_log += ["on forks:", *report.lines()]
    assert report.transactions >= TRANSACTIONS


class _Forgetful(ForkSide):
    """Its forks stand one block too low."""

    def _fork(self, number: int) -> None:
        super()._fork(max(number - 1, 1))


def test_a_fork_of_another_block_is_found_out() -> None:
    ours = _Forgetful(Setting())
    anvil = AnvilSide(Setting(), ours.genesis)
    ours.attach(anvil)
    episode = Episode("low/0", Setting(), anvil, ours, World(CRYPTO), RULES, Report(0))
    try:
        with pytest.raises(MismatchError):
            episode.run(60)
    finally:
        anvil.close()
    assert ours.forks

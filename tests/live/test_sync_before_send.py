"""The system calls of a deployment: what is sent was on the disk before."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab import DEPLOY, Lab
from system_calls import read, syncs_before_sends, traced, why_not


@pytest.fixture
def lab(voyage: Path) -> Iterator[Lab]:
    with Lab(voyage) as made:
        yield made


def test_journal_and_folder_are_synced_before_each_send(lab: Lab, live_log: list[str]) -> None:
    if reason := why_not():
        pytest.skip(reason)
    log = lab.folder / "trace"

    done = traced([sys.executable, "-m", "ingot", *DEPLOY], cwd=lab.project, env=lab.environment(), log=log)

    assert done.returncode == 0, done.stderr
    calls = list(read(log))
    found = syncs_before_sends(calls, lab.journal)
    syncs = [call for call in calls if call.name in ("fsync", "fdatasync") and call.path == str(lab.journal)]
    live_log.append(
        f"system calls: {found.sends} sends, each after a sync of journal and folder; {len(syncs)} syncs"
    )
    assert found.problems == ()
    assert found.sends == len(lab.facts().transactions) == len(lab.proxy.calls("eth_sendRawTransaction"))

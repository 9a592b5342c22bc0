"""The instruments that prove the absence of something find it where it is."""

from __future__ import annotations

import base64
import os
import sys
from pathlib import Path

import pytest
from leaks import files_below, search
from system_calls import SystemCall, read, syncs_before_sends, traced, why_not

KEY = bytes(range(200, 232))
WORDS = b"legal winner thank year"


@pytest.mark.parametrize(
    "written",
    [
        KEY,
        KEY.hex().encode(),
        KEY.hex().upper().encode(),
        base64.b64encode(KEY),
        base64.b64encode(b"x" + KEY + b"y"),
        base64.urlsafe_b64encode(b"xy" + KEY),
        str(int.from_bytes(KEY, "big")).encode(),
        repr(KEY).encode(),
        str(list(KEY)).encode(),
    ],
)
def test_a_key_is_found_however_it_is_written(written: bytes, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "log").write_bytes(b"before " + written + b" after")

    found = search({"key": KEY, "mnemonic": WORDS}, files_below(tmp_path))

    assert {leak.secret for leak in found} == {"key"}
    assert {leak.where for leak in found} == {str(tmp_path / "deep" / "log")}


def test_what_is_no_secret_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(KEY[:31] + b"\x00" + KEY.hex().encode()[:-1] + b" legal winner thank")

    assert not search({"key": KEY, "mnemonic": WORDS}, files_below(tmp_path))


RAW = "0x02" + "ab" * 100
PROGRAM = f"""
import os, socket, sys
folder, order = sys.argv[1:]
journal = os.open(folder + "/journal.jsonl", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
above = os.open(folder, os.O_RDONLY)
here, there = socket.socketpair()
actions = {{
    "w": lambda: os.write(journal, b"{RAW}"),
    "f": lambda: os.fsync(journal),
    "d": lambda: os.fsync(above),
    "s": lambda: here.sendall(b"POST / HTTP/1.1 eth_sendRawTransaction {RAW}"),
}}
for letter in order:
    actions[letter]()
"""


@pytest.mark.parametrize(
    ("order", "problem"),
    [
        ("wfds", ""),
        ("wfdss", ""),
        ("fds", "does not hold it"),
        ("wds", "the journal was not synced"),
        ("fwds", "the journal was not synced"),
        ("wfs", "the folder was not synced"),
        ("dwfs", "the folder was not synced"),
        ("wfsd", "the folder was not synced"),
    ],
)
def test_a_missing_sync_is_seen_in_the_system_calls(order: str, problem: str, tmp_path: Path) -> None:
    if reason := why_not():
        pytest.skip(reason)
    log = tmp_path / "trace"
    done = traced(
        [sys.executable, "-c", PROGRAM, str(tmp_path), order], cwd=tmp_path, env=os.environ, log=log
    )
    assert done.returncode == 0, done.stderr

    found = syncs_before_sends(list(read(log)), tmp_path / "journal.jsonl")

    assert found.sends == order.count("s")
    assert [problem in found for found in found.problems] == ([True] if problem else [])


def test_a_call_that_another_thread_interrupts_is_put_together(tmp_path: Path) -> None:
    log = tmp_path / "trace"
    log.write_text(
        '7 fsync(3</a/journal.jsonl> <unfinished ...>\n8 write(1</dev/null>, "x", 1) = 1\n7 <... fsync resumed>) = 0\n'
    )

    assert list(read(log)) == [
        SystemCall("write", "/dev/null", '8 write(1</dev/null>, "x", 1) = 1'),
        SystemCall("fsync", "/a/journal.jsonl", "7 fsync(3</a/journal.jsonl> ) = 0"),
    ]

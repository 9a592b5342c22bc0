"""The file: what survives which crash, and what is refused."""

import json
import os
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingot.deploy.entries import (
    ENTRY_KINDS,
    Entry,
    Header,
    Intended,
    Mined,
    Sent,
    Signed,
    Wiped,
    entry_of,
    header_of,
    line_of,
)
from ingot.deploy.journal import Journal, names, read
from ingot.deploy.state import EMPTY, apply, fold
from ingot.errors import DeployError

HEADER = Header(chain_id=11155111, genesis_hash="0x" + "11" * 32, network="sepolia", name="default")
SENDER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


def begun(step="Token", nonce=0, txn_hash="0x01"):
    intent = Intended(
        step=step,
        action="create",
        words=f"{step}()",
        sender=SENDER,
        to=None,
        value=10**24,
        content="0xc0",
        nonce=nonce,
        gas_limit=100_000,
        max_fee=10**10,
    )
    return intent, Signed(step=step, hash=txn_hash, raw="0xaa")


def in_a_block(step="Token", txn_hash="0x01"):
    return Mined(
        step=step, hash=txn_hash, block_number=7, block_hash="0xb7", status=1, gas_used=9, gas_price=2
    )


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "deployments" / "sepolia" / "default"


def test_what_is_written_is_read_again(folder):
    with Journal(folder, HEADER) as journal:
        journal.append(*begun(), sync=True)
        journal.append(Sent(step="Token", hash="0x01"))
    record = read(folder)
    assert replace(record.header, at="") == HEADER
    assert [entry.kind for entry in record.entries] == ["intent", "signed", "sent"]
    assert all(entry.at.endswith("Z") for entry in record.entries)
    assert record.state.steps["Token"].phase == "sent"
    with Journal(folder, HEADER) as journal:
        assert journal.state == record.state
        journal.append(in_a_block())
    assert read(folder).state.steps["Token"].phase == "mined"
    assert names(folder.parents[1]) == [("sepolia", "default", folder)]


def test_without_a_journal_there_is_nothing(folder):
    assert read(folder).header is None
    assert not folder.exists()


def test_lines_are_json_with_amounts_as_text(folder):
    with Journal(folder, HEADER) as journal:
        journal.append(*begun())
    lines = [json.loads(line) for line in journal.path.read_text().splitlines()]
    assert lines[0]["kind"] == "journal"
    assert lines[0]["version"] == 1
    assert lines[1]["value"] == "1000000000000000000000000"
    assert list(lines[1])[:2] == ["kind", "step"]
    assert "salt" not in lines[1]


@given(cut=st.integers(0, 10_000))
def test_a_line_cut_anywhere_is_repaired_and_nothing_before_it_is_lost(tmp_path_factory, cut):
    folder = tmp_path_factory.mktemp("torn")
    with Journal(folder, HEADER) as journal:
        journal.append(*begun(), Sent(step="Token", hash="0x01"), in_a_block())
    whole = journal.path.read_bytes()
    cut %= len(whole) + 1
    journal.path.write_bytes(whole[:cut])
    complete = whole[:cut].count(b"\n")
    if whole[cut : cut + 1] == b"\n":
        complete += 1  # only the newline is missing
    with Journal(folder, HEADER) as again:
        assert len(again.entries) == max(complete - 1, 0)
        assert bool(again.repaired) == (
            whole[:cut].count(b"\n") == complete and whole[:cut][-1:] not in (b"", b"\n")
        )
        again.append(*begun("Vault", 1, "0x02"))
    lines = journal.path.read_bytes().split(b"\n")
    assert lines[-1] == b""
    assert lines[: max(complete, 0)] == whole.split(b"\n")[: max(complete, 0)]
    assert "Vault" in read(folder).state.steps


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"{", "no JSON"),
        (b"\xff", "no JSON"),
        (b"[]", "not a JSON object"),
        (b"\x00\x00", "no JSON"),
        (b'{"kind":"minted","step":"Token"}', "no kind 'minted'"),
        (b'{"kind":"sent","step":"Token"}', "`hash` is missing"),
        (b'{"kind":"sent","step":"Token","hash":5}', "`hash` is 5"),
        (b'{"kind":"sent","step":"Vault","hash":"0x01"}', "without an intent"),
        (b'{"kind":"sent","step":"Token","hash":"0x09"}', "no transaction 0x09"),
        (b'{"kind":"confirmed","step":"Token","hash":"0x01","depth":1}', "not mined"),
        (b'{"kind":"wiped","step":"Vault","reason":""}', "before it began"),
    ],
)
def test_a_corrupt_line_is_refused_with_its_number(folder, line, says):
    with Journal(folder, HEADER) as journal:
        journal.append(*begun())
    lines = journal.path.read_bytes().splitlines()
    journal.path.write_bytes(b"\n".join([*lines, line, line_of(Sent(step="Token", hash="0x01"))]))
    before = journal.path.read_bytes()
    for use in (read, lambda folder: Journal(folder, HEADER)):
        with pytest.raises(DeployError, match="line 4 is corrupt") as caught:
            use(folder)
        assert says in str(caught.value)
    assert journal.path.read_bytes() == before


def test_a_newer_version_is_refused(folder):
    folder.mkdir(parents=True)
    (folder / "journal.jsonl").write_bytes(line_of(replace(HEADER, version=2)))
    with pytest.raises(DeployError, match=r"journal\.jsonl has version 2, .* newer ingot"):
        read(folder)


@pytest.mark.parametrize(
    ("change", "says"),
    [({"chain_id": 1}, "of chain 11155111"), ({"genesis_hash": "0x" + "22" * 32}, "block 0 is 0x1111")],
)
def test_another_chains_journal_is_refused(folder, change, says):
    Journal(folder, HEADER).close()
    with pytest.raises(DeployError, match=says) as caught:
        Journal(folder, replace(HEADER, **change))
    assert "--deployment" in str(caught.value)
    Journal(folder, HEADER).close()


def test_a_node_that_does_not_keep_block_0_is_believed(folder):
    Journal(folder, replace(HEADER, genesis_hash="0x")).close()
    Journal(folder, HEADER).close()
    with pytest.raises(DeployError, match="of chain"):
        Journal(folder, replace(HEADER, chain_id=1))


HOLDER = """
import sys
from pathlib import Path
from ingot.deploy.entries import Header
from ingot.deploy.journal import Journal
header = Header(chain_id=11155111, genesis_hash="0x" + "11" * 32, network="sepolia", name="default")
with Journal(Path(sys.argv[1]), header):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_run_is_kept_out_and_told_by_whom(folder):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(DeployError, match=f"process {holder.pid} works on"):
            Journal(folder, HEADER)
        assert read(folder).header is not None
        holder.kill()
        holder.wait()
        Journal(folder, HEADER).close()


def test_what_cannot_be_written_leaves_the_journal_as_it_was(folder, monkeypatch):
    with Journal(folder, HEADER) as journal:
        size, write = journal.path.stat().st_size, os.write

        def half(descriptor, content):
            if len(content) < 20:
                raise OSError(28, "No space left on device")
            return write(descriptor, content[:-10])

        with monkeypatch.context() as patch:
            patch.setattr(os, "write", half)
            with pytest.raises(DeployError, match="No space left on device"):
                journal.append(*begun(), sync=True)
        assert journal.path.stat().st_size == size
        assert journal.state == EMPTY
        journal.append(*begun())
    assert "Token" in read(folder).state.steps


def test_file_and_folder_are_synced_when_asked(folder, monkeypatch):
    with Journal(folder, HEADER) as journal:
        synced = []
        monkeypatch.setattr(
            os, "fsync", lambda descriptor: synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        )
        journal.append(*begun())
        assert not synced
        journal.append(Sent(step="Token", hash="0x01"), sync=True)
        assert synced == [str(journal.path), str(folder)]


# The fold

steps = st.sampled_from(["a", "b"])
hashes = st.sampled_from(["0x01", "0x02", "0x03"])
values = {
    "str": st.sampled_from(["", "x", "0x01", 'a "quoted"\n line', "ä"]),
    "str | None": st.sampled_from([None, "0x01"]),
    "int": st.integers(0, 9),
    "Wei": st.integers(0, 10**30),
    "Wei | None": st.none() | st.integers(0, 10**30),
    "bool": st.booleans(),
    "Mapping[str, str]": st.dictionaries(st.sampled_from("ab"), st.sampled_from("cd")),
    "tuple[str, ...]": st.lists(st.sampled_from("ab")).map(tuple),
}
special = {"step": steps, "hash": hashes, "old": hashes, "new": hashes, "by": hashes, "at": st.just("")}


def entries_of(kind):
    return st.builds(
        kind, **{each.name: special.get(each.name, values.get(each.type)) for each in fields(kind)}
    )


entries = st.one_of([entries_of(kind) for kind in ENTRY_KINDS.values()])


@st.composite
def journals(draw):
    """Entries that can follow each other."""
    state, taken = EMPTY, []
    for entry in draw(st.lists(entries, max_size=30)):
        try:
            state = apply(state, entry)
        except ValueError:
            continue
        taken.append(entry)
    return taken


@given(entries)
def test_an_entry_survives_json(entry):
    assert entry_of(json.loads(line_of(entry))) == entry


@given(journals(), st.integers(0, 30))
def test_the_fold_goes_on_from_any_point(lines, cut):
    state = fold(lines[:cut])
    for entry in lines[cut:]:
        state = apply(state, entry)
    assert state == fold(lines)


@given(journals())
def test_no_signature_is_forgotten_unless_wiped_or_begun_with_another_nonce(lines):
    state = EMPTY
    for entry in lines:
        before, state = state, apply(state, entry)
        for name, step in before.steps.items():
            if isinstance(entry, (Wiped, Intended)) and entry.step == name:
                continue
            assert set(step.attempts) <= set(state.steps[name].attempts)


@given(journals())
def test_what_is_done_was_signed_and_mined_or_adopted(lines):
    for step in fold(lines).steps.values():
        if step.phase == "confirmed":
            assert step.mined is not None
            assert step.attempt(step.mined.hash) is not None
        if step.is_done:
            assert step.adopted is not None or step.phase == "confirmed"


@given(journals())
def test_the_next_nonce_is_above_each_that_was_signed(lines):
    state = fold(lines)
    for step in state.steps.values():
        if step.attempts:
            assert state.next_nonce(step.intent.sender.upper()) > step.intent.nonce


def test_a_header_survives_json_and_unknown_fields_are_ignored():
    content = {**json.loads(line_of(HEADER)), "later": 1}
    assert header_of(content) == HEADER


def test_every_kind_and_field_is_documented():
    page = (Path(__file__).parents[3] / "docs" / "journal.md").read_text(encoding="utf-8")
    for kind in (Header, *ENTRY_KINDS.values()):
        assert f"### {kind.kind}\n" in page
        section = page.partition(f"### {kind.kind}\n")[2].partition("### ")[0]
        for each in fields(kind):
            if each.name not in {each.name for each in fields(Entry)}:
                assert f"`{each.name}`" in section, f"{kind.kind}: {each.name}"

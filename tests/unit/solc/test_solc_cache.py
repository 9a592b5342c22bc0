"""The cache folder: nothing half written, nobody else's files, and a way out where it cannot be written."""

from __future__ import annotations

import errno
import multiprocessing
import os
import time
from pathlib import Path

import pytest

from ingot.compile.solc.cache import Cache
from ingot.compile.solc.lock import holding, is_held


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache", warn=pytest.fail)


def test_an_entry_is_written_whole_and_private(cache: Cache) -> None:
    path = cache.write("soljson/a.js", b"content")
    assert path.read_bytes() == b"content"
    assert cache.find("soljson/a.js") == path
    assert cache.root.stat().st_mode & 0o777 == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["a.js"]


def test_a_write_that_fails_leaves_nothing_and_keeps_the_old_entry(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.write("a", b"old")

    def full(path: Path, content: bytes) -> int:
        with path.open("wb") as file:
            file.write(content[:1])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left on device"):
        cache.write("a", b"new")
    assert (cache.root / "a").read_bytes() == b"old"
    assert [entry.name for entry in cache.root.iterdir()] == ["a"]
    cache.write_json("memory.json", {})  # a memory that cannot be kept is no error
    assert cache.read_json("memory.json") is None


def test_a_folder_takes_the_place_of_a_damaged_one(cache: Cache) -> None:
    for content in ("old", "new"):
        with cache.writing("entry") as folder:
            folder.mkdir()
            (folder / "file").write_text(content)
    assert (cache.root / "entry" / "file").read_text() == "new"
    assert [entry.name for entry in cache.root.iterdir()] == ["entry"]


def test_a_folder_that_cannot_be_written_is_replaced_with_one_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    (tmp_path / "file").touch()
    warnings: list[str] = []
    cache = Cache(tmp_path / "file" / "cache", warn=warnings.append)
    path = cache.write("a", b"content")
    cache.write("b", b"content")
    assert path == tmp_path / f"ingot-cache-{os.getuid()}" / "a"
    assert cache.find("a") == path
    assert len(warnings) == 1
    assert f"{tmp_path}/file/cache cannot be written (Not a directory)" in warnings[0]
    assert "Set INGOT_CACHE_DIR" in warnings[0]


def test_a_read_only_folder_is_still_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = tmp_path / "cache"
    shared.mkdir(mode=0o700)
    (shared / "a").write_text("shared")
    touch = Path.touch

    def refuse(path: Path) -> None:  # root writes everywhere, so that a mode would not do
        if path.parent == shared:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        touch(path)

    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(Path, "touch", refuse)
    warnings: list[str] = []
    cache = Cache(shared, warn=warnings.append)
    assert cache.find("a") == shared / "a"
    assert warnings == []
    written = cache.write("b", b"")
    assert written.parent == tmp_path / f"ingot-cache-{os.getuid()}"
    assert cache.find("b") == written
    assert "cannot be written (Read-only file system)" in warnings[0]


def test_a_folder_that_others_can_write_is_not_trusted(tmp_path: Path) -> None:
    shared = tmp_path / "cache"
    shared.mkdir()
    (shared / "a").write_text("planted")
    shared.chmod(0o777)
    cache = Cache(shared, warn=pytest.fail)
    assert cache.find("a") is None
    cache.write("b", b"")  # it is ours, so it is closed to the others first
    assert shared.stat().st_mode & 0o777 == 0o700


def test_failures_are_remembered_for_a_while_and_can_be_forgotten(cache: Cache) -> None:
    assert cache.failure("download") is None
    cache.remember_failure("download", "no answer", for_s=60)
    assert cache.failure("download") == "no answer"
    cache.forget_failure("download")
    assert cache.failure("download") is None
    cache.remember_failure("download", "no answer", for_s=-1)
    assert cache.failure("download") is None


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b'{"until": "soon"}', b'{"until": null}'])
def test_a_damaged_memory_is_no_memory(cache: Cache, content: bytes) -> None:
    cache.write("failures/download.json", content)
    assert cache.failure("download") is None


def test_a_lock_is_held_once_and_released_when_its_holder_dies(tmp_path: Path) -> None:
    path, ready = tmp_path / "locks" / "a.lock", tmp_path / "ready"
    assert not is_held(path)
    process = multiprocessing.get_context("spawn").Process(target=_wait_with_lock, args=(path, str(ready)))
    process.start()
    while not ready.exists():
        process.join(0.01)
    assert is_held(path)
    process.kill()
    process.join()
    with holding(path):
        assert is_held(path)
    assert not is_held(path)


def _wait_with_lock(path: Path, ready: str) -> None:
    with holding(path):
        Path(ready).touch()
        time.sleep(60)

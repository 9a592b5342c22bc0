"""Compiling ahead of time: once, whole, by one process at a time; what fails is said and remembered."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
from solc_cases import NEWEST, OTHER

from ingot.compile.solc import Resolver, Settings, Solc, Version, probe
from ingot.compile.solc.cache import Cache
from ingot.compile.solc.context import Context
from ingot.compile.solc.lock import holding, is_held
from ingot.compile.solc.probe import PROBES
from ingot.compile.solc.releases import known_releases
from ingot.compile.solc.soljson import find_soljson
from ingot.compile.solc.wasm import build, compiled, compiling, extract, instance, module
from ingot.compile.solc.wasm.build import BuildRequest
from ingot.compile.solc.wasm.module import ModuleError, entry_name, load_module
from ingot.errors import SolcCrashed, SolcNotFound

Make = Callable[..., Resolver]
ENTRY = "wasm/0123-test"

# A build in which nothing is compiled: what is tested is everything around it.
STAND_IN = """
import sys, time
from pathlib import Path
from ingot.compile.solc import probe
from ingot.compile.solc.wasm import build, extract, instance, module

def compile_module(soljson, wasm):
    with open(sys.argv[2], "a") as log:
        log.write("compiled\\n")
    time.sleep(float(sys.argv[3]))

def store_module(module, folder, *, notes):
    folder.mkdir()
    (folder / "meta.json").write_text("{}")

extract.extract_wasm = lambda soljson: b""
module.compile_module = compile_module
module.store_module = store_module
instance.module_version = lambda module: "0.9.0+commit.00000000"
probe.check_answers = lambda compile_, *, expected: None
sys.exit(build.main(sys.argv[1]))
"""


@pytest.fixture
def request_(tmp_path: Path) -> BuildRequest:
    soljson = tmp_path / "soljson.js"
    soljson.write_text("// soljson")
    cache = tmp_path / "cache"
    cache.mkdir(mode=0o700)
    return BuildRequest("0.9.0", str(soljson), "0123", str(cache), ENTRY, "", detached=False)


def _start(request: BuildRequest, log: Path, *, lasting_s: float) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-c", STAND_IN, json.dumps(asdict(request)), str(log), str(lasting_s)]
    return subprocess.Popen(words, stderr=subprocess.PIPE)


def _wait_for(condition: Callable[[], object], *, timeout_s: float = 30) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def test_two_processes_compile_once(request_: BuildRequest, tmp_path: Path) -> None:
    log = tmp_path / "log"
    processes = [_start(request_, log, lasting_s=0.5) for _ in range(2)]
    for process in processes:
        assert process.communicate()[1] == b""
    assert [process.returncode for process in processes] == [0, 0]
    assert log.read_text() == "compiled\n"
    assert [path.name for path in (tmp_path / "cache" / "wasm").iterdir()] == ["0123-test"]


def test_a_killed_build_leaves_its_place_to_the_next(request_: BuildRequest, tmp_path: Path) -> None:
    log = tmp_path / "log"
    first = _start(request_, log, lasting_s=60)
    _wait_for(log.exists)
    second = _start(request_, log, lasting_s=0)
    first.kill()
    first.communicate()
    assert second.communicate()[1] == b""
    assert second.returncode == 0
    assert (tmp_path / "cache" / ENTRY / "meta.json").exists()


def test_a_detached_build_goes_on_without_its_caller(request_: BuildRequest, tmp_path: Path) -> None:
    log = tmp_path / "log"
    detached = BuildRequest(**{**asdict(request_), "detached": True})
    process = _start(detached, log, lasting_s=0.5)
    process.communicate()
    assert process.returncode == 0
    assert not (tmp_path / "cache" / ENTRY).exists()
    _wait_for((tmp_path / "cache" / ENTRY / "meta.json").exists)


def test_ctrl_c_in_the_middle_breaks_nothing(user_settings: Settings, tmp_path: Path) -> None:
    """The real command, the real compile: interrupted as a terminal does it, by a signal to the whole group."""
    cache = tmp_path / "cache"
    cache.mkdir(mode=0o700)
    user_cache = Cache(user_settings.cache, warn=pytest.fail)
    found = find_soljson(Version.parse(OTHER), settings=user_settings, cache=user_cache)
    (cache / "soljson").mkdir()
    shutil.copy(found.path, cache / "soljson" / f"soljson-{OTHER}.js")
    environ = {**os.environ, "INGOT_CACHE_DIR": str(cache), "INGOT_SOLC_ROUTES": "cached wasmtime"}
    process = subprocess.Popen(
        [sys.executable, "-m", "ingot", "solc", "install", OTHER],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environ,
        cwd=tmp_path,
        start_new_session=True,
    )
    lock = build.lock_path(cache, entry_name(found.sha256))
    _wait_for(lambda: is_held(lock))
    time.sleep(1)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == b""
    assert err.decode().splitlines() == [
        f"ingot: preparing solc {OTHER} for this machine, once; it takes about half a minute",
        "ingot: interrupted",
    ]
    _wait_for(lambda: not is_held(lock))
    assert not (cache / "wasm").exists()
    assert not list((cache / "failures").glob("*")) if (cache / "failures").exists() else True


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The same stand-in, in this process."""
    monkeypatch.setattr(extract, "extract_wasm", lambda _: b"")
    monkeypatch.setattr(module, "compile_module", lambda *_: None)
    monkeypatch.setattr(instance, "module_version", lambda _: "0.9.0+commit.00000000")
    monkeypatch.setattr(probe, "check_answers", lambda _, expected: None)  # noqa: ARG005
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    return monkeypatch


def _run(request: BuildRequest) -> int:
    return build.main(json.dumps(asdict(request)))


def _remembered(request: BuildRequest) -> str | None:
    return Cache(Path(request.cache), warn=pytest.fail).failure(build.failure_name(request.entry))


def test_a_full_disk_is_said_and_leaves_nothing(
    request_: BuildRequest, stand_in: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def store(_: object, folder: Path, **__: object) -> None:
        folder.mkdir()
        (folder / "solc.cwasm").touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    stand_in.setattr(module, "store_module", store)
    assert _run(request_) == 1
    reason = f"the compiled module cannot be stored in {request_.cache}: No space left on device"
    assert capsys.readouterr().err.strip() == reason
    assert _remembered(request_) == reason
    assert list((Path(request_.cache) / "wasm").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("compile_module", ModuleError("wasmtime cannot compile it: too large")),
        ("store_module", SolcCrashed("its answers to the probe contracts differ from the official build's")),
    ],
)
def test_a_module_that_fails_is_not_kept_and_not_tried_again_soon(
    request_: BuildRequest, stand_in: pytest.MonkeyPatch, name: str, error: Exception
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    stand_in.setattr(module, name, fail)
    assert _run(request_) == 1
    assert _remembered(request_) == str(error)
    assert not (Path(request_.cache) / ENTRY).exists()


def test_a_soljson_of_another_version_is_not_kept(
    request_: BuildRequest, stand_in: pytest.MonkeyPatch
) -> None:
    stand_in.setattr(instance, "module_version", lambda _: "0.8.6+commit.11564f7e")
    assert _run(request_) == 1
    assert "is solc 0.8.6+commit.11564f7e, not 0.9.0" in (_remembered(request_) or "")


def test_a_soljson_that_vanished_is_said_and_may_be_tried_again(
    request_: BuildRequest, stand_in: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in.undo()
    stand_in.setattr(signal, "signal", lambda *_: None)
    Path(request_.soljson).unlink()
    assert _run(request_) == 1
    assert capsys.readouterr().err.strip() == f"{request_.soljson}: No such file or directory"
    assert _remembered(request_) is None


def test_what_a_killed_build_left_is_removed_when_it_is_old(
    request_: BuildRequest, stand_in: pytest.MonkeyPatch
) -> None:
    stand_in.setattr(module, "store_module", lambda _, folder, notes: folder.mkdir())  # noqa: ARG005
    left, recent = (Path(request_.cache) / "wasm" / name for name in (".old.1.a", ".recent.2.b"))
    for folder in (left, recent):
        folder.mkdir(parents=True)
    os.utime(left, (0, 0))
    assert _run(request_) == 0
    assert not left.exists()
    assert recent.exists()


def test_success_forgets_an_old_failure(request_: BuildRequest, stand_in: pytest.MonkeyPatch) -> None:
    cache = Cache(Path(request_.cache), warn=pytest.fail)
    cache.remember_failure(build.failure_name(ENTRY), "the disk was full", for_s=60)
    stand_in.setattr(module, "store_module", lambda _, folder, notes: folder.mkdir())  # noqa: ARG005
    assert _run(request_) == 0
    assert _remembered(request_) is None


def test_the_probes_tell_a_wrong_compiler_from_a_right_one(wasm: Callable[[str], Solc]) -> None:
    solc = wasm(NEWEST)
    probe.check_answers(solc.answer, expected="")
    with pytest.raises(SolcCrashed, match="differ from the official build's"):
        probe.check_answers(solc.answer, expected=known_releases()[Version.parse(OTHER)].probe_sha256)
    with pytest.raises(SolcCrashed, match="does not compile the probe contract"):
        probe.check_answers(lambda _: b"{}", expected="")
    good = solc.answer(PROBES[0])
    with pytest.raises(SolcCrashed, match="does not report the errors"):
        probe.check_answers(lambda _: good, expected="")


def _garble(entry: Path, whole: Path) -> None:
    """The right size, but other content."""
    (entry / "solc.cwasm").touch()
    os.truncate(entry / "solc.cwasm", (whole / "solc.cwasm").stat().st_size)


def _cut(entry: Path, whole: Path) -> None:
    with (whole / "solc.cwasm").open("rb") as file:
        (entry / "solc.cwasm").write_bytes(file.read(1 << 20))


def _lose(entry: Path, _: Path) -> None:
    (entry / "meta.json").unlink()


def _scribble(entry: Path, _: Path) -> None:
    (entry / "meta.json").write_text('{"sizes": []}')


@pytest.mark.parametrize("damage", [_garble, _cut, _lose, _scribble])
def test_a_damaged_module_is_removed_and_the_next_route_taken(
    wasm: Callable[[str], Solc],
    context: Context,
    make_resolver: Make,
    damage: Callable[[Path, Path], None],
) -> None:
    whole = wasm(NEWEST).path
    entry = context.cache.writable() / "wasm" / whole.name
    entry.mkdir(parents=True)
    for name in ("meta.json", "stubs.cwasm", "runtime.cwasm"):
        shutil.copy(whole / name, entry / name)
    damage(entry, whole)
    assert load_module(context.cache, known_releases()[Version.parse(NEWEST)].soljson_sha256) is None
    assert not entry.exists()
    with pytest.raises(SolcNotFound, match="it was not compiled before"):
        make_resolver(INGOT_OFFLINE="1").resolve(NEWEST)


STARVED = """
import resource
from pathlib import Path
from ingot.compile.solc.cache import Cache
from ingot.compile.solc.wasm.module import ModuleError, import_wasmtime, load_module

import_wasmtime()
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (16 << 20), used + (16 << 20)))
try:
    load_module(Cache(Path({cache!r}), warn=print), {sha256!r})
except ModuleError as error:
    print(error)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit is Linux's")
def test_a_whole_module_is_kept_when_memory_is_short(
    wasm: Callable[[str], Solc], user_settings: Settings
) -> None:
    solc = wasm(OTHER)
    sha256 = known_releases()[solc.version].soljson_sha256
    code = STARVED.format(cache=str(user_settings.cache), sha256=sha256)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"wasmtime cannot load {solc.path}: 3: Cannot allocate memory (os error 12)\n"
    assert (solc.path / "solc.cwasm").exists()


@pytest.mark.parametrize(
    ("version", "words"), [("", "wasmtime is not installed"), ("46.0.1", "wasmtime 46.0.1 is too old")]
)
def test_a_wasmtime_that_cannot_serve_is_said_with_the_fix(
    make_resolver: Make, monkeypatch: pytest.MonkeyPatch, version: str, words: str
) -> None:
    monkeypatch.setattr(compiled, "wasmtime_version", lambda: version)
    with pytest.raises(SolcNotFound, match=words) as caught:
        make_resolver(INGOT_OFFLINE="1").resolve(NEWEST)
    assert "pip install 'wasmtime>=47'" in str(caught.value)


@pytest.fixture
def broken_soljson(context: Context) -> None:
    """A soljson of a release to come, in the cache, of which nothing can be made."""
    import hashlib

    content = b"// no WebAssembly"
    context.cache.write("soljson/soljson-0.9.0.js", content)
    context.cache.write_json("soljson/soljson-0.9.0.json", {"sha256": hashlib.sha256(content).hexdigest()})


@pytest.mark.usefixtures("broken_soljson")
def test_why_a_build_failed_is_in_the_report_and_is_not_tried_again(
    make_resolver: Make, notices: list[str]
) -> None:
    for _ in range(2):
        with pytest.raises(SolcNotFound, match="it holds no WebAssembly"):
            make_resolver(INGOT_OFFLINE="1").resolve("0.9.0")
    assert notices == ["preparing solc 0.9.0 for this machine, once; it takes about half a minute"]


@pytest.mark.usefixtures("broken_soljson")
def test_in_the_background_the_failure_is_remembered_too(
    make_resolver: Make, context: Context, notices: list[str]
) -> None:
    resolver = make_resolver(INGOT_OFFLINE="1", INGOT_SOLC_BUILD="background")
    for _ in range(2):
        with pytest.raises(SolcNotFound, match=r"compiled in the background|it holds no WebAssembly"):
            resolver.resolve("0.9.0")
    assert notices == ["solc 0.9.0 runs on node while a faster build is made in the background"]
    (note,) = (name for name in _failures(context) if name.endswith("-started"))
    _wait_for(lambda: context.cache.failure(note.removesuffix("-started")))
    with pytest.raises(SolcNotFound, match="it holds no WebAssembly"):
        make_resolver(INGOT_OFFLINE="1").resolve("0.9.0")


def _failures(context: Context) -> list[str]:
    return [path.stem for path in (context.cache.root / "failures").iterdir()]


def test_node_serves_while_the_module_is_compiled_in_the_background(
    make_resolver: Make,
    context: Context,
    soljson: Path,
    with_tools: Callable[..., None],
    notices: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started: list[BuildRequest] = []

    def start(request: BuildRequest) -> subprocess.Popen[bytes]:
        started.append(request)
        return subprocess.Popen([sys.executable, "-c", ""], stderr=subprocess.PIPE)

    monkeypatch.setattr(compiling, "start", start)
    with_tools("node")
    context.cache.write(f"soljson/soljson-{NEWEST}.js", soljson.read_bytes())
    for _ in range(2):
        solc = make_resolver(INGOT_OFFLINE="1").resolve(NEWEST)
        assert (solc.route, solc.identity) == ("node", "0.8.37+commit.f401782d")
    assert [(request.version, request.detached) for request in started] == [(NEWEST, True)]
    assert notices == [f"solc {NEWEST} runs on node while a faster build is made in the background"]
    assert b'"contracts"' in solc.answer(PROBES[0])


def test_while_another_process_compiles_node_serves_without_waiting(
    make_resolver: Make, context: Context, soljson: Path, with_tools: Callable[..., None], notices: list[str]
) -> None:
    with_tools("node")
    context.cache.write(f"soljson/soljson-{NEWEST}.js", soljson.read_bytes())
    entry = entry_name(known_releases()[Version.parse(NEWEST)].soljson_sha256)
    with holding(build.lock_path(context.cache.writable(), entry)):
        assert make_resolver(INGOT_OFFLINE="1").resolve(NEWEST).route == "node"
    assert notices == []


def test_a_build_may_be_forbidden(make_resolver: Make, context: Context, soljson: Path) -> None:
    context.cache.write(f"soljson/soljson-{NEWEST}.js", soljson.read_bytes())
    with pytest.raises(SolcNotFound, match="INGOT_SOLC_BUILD=never forbids"):
        make_resolver(INGOT_OFFLINE="1", INGOT_SOLC_BUILD="never").resolve(NEWEST)


def test_solc_before_0_8_is_left_to_node(make_resolver: Make) -> None:
    with pytest.raises(SolcNotFound, match=r"it serves solc from 0\.8\.0 on"):
        make_resolver(INGOT_OFFLINE="1").resolve("0.7.6")

"""Ctrl-C, kill and two processes at once: whatever happens, the next compile ends as an undisturbed one."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from ingot.compile import compile_project
from ingot.compile.storage import Storage
from ingot.config import load_config


def write_sources(workspace: Any, mark: str) -> None:
    workspace.contract("Base", body=f"uint {mark};")
    workspace.contract("Child", "./Base.sol")
    workspace.contract("Other", body=f"uint {mark};")
    workspace.write(
        "contracts/Old.sol", f"contract Old {{ uint {mark}; }}\n", header="pragma solidity 0.8.20;\n"
    )


def codes(build: Any) -> dict[str, bytes]:
    return {name: build.artifacts[name].initcode for name in build.artifacts}


def test_an_interrupt_at_any_write_leaves_a_usable_cache(
    workspace: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sources(workspace, "before")
    workspace.compile()
    write_sources(workspace, "after")
    expected = codes(compile_project(load_config(workspace.root), compilers=workspace.compilers))
    real = Storage.write_json
    points = 0
    while True:
        write_sources(workspace, "before")
        workspace.compile()
        write_sources(workspace, "after")
        left = points

        def write_json(self: Storage, *args: Any, **more: Any) -> None:
            nonlocal left
            if left == 0:
                raise KeyboardInterrupt
            left -= 1
            real(self, *args, **more)

        monkeypatch.setattr(Storage, "write_json", write_json)
        try:
            workspace.compile()
            break
        except KeyboardInterrupt:
            monkeypatch.setattr(Storage, "write_json", real)
            assert codes(workspace.compile()) == expected
            assert workspace.compile().compiled == ()
        points += 1
    assert points >= 7  # two build-infos, four artifacts, the state


@pytest.mark.parametrize("phase", ["resolve", "compile"])
def test_an_interrupt_before_or_in_the_compiler(workspace: Any, phase: str) -> None:
    write_sources(workspace, "before")
    workspace.compile()
    write_sources(workspace, "after")
    expected_calls = len(workspace.compilers.calls) + 2
    real = workspace.compilers.resolve

    def interrupt(*_: Any) -> Any:
        raise KeyboardInterrupt

    if phase == "resolve":
        workspace.compilers.resolve = interrupt
    else:
        workspace.compilers.before = interrupt
    with pytest.raises(KeyboardInterrupt):
        workspace.compile()
    workspace.compilers.resolve, workspace.compilers.before = real, lambda: None
    workspace.compilers.calls.clear()
    assert len(workspace.compile().compiled) == 4
    assert len(workspace.compilers.calls) == expected_calls - 2


def test_what_a_killed_process_left_is_swept(workspace: Any) -> None:
    workspace.contract("A")
    workspace.compile()
    for path in (
        ".state.json.999.tmp",
        "artifacts/contracts/A.sol/.A.json.999.tmp",
        "build-info/.x.json.999.tmp",
    ):
        (workspace.root / ".ingot" / path).write_text("{")
    workspace.contract("A", body="uint x;")
    workspace.compile()
    assert not list((workspace.root / ".ingot").rglob("*.tmp"))


def test_a_file_system_without_locks_will_do(workspace: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def flock(*_: Any) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", flock)
    workspace.contract("A")
    assert workspace.compile().artifacts.names() == ["A"]


SLOW_SOLC = """#!{python}
import json, re, sys, time, pathlib
if "--version" in sys.argv:
    print("solc, the solidity compiler commandline interface\\nVersion: 0.8.24+commit.e11b9ed9.Linux.g++")
    raise SystemExit
text = json.load(sys.stdin)
folder = pathlib.Path(__file__).parent
with (folder / "calls").open("a") as file:
    file.write("call\\n")
while (folder / "wait").exists():
    time.sleep(0.01)
code = {{"object": "6001", "sourceMap": "", "linkReferences": {{}}}}
contracts = {{
    unit: {{
        name: {{"abi": [], "evm": {{"bytecode": code, "deployedBytecode": code}}}}
        for name in re.findall(r"contract (\\w+)", text["sources"][unit]["content"])
    }}
    for unit in text["settings"]["outputSelection"]
}}
print(json.dumps({{"contracts": contracts, "sources": {{}}}}))
"""


@pytest.fixture
def slow(workspace: Any, tmp_path: Path) -> Any:
    """A native solc that waits as long as the file `wait` is there, and a way to start `ingot compile` with it."""
    folder = tmp_path / "solc"
    folder.mkdir()
    solc = folder / "solc"
    solc.write_text(SLOW_SOLC.format(python=sys.executable))
    solc.chmod(0o755)
    (folder / "wait").touch()
    environ = {**os.environ, "INGOT_SOLC": str(solc), "INGOT_CACHE_DIR": str(tmp_path / "cache")}

    class Slow:
        wait = folder / "wait"

        @property
        def calls(self) -> int:
            path = folder / "calls"
            return len(path.read_text().splitlines()) if path.exists() else 0

        def until_called(self, times: int) -> None:
            deadline = time.monotonic() + 30
            while self.calls < times:
                assert time.monotonic() < deadline, "the compiler was never called"
                time.sleep(0.01)

        def start(self) -> subprocess.Popen[str]:
            return subprocess.Popen(
                [sys.executable, "-m", "ingot", "compile"],
                cwd=workspace.root,
                env=environ,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )

    return Slow()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_while_the_compiler_runs(workspace: Any, slow: Any, number: signal.Signals) -> None:
    workspace.contract("A")
    process = slow.start()
    slow.until_called(1)
    # As the terminal does it: the whole group gets it.
    os.killpg(process.pid, number)
    _, stderr = process.communicate(timeout=30)
    if number == signal.SIGINT:
        assert process.returncode == 130
        assert stderr.splitlines()[-1] == "ingot: interrupted"
    assert "Traceback" not in stderr
    slow.wait.unlink()
    again = slow.start()
    stdout, stderr = again.communicate(timeout=30)
    assert again.returncode == 0, stderr
    assert "compiled 1 file" in stdout
    state = json.loads((workspace.root / ".ingot" / "state.json").read_text())
    assert state["is_complete"]


def test_two_processes_at_once_compile_once(workspace: Any, slow: Any) -> None:
    workspace.contract("A")
    first = slow.start()
    slow.until_called(1)
    second = slow.start()
    deadline = time.monotonic() + 30
    said: list[str] = []
    reader = threading.Thread(target=lambda: said.append(second.stderr.readline()), daemon=True)
    reader.start()
    reader.join(timeout=max(0, deadline - time.monotonic()))
    assert said == ["another process is compiling this project: waiting for it ...\n"]
    slow.wait.unlink()
    outputs = [process.communicate(timeout=30) for process in (first, second)]
    assert [process.returncode for process in (first, second)] == [0, 0], outputs
    assert slow.calls == 1
    assert "compiled 1 file" in outputs[0][0]
    assert "nothing changed: 1 contract, solc 0.8.24" in outputs[1][0]


def test_threads_may_compile_at_once(workspace: Any) -> None:
    write_sources(workspace, "mark")
    builds: list[Any] = []
    threads = [threading.Thread(target=lambda: builds.append(workspace.compile())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(builds) == 4
    assert len(workspace.compilers.calls) == 2
    assert len({tuple(codes(build).items()) for build in builds}) == 1

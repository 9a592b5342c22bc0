"""Rows of deployments: twenty steps sent to anvil, the plan of them, and the state of a deployment that is done."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import peers
from benchmarks.measure import OURS, Row, Turn
from benchmarks.micro import anvil_node
from benchmarks.processes import command, environment, row
from ingot.compile.solc.settings import cache_folder

SUPPORT = peers.REPOSITORY / "tests" / "support"
VOYAGE = peers.REPOSITORY / "tests" / "live" / "voyage"
FORGE_SCRIPT = Path(__file__).resolve().parent / "voyage" / "Voyage.s.sol"
APE_SCRIPT = Path(__file__).resolve().parent / "voyage" / "voyage_on_ape.py"
SEPOLIA = 11_155_111
STEPS = 20
TIMEOUT_S = 300
PASSWORD = "the benchmark's"
KEYS = {
    "ada": "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    "grace": "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
    "alan": "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
}
"""anvil's first three accounts."""
ADA = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"


@dataclass
class Stand:
    """A chain that each turn begins anew, behind a proxy that notes when transactions are sent."""

    proxy: Any
    port: int
    snapshot: str = ""
    wholes: dict[str, list[float]] = field(default_factory=dict)
    """Whole processes' times in ms, by contestant."""

    @classmethod
    def opened(cls, stack: ExitStack) -> Stand:
        """Started; ends with `stack`."""
        sys.path.append(str(SUPPORT))
        from faulty_proxy import FaultyProxy

        port = stack.enter_context(anvil_node(("--chain-id", str(SEPOLIA))))
        stand = cls(stack.enter_context(FaultyProxy(port)), port)
        stand.snapshot = stand.call("evm_snapshot")
        return stand

    def call(self, method: str, *parameters: Any) -> Any:
        """Ask the node itself."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters})
        connection.request("POST", "/", body, {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer["result"]

    def begin(self) -> None:
        """As if nothing had been sent."""
        self.call("evm_revert", self.snapshot)
        self.snapshot = self.call("evm_snapshot")
        self.proxy.reset()

    def sends(self, name: str, words: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str]) -> float:
        """Run a deployment. Returns: ms from the first send to the last. Raises: RuntimeError."""
        started = time.perf_counter()
        done = subprocess.run(
            [str(word) for word in words],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        self.wholes.setdefault(name, []).append((time.perf_counter() - started) * 1000)
        sent = [one.at for one in self.proxy.requests if "eth_sendRawTransaction" in one.methods]
        if done.returncode or len(sent) < STEPS:
            said = (done.stderr.strip() or done.stdout.strip() or "nothing").splitlines()
            raise RuntimeError(f"{name} sent {len(sent)} and ended with {done.returncode}: {said[-1]}")
        return (sent[-1] - sent[0]) * 1000


# CONTESTANTS


@dataclass(frozen=True)
class Ours:
    """The project that the kill test deploys, with accounts of its own."""

    folder: Path
    env: Mapping[str, str]

    @classmethod
    def made(cls) -> Ours:
        """Copied and compiled."""
        from eth_account import Account

        folder, home = peers.HOME / "voyage", peers.HOME / "voyage-home"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(VOYAGE, folder, ignore=shutil.ignore_patterns(".ingot"))
        (folder / "node_modules").symlink_to(peers.NODE_MODULES)
        accounts = home / ".ape" / "accounts"
        accounts.mkdir(parents=True, exist_ok=True)
        for alias, key in KEYS.items():
            # iterations: 1, for what a key derivation takes is chosen by who made the keystore
            content = Account.encrypt(key, PASSWORD, kdf="pbkdf2", iterations=1)
            (accounts / f"{alias}.json").write_text(json.dumps(content))
        (home / "password").write_text(PASSWORD)
        (home / "password").chmod(0o600)
        env = environment(
            {
                "HOME": str(home),
                "INGOT_CACHE_DIR": str(cache_folder(os.environ)),
                "INGOT_ACCOUNT_PASSWORD_FILE": str(home / "password"),
            }
        )
        peers.run_setup([command("ingot"), "compile"], cwd=folder)
        return cls(folder, env)

    def words(self, url: str, *options: str) -> list[str | Path]:
        """`ingot run` of the script."""
        network = ("--network", "ethereum:sepolia", "--rpc-url", url)
        return [command("ingot"), "run", "scripts/deploy.py", *network, *options]

    def forget(self) -> None:
        """Remove the journal."""
        shutil.rmtree(self.folder / "deployments" / "sepolia", ignore_errors=True)


def _forge() -> tuple[Path, Path]:
    program, _ = peers.forge()
    folder = peers.HOME / "voyage-forge"
    shutil.rmtree(folder / "contracts", ignore_errors=True)
    shutil.copytree(VOYAGE / "contracts", folder / "contracts")
    (folder / "script").mkdir(exist_ok=True)
    shutil.copyfile(FORGE_SCRIPT, folder / "script" / FORGE_SCRIPT.name)
    if not (folder / "node_modules").exists():
        (folder / "node_modules").mkdir()
        shutil.copytree(
            peers.NODE_MODULES / "@openzeppelin" / "contracts",
            folder / "node_modules" / "@openzeppelin" / "contracts",
            ignore=shutil.ignore_patterns("build"),
        )
    (folder / "foundry.toml").write_text(peers.FORGE_CONFIG.format(solc=peers.solc()))
    peers.run_setup([program, "build"], cwd=folder)
    return program, folder


def _ape(stand: Stand) -> Turn:
    """Ape with accounts of the same keys, on the node as its Sepolia."""
    made = Ours.made()
    python, _, env = peers.ape()
    folder = peers.HOME / "voyage-ape"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(made.folder, folder, symlinks=True, ignore=shutil.ignore_patterns(".ingot", ".build"))
    shutil.copyfile(APE_SCRIPT, folder / "scripts" / APE_SCRIPT.name)
    config = folder / "ape-config.yaml"
    config.write_text(config.read_text() + "\nethereum:\n  sepolia:\n    required_confirmations: 0\n")
    home = Path(env["APE_DATA_FOLDER"])
    shutil.copytree(Path(made.env["HOME"]) / ".ape" / "accounts", home / "accounts", dirs_exist_ok=True)
    env = {**env, **{f"APE_ACCOUNTS_{alias}_PASSPHRASE": PASSWORD for alias in KEYS}}
    peers.run_setup([python.parent / "ape", "compile"], cwd=folder, env=env)

    def turn() -> float:
        stand.begin()
        network = f"ethereum:sepolia:{stand.proxy.url}"
        words = [python.parent / "ape", "run", APE_SCRIPT.stem, "--network", network]
        return stand.sends("ape run", words, cwd=folder, env=environment(env))

    return turn


def _forge_words(program: Path, url: str, *options: str) -> list[str | Path]:
    linked: list[str | Path] = ["--sender", ADA, "--private-key", KEYS["ada"]]  # who deploys the library
    return [program, "script", "script/Voyage.s.sol:Voyage", "--rpc-url", url, *linked, *options]


# ROWS


def deploy(rounds: int) -> Row:
    """Twenty steps against anvil's automining, first to last send."""
    with ExitStack() as stack:
        stand = Stand.opened(stack)

        def ours() -> Turn:
            made = Ours.made()

            def turn() -> float:
                stand.begin()
                made.forget()
                return stand.sends(OURS, made.words(stand.proxy.url, "--yes"), cwd=made.folder, env=made.env)

            return turn

        def forge() -> Turn:
            program, folder = _forge()

            def turn() -> float:
                stand.begin()
                shutil.rmtree(folder / "broadcast", ignore_errors=True)
                words = _forge_words(program, stand.proxy.url, "--broadcast")
                return stand.sends("forge script", words, cwd=folder, env=environment())

            return turn

        measured = row(
            "deploy",
            "20-step deployment on anvil, first to last send",
            rounds,
            {OURS: ours, "forge script": forge, "ape run": lambda: _ape(stand)},
            ratio_target=1.2,
            ratio_peer="forge script",
        )
        return _with_notes(measured, _wholes(stand))


def plan(rounds: int) -> Row:
    """The plan of twenty steps, simulation included."""
    with ExitStack() as stack:
        stand = Stand.opened(stack)

        def ours() -> Turn:
            made = Ours.made()
            made.forget()
            return _process(made.words(f"http://127.0.0.1:{stand.port}", "--dry-run"), made.folder, made.env)

        def forge() -> Turn:
            program, folder = _forge()
            return _process(_forge_words(program, f"http://127.0.0.1:{stand.port}"), folder, environment())

        return row(
            "plan",
            "plan of a 20-step deployment, simulation included, whole process",
            rounds,
            {OURS: ours, "forge script": forge},
            target=2000.0,
        )


def status(rounds: int) -> Row:
    """`ingot deployments status` of a deployment that is done."""
    with ExitStack() as stack:
        stand = Stand.opened(stack)

        def ours() -> Turn:
            made = Ours.made()
            made.forget()
            url = f"http://127.0.0.1:{stand.port}"
            peers.run_setup(made.words(url, "--yes"), cwd=made.folder, env=made.env)
            words = [
                command("ingot"),
                "deployments",
                "status",
                "--network",
                "ethereum:sepolia",
                "--rpc-url",
                url,
            ]
            return _process(words, made.folder, made.env)

        bare: Callable[[], Turn] = lambda: _process([sys.executable, "-c", "pass"], peers.HOME, environment())  # noqa: E731
        return row(
            "status",
            "ingot deployments status, nothing pending, whole process",
            rounds,
            {OURS: ours, "bare Python": bare},
            target=250.0,
        )


def _process(words: Sequence[str | Path], cwd: Path, env: Mapping[str, str]) -> Turn:
    from benchmarks.measure import process_turn

    return process_turn(words, cwd=cwd, env=env)


def _wholes(stand: Stand) -> list[str]:
    figures = ", ".join(f"{name} {median(taken):,.0f} ms" for name, taken in stand.wholes.items())
    return [f"whole processes, median: {figures}."] if figures else []


def _with_notes(measured: Row, notes: Sequence[str]) -> Row:
    from dataclasses import replace

    return replace(measured, notes=(*measured.notes, *notes))


ROWS: dict[str, Callable[[int], Row]] = {"deploy": deploy, "plan": plan, "status": status}

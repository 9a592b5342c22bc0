"""Where deployments are killed: a stand-in for Sepolia, the faulty proxy, a project, and `ingot` commands run in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from anvil import REPOSITORY, Anvil
from faulty_proxy import FaultyProxy
from stand_in import start_anvil

from ingot.compile.solc.settings import cache_folder

HERE = Path(__file__).resolve().parent
VOYAGE = HERE / "voyage"
CHOICE = "ethereum:sepolia"
PASSWORD = "a password that no file but one may hold"
DEPLOY = ("run", "scripts/deploy.py", "--network", CHOICE, "--yes")
BATCH = ("run", "scripts/batch.py", "--network", CHOICE, "--yes")
SHORT = ("run", "scripts/short.py", "--network", CHOICE, "--yes")
MNEMONIC = "test test test test test test test test test test test junk"
ALIASES = ("ada", "grace", "alan")
"""Of anvil's first accounts; voyage/deployments/sepolia.yaml says who is what."""

WARM = ("ingot.cli.run", "ingot.project", "ingot.deploy", "ingot.remote", "ingot.engine", "eth_account")
TIMEOUT_S = 60

OF_BLOCKS = (
    "0x0000f90827f1c53a10cb7a02335b175320002935",
    "0x000f3df6d732807ef1319fb7b8bb8522d0beac02",
)
"""Keep hashes of blocks and of beacon blocks, whatever is sent. Source: EIP-2935, EIP-4788."""


@dataclass(frozen=True)
class Outcome:
    """How a command ended. code: of the exit, negative for a signal.      writes: what it wrote below `deployments`."""

    code: int
    output: str
    writes: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """What the chain holds, but for fees.

    transactions: (sender, nonce, to, value, input), sorted: all that were mined.
    accounts: address -> (balance with fees given back, nonce, code, storage).
    failed: hashes.      waiting: how many are in the pool.      hashes: of all that were mined; fees change them.
    """

    transactions: tuple[tuple[str, int, str | None, int, str], ...]
    accounts: Mapping[str, tuple[int, int, str, tuple[tuple[str, str], ...]]]
    failed: tuple[str, ...]
    waiting: int
    hashes: frozenset[str] = field(compare=False)


class Lab:
    """Used as a context. `reset` makes it as new: chain, pool, journal and proxy.

    project: as `compiled_project` made it, to be copied.      options, settings: as for `start_anvil`.
    pace_s: if not 0, blocks are made at this interval, but only while `run` waits for a command.
    """

    def __init__(self, project: Path, *options: str, pace_s: float = 0, **settings: Any) -> None:
        self.pace_s = pace_s
        if pace_s:
            settings["mining"] = False
        self.folder = Path(tempfile.mkdtemp(prefix="lab-"))
        self.project = self.folder / "voyage"
        shutil.copytree(project, self.project, symlinks=True)
        self.home = self.folder / "home"
        make_keystores(self.home / ".ape" / "accounts")
        (self.folder / "password").write_text(PASSWORD + "\n")
        (self.folder / "password").chmod(0o600)
        self.node = start_anvil(*options, **settings)
        self.proxy = FaultyProxy(self.node.port)
        self.nursery = Nursery()
        self._snapshot = self.node.call("evm_snapshot")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.nursery.close()
        self.proxy.close()
        self.node.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def reset(self) -> None:
        """As if nothing had been run."""
        self.node.call("anvil_dropAllTransactions")
        self.node.call("evm_revert", self._snapshot)
        self._snapshot = self.node.call("evm_snapshot")
        shutil.rmtree(self.journal.parents[1], ignore_errors=True)
        self.proxy.reset()

    @property
    def journal(self) -> Path:
        """Of the deployment."""
        return self.project / "deployments" / "sepolia" / "default" / "journal.jsonl"

    @property
    def entries(self) -> list[dict[str, Any]]:
        """The journal's lines that are whole; none where there is no journal."""
        text = self.journal.read_text() if self.journal.exists() else ""
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def pool(self) -> list[dict[str, Any]]:
        """Transactions that wait to be mined."""
        content = self.node.call("txpool_content")
        return [one for kind in content.values() for by_nonce in kind.values() for one in by_nonce.values()]

    def sent(self) -> frozenset[str]:
        """Hashes of all transactions that the node has, mined or waiting."""
        return self.facts().hashes | {one["hash"] for one in self.pool()}

    def written_down(self) -> frozenset[str]:
        """Hashes of all transactions that the journal has the signatures of."""
        return frozenset(
            entry["new" if entry["kind"] == "bumped" else "hash"]
            for entry in self.entries
            if entry["kind"] in ("signed", "bumped")
        )

    def environment(self) -> dict[str, str]:
        """For commands: accounts of our own, no URL but the proxy's, nothing of the surrounding session."""
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LANG") if name in os.environ}
        return {
            **kept,
            "HOME": str(self.home),
            "INGOT_CACHE_DIR": str(cache_folder(os.environ)),
            "INGOT_SEPOLIA_URL": self.proxy.url,
            "INGOT_ACCOUNT_PASSWORD_FILE": str(self.folder / "password"),
        }

    def start(self, *words: str, fault: tuple[int, str] | None = None, file_size: int = 0) -> int:
        """Start a command. fault: (n, phase) kills it at its nth write.      file_size: no file grows beyond it.

        Returns: its process id.
        """
        return self.nursery.start(
            words,
            cwd=self.project,
            env=self.environment(),
            output=self.folder / "output",
            fault=fault,
            file_size=file_size,
        )

    def run(self, *words: str, fault: tuple[int, str] | None = None, file_size: int = 0) -> Outcome:
        """`start`, and wait for the end."""
        self.start(*words, fault=fault, file_size=file_size)
        with self.paced(self.pace_s) if self.pace_s else nullcontext():
            return self.nursery.wait()

    @contextmanager
    def paced(self, interval_s: float) -> Iterator[None]:
        """Inside, blocks are made at this interval; for a node that mines when it is told to."""
        over = threading.Event()

        def make_blocks() -> None:
            while not over.wait(interval_s):
                self.node.mine()

        miner = threading.Thread(target=make_blocks)
        miner.start()
        try:
            yield
        finally:
            over.set()
            miner.join()

    def successor(self, **settings: Any) -> None:
        """Another node in the place of ours; the proxy forwards to it."""
        self.node.close()
        self.node = start_anvil(port=self.node.port, **settings)
        self._snapshot = self.node.call("evm_snapshot")

    def facts(self) -> Facts:
        """Of the chain as it is."""
        node = self.node
        head = node.number("eth_blockNumber")
        numbers = [hex(number) for number in range(1, head + 1)]
        blocks = node.batch([("eth_getBlockByNumber", (number, True)) for number in numbers])
        receipts = [
            receipt
            for listed in node.batch([("eth_getBlockReceipts", (number,)) for number in numbers])
            for receipt in listed
        ]
        transactions = [transaction for block in blocks for transaction in block["transactions"]]
        fees: dict[str, int] = {}
        for receipt in receipts:
            cost = int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)
            fees[receipt["from"]] = fees.get(receipt["from"], 0) + cost
        status = node.call("txpool_status")
        return Facts(
            tuple(
                sorted(
                    (
                        one["from"],
                        int(one["nonce"], 16),
                        one["to"] and one["to"].lower(),
                        int(one["value"], 16),
                        one["input"],
                    )
                    for one in transactions
                )
            ),
            _accounts(node, fees),
            tuple(receipt["transactionHash"] for receipt in receipts if receipt["status"] != "0x1"),
            int(status["pending"], 16) + int(status["queued"], 16),
            frozenset(one["hash"] for one in transactions),
        )


def _accounts(
    node: Anvil, fees: Mapping[str, int]
) -> dict[str, tuple[int, int, str, tuple[tuple[str, str], ...]]]:
    found = {}
    for address, account in node.dumped()["accounts"].items():
        storage = tuple(sorted((slot, value) for slot, value in account["storage"].items() if int(value, 16)))
        balance = int(account["balance"], 16) + fees.get(address, 0)
        nonce = account["nonce"]
        if int(address, 16) and address not in OF_BLOCKS:  # not the coinbase either, which fees go to
            found[address] = (
                balance,
                nonce if isinstance(nonce, int) else int(nonce, 16),
                account["code"],
                storage,
            )
    return found


def compiled_project(folder: Path) -> Path:
    """A copy of voyage/ in `folder`, compiled."""
    project = folder / "voyage"
    shutil.copytree(VOYAGE, project, ignore=shutil.ignore_patterns(".ingot"))
    (project / "node_modules").symlink_to(REPOSITORY / "node_modules")
    done = subprocess.run(
        [sys.executable, "-m", "ingot", "compile"], cwd=project, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return project


def accounts_of(mnemonic: str) -> dict[str, Any]:
    """Of eth-account: ada, grace and alan."""
    from eth_account import Account

    Account.enable_unaudited_hdwallet_features()
    return {
        alias: Account.from_mnemonic(mnemonic, account_path=f"m/44'/60'/0'/0/{index}")
        for index, alias in enumerate(ALIASES)
    }


def make_keystores(folder: Path, mnemonic: str = MNEMONIC) -> None:
    """The mnemonic's first three accounts as ape keeps them, with a key derivation that takes no time."""
    from eth_account import Account

    folder.mkdir(parents=True, exist_ok=True)
    for alias, account in accounts_of(mnemonic).items():
        content = Account.encrypt(account.key, PASSWORD, kdf="pbkdf2", iterations=1)
        (folder / f"{alias}.json").write_text(json.dumps(content))


class Nursery:
    """The process that starts `ingot` commands; see nursery.py."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "nursery.py"), *WARM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "HOME": tempfile.gettempdir(),
                "INGOT_CACHE_DIR": str(cache_folder(os.environ)),
            },
        )
        self._pid = 0
        self._known = threading.Event()

    def pid(self) -> int:
        """Of the command that was started last. It may have sent a request before we were told."""
        if not self._known.wait(TIMEOUT_S):
            raise RuntimeError("no command was started")
        return self._pid

    def start(
        self,
        words: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        output: Path,
        fault: tuple[int, str] | None = None,
        file_size: int = 0,
    ) -> int:
        """Start a command. Returns: its process id."""
        order = {"words": words, "cwd": str(cwd), "env": dict(env), "output": str(output)}
        order["file_size"] = file_size
        if fault:
            order["fault"] = {"at": fault[0], "phase": fault[1]}
        self._output = output
        self._known.clear()
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        self._pid = int(self._answer()["pid"])
        self._known.set()
        return self._pid

    def wait(self) -> Outcome:
        """For the end of the command that was started."""
        code = int(self._answer()["code"])
        writes = Path(f"{self._output}.writes").read_text().splitlines()
        return Outcome(code, self._output.read_text(errors="replace"), tuple(writes))

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the process that starts commands has died")
        return json.loads(line)  # type: ignore[no-any-return]

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(TIMEOUT_S)
        self._process.stdout.close()

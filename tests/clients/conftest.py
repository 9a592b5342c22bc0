"""Real clients against a real node: each session is played by a program of its own, and what it saw is held against what the
other side says: eth-account and eth-abi, solc's output, the node's own answers.

INGOT_CLIENTS_BESIDE=anvil plays every session on anvil as well. What a session sees there must be the same, but for what
`differences.py` lists.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from anvil import REPOSITORY, require_anvil
from differences import DIFFERENCES
from nodes import KEYS, Node, anvil_node, ingot_node

import ingot
import ingot.web3_provider  # web3.py imports what is deprecated, and warnings are errors: this does so quietly

CLIENTS = Path(__file__).parent
BESIDE = os.environ.get("INGOT_CLIENTS_BESIDE") == "anvil"
SESSION_TIMEOUT_S = 180.0

Seen = dict[str, Any]
Session = Callable[[Node], Seen]


@dataclass(frozen=True)
class Played:
    """What a session saw, and the node that it was played on, which still runs."""

    seen: Seen
    node: Node

    def __getitem__(self, name: str) -> Any:
        return self.seen[name]


@pytest.fixture(scope="session")
def artifacts() -> Mapping[str, Mapping[str, Any]]:
    """Contracts by name: ABI, creation code and runtime code, as solc gave them."""
    found = {}
    for folder in (REPOSITORY, REPOSITORY / "tests" / "unit" / "sample", CLIENTS):
        project = ingot.load(folder)
        for name in (
            "SimpleStorage",
            "Token",
            "Ledger",
            "Failing",
            "Factory",
            "Signatures",
            "Multicall3",
            "Greeter",
        ):
            if hasattr(project, name):
                artifact = getattr(project, name).artifact
                found[name] = {
                    "abi": artifact.abi,
                    "bytecode": "0x" + bytes(artifact.initcode).hex(),
                    "runtime": "0x" + bytes(artifact.runtime_code).hex(),
                }
    return found


@pytest.fixture
def start() -> Iterator[Callable[..., Node]]:
    """Start a node with these options; it ends with the test."""
    with ExitStack() as running:
        yield lambda *options: running.enter_context(ingot_node(*options))


@pytest.fixture
def play(start: Callable[..., Node], request: pytest.FixtureRequest) -> Callable[..., Played]:
    """Play a session on a node with these options, and on anvil where that is wanted. ours: options of our node alone."""

    def play(session: Session, *options: str, ours: Sequence[str] = ()) -> Played:
        node = start(*options, *ours)
        seen = session(node)
        assert not (wrong := _failed(seen)), f"what went wrong: {json.dumps(wrong, indent=1)}"
        if BESIDE:
            require_anvil()
            with anvil_node(*options) as anvil:
                _compare(request.node.name, seen, session(anvil))
        return Played(seen, node)

    return play


def _failed(seen: Seen) -> Seen:
    return {name: value for name, value in seen.items() if isinstance(value, dict) and "went wrong" in value}


def _compare(test: str, ours: Seen, theirs: Seen) -> None:
    """Both saw the same, but for what is listed; and what is listed differs."""
    differ = {name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name)}
    listed = DIFFERENCES.get(test, {})
    new = {
        name: {"ingot": ours.get(name), "anvil": theirs.get(name)} for name in sorted(differ - set(listed))
    }
    assert not new, f"anvil differs, and nothing says why: {json.dumps(new, indent=1)}"
    assert not set(listed) - differ, f"listed, but the same on anvil: {sorted(set(listed) - differ)}"


@pytest.fixture
def javascript(play: Callable[..., Played], artifacts: Mapping[str, Any]) -> Callable[..., Played]:
    """Play a session that is written in JavaScript. given: what else it gets to know."""
    if shutil.which("node") is None or not (REPOSITORY / "node_modules" / "viem").is_dir():
        if os.environ.get("INGOT_REQUIRE_FIXTURES"):
            pytest.fail("node_modules lacks the clients: npm install brings them")
        pytest.skip("node_modules lacks the clients: npm install brings them")

    def run(
        file: str, *options: str, ours: Sequence[str] = (), given: Mapping[str, Any] | None = None
    ) -> Played:
        def session(node: Node) -> Seen:
            setting = {"url": node.url, "ws": node.ws, "ipc": node.ipc, "kind": node.kind}
            setting |= {"artifacts": artifacts, "keys": KEYS, **(given or {})}
            done = subprocess.run(
                ["node", str(CLIENTS / file)],
                input=json.dumps(setting),
                capture_output=True,
                text=True,
                timeout=SESSION_TIMEOUT_S,
                check=False,
            )
            print(f"--- {file} on {node.kind}\n{done.stderr}{done.stdout}")
            assert done.returncode == 0, done.stderr
            return json.loads(done.stdout)  # type: ignore[no-any-return]

        return play(session, *options, ours=ours)

    return run


@pytest.fixture(scope="session")
def blob() -> Mapping[str, str]:
    """A blob, what commits to it, and the proofs of its cells (EIP-7594): from the KZG library, not from the node."""
    import ckzg
    import eth_account

    setup = (
        Path(eth_account.__file__).parent
        / "typed_transactions"
        / "blob_transactions"
        / "kzg_trusted_setup.txt"
    )
    trusted = ckzg.load_trusted_setup(str(setup), 0)
    data = b"".join(number.to_bytes(32, "big") for number in range(4096))
    commitment = ckzg.blob_to_kzg_commitment(data, trusted)
    _, proofs = ckzg.compute_cells_and_kzg_proofs(data, trusted)
    return {
        "data": "0x" + data.hex(),
        "commitment": "0x" + commitment.hex(),
        "proof": "0x" + b"".join(proofs).hex(),
        "singleProof": "0x" + ckzg.compute_blob_kzg_proof(data, commitment, trusted).hex(),
        "versionedHash": "0x01" + hashlib.sha256(commitment).digest()[1:].hex(),
    }

"""Networks against real nodes: `--network` and friends as whole processes, and pytest on a node."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from anvil import Anvil, require_anvil
from stand_in import start_anvil

import ingot
from ingot import networks
from ingot.errors import WrongChain

ROOT = Path(__file__).parents[2]
DEAD = "http://127.0.0.1:9/v3/hunter2"
TINY = """// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

contract Tiny {
    error Odd(uint256 number);

    uint256 public number;

    function keep(uint256 number_) external {
        if (number_ % 2 == 1) revert Odd(number_);
        number = number_;
    }
}
"""
SCRIPT = """import ingot

def main():
    deploy = ingot.deployment()
    tiny = deploy("Tiny")
    deploy.call(tiny.keep, 4)
    networks = deploy.project.networks
    print("ran", networks.network, networks.choice, tiny.number(), tiny.receipt.sender)
    deploy.table()
"""
TESTS = """import threading
import ingot
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

@pytest.fixture(scope="module")
def tiny(project, accounts):
    return project.Tiny.deploy(sender=accounts[0])

def test_changes(tiny, accounts):
    assert tiny.number() == 0
    tiny.keep(4, sender=accounts[1])
    assert tiny.number() == 4

def test_are_undone(tiny, accounts):
    assert tiny.number() == 0
    with ingot.reverts(tiny.Odd, number=5):
        tiny.keep(5, sender=accounts[1])

EXAMPLES = []

@given(number=st.integers(min_value=0, max_value=2**128))
def test_in_each_example_too(tiny, accounts, number):
    EXAMPLES.append(number)
    assert tiny.number() == 0
    tiny.keep(number * 2, sender=accounts[0])
    assert tiny.number() == number * 2

def test_examples_are_few():
    assert 1 <= len(EXAMPLES) <= 10

class Keeping(RuleBasedStateMachine):
    def __init__(self, project, accounts, tiny):
        super().__init__()
        self.tiny, self.accounts, self.kept = tiny, accounts, 0

    @rule(half=st.integers(min_value=0, max_value=9))
    def keep(self, half):
        self.tiny.keep(half * 2, sender=self.accounts[0])
        self.kept = half * 2

    @invariant()
    def it_is_kept(self):
        assert self.tiny.number() == self.kept

def test_state_machines_begin_anew_too(project, accounts, tiny):
    run_state_machine_as_test(lambda: Keeping(project, accounts, tiny), settings=settings(max_examples=5))

@pytest.mark.local_chain("it loads a state file")
def test_needs_the_chain_in_process(chain):
    assert isinstance(chain, ingot.Chain)

def test_a_thread_sees_the_same_chain(project, chain):
    seen = []
    thread = threading.Thread(target=lambda: seen.append(project.chain))
    thread.start()
    thread.join()
    assert seen == [chain]
"""


@pytest.fixture(scope="module")
def sepolia() -> Iterator[Anvil]:
    require_anvil()
    with start_anvil() as node:
        yield node


@pytest.fixture(scope="module")
def development() -> Iterator[Anvil]:
    require_anvil()
    with start_anvil(chain_id=31337) as node:
        yield node


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    for name, file, text in (
        ("contracts", "Tiny.sol", TINY),
        ("scripts", "deploy.py", SCRIPT),
        ("tests", "test_tiny.py", TESTS),
        ("tests", "conftest.py", "import hypothesis\n"),
    ):
        (folder / name).mkdir(exist_ok=True)
        (folder / name / file).write_text(text)
    (folder / "ape-config.yaml").write_text("name: tiny\nsolidity:\n  version: 0.8.37\n")
    return folder


def run(folder: Path, *words: str, given: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST_", "INGOT_", "WEB3_"))
    }
    environment |= {
        "PYTHONPATH": str(Path(ingot.__file__).parents[1]),
        "HOME": str(folder.parent / "home"),
        **variables,
    }
    return subprocess.run(
        (sys.executable, "-m", *words),
        cwd=folder,
        env=environment,
        input=given,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


FIRST = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
SECOND = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


def ran(done: subprocess.CompletedProcess[str], sender: str = FIRST) -> bool:
    """Whether the script ran to its end on Sepolia; if not, its output is shown."""
    line = f"ran ethereum:sepolia ethereum:sepolia:node 4 {sender}"
    assert line in done.stdout.splitlines(), done.stdout + done.stderr
    return done.returncode == 0


def test_a_script_runs_on_the_network_that_is_chosen(tiny, sepolia):
    done = run(
        tiny,
        "ingot",
        "run",
        "deploy",
        "--network",
        "ethereum:sepolia",
        "--rpc-url",
        sepolia.url,
        "--account",
        "1",
        *("--yes", "--deployment", "chosen"),
    )
    assert ran(done, SECOND)
    assert f"ethereum:sepolia, chain id 11155111, through {sepolia.url}" in done.stderr


def test_a_node_of_another_network_stops_the_script_before_its_first_line(tiny, development):
    done = run(
        tiny, "ingot", "run", "deploy", "--network", "sepolia", "--rpc-url", development.url, "--account", "0"
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "expected is 11155111, the node answers 31337 (a development node's)" in done.stderr


def test_urls_come_from_the_environment_and_a_dotenv_file(tiny, sepolia):
    words = ("ingot", "run", "deploy", "--network", "sepolia", "--account", "0", "--yes")
    done = run(tiny, *words, INGOT_SEPOLIA_URL=sepolia.url)
    assert ran(done)
    (tiny / ".env").write_text(f"INGOT_ETHEREUM_SEPOLIA_URL={sepolia.url}\n")
    try:
        assert ran(run(tiny, *words))
    finally:
        (tiny / ".env").unlink()
    assert run(tiny, *words).returncode == 2


def test_the_next_url_is_taken_where_one_does_not_answer(tiny, sepolia):
    words = (
        "ingot",
        "run",
        "deploy",
        "--network",
        "sepolia",
        "--rpc-url",
        DEAD,
        "--rpc-url",
        sepolia.url,
        "--account",
        "0",
        *("--yes", "--deployment", "next"),
    )
    done = run(tiny, *words)
    assert ran(done)
    assert "hunter2" not in done.stderr


def test_a_url_of_another_chain_among_several_is_refused(tiny, sepolia, development):
    words = ("ingot", "run", "deploy", "--network", "sepolia", "--rpc-url", DEAD)
    done = run(tiny, *words, "--rpc-url", development.url, "--rpc-url", sepolia.url, "--account", "0")
    assert (done.returncode, done.stdout) == (1, "")
    assert "31337" in done.stderr


def test_a_console_is_on_the_network_too(tiny, development):
    given = "chain.network.choice\ntiny = Tiny.deploy(sender=accounts[0])\ntiny.number()\n"
    done = run(tiny, "ingot", "console", "--plain", "--network", development.url, given=given)
    assert "'ethereum:local'" in done.stdout, done.stderr
    assert "0" in done.stdout.split("'ethereum:local'")[1]


def test_a_network_is_asked_what_it_is(tiny, sepolia, development):
    done = run(tiny, "ingot", "networks", "sepolia", "--json", INGOT_SEPOLIA_URL=sepolia.url)
    facts = json.loads(done.stdout)
    assert (facts["network"], facts["chain_id"], facts["node"]) == ("ethereum:sepolia", 11155111, sepolia.url)
    assert facts["client"].startswith("anvil/")
    assert facts["for_tests"] is True
    shown = run(tiny, "ingot", "networks", "--rpc-url", development.url).stdout
    assert re.search(r"^network +ethereum:local$", shown, re.MULTILINE)
    assert re.search(r"^chain id +31337$", shown, re.MULTILINE)
    assert run(tiny, "ingot", "networks", "sepolia", "--rpc-url", development.url).returncode == 1


def test_all_networks_are_listed_without_secrets_and_without_asking(tiny):
    done = run(tiny, "ingot", "networks", INGOT_SEPOLIA_URL=DEAD, WEB3_INFURA_PROJECT_ID="hunter2")
    assert re.search(
        r"^ethereum:sepolia +11155111 +ETH +http://127.0.0.1:9/\.\.\., https://sepolia",
        done.stdout,
        re.MULTILINE,
    )
    assert re.search(r"^ethereum:holesky +17000 .*shut down: use ethereum:hoodi$", done.stdout, re.MULTILINE)
    assert "hunter2" not in done.stdout + done.stderr
    nothing = run(tiny.parent, "ingot", "networks")
    assert "no URL known" in nothing.stdout
    assert "INGOT_<NETWORK>_URL" in nothing.stdout
    listed = json.loads(run(tiny, "ingot", "networks", "--json").stdout)
    assert {"network": "base:sepolia", "chain_id": 84532, "currency": "ETH", "nodes": []} in listed


def test_a_node_is_reached_over_http_websocket_and_ipc(sepolia, tmp_path):
    socket = tmp_path / "node.ipc"
    socket.symlink_to(sepolia._folder / "ipc")
    for url in (sepolia.url, sepolia.url.replace("http://", "ws://"), str(socket)):
        with closing(networks.connect(f"ethereum:sepolia:{url}")) as chain:
            assert chain.chain_id == 11155111


def test_a_custom_network_is_used_for_a_while(tmp_path, development):
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "Tiny.sol").write_text(TINY)
    (tmp_path / "ape-config.yaml").write_text(
        "name: tiny\nsolidity:\n  version: 0.8.37\nnetworks:\n  custom:\n    - {name: apenet, ecosystem: jungle, chain_id: 31337}\n"
        f"node:\n  jungle:\n    apenet: {{uri: '{development.url}'}}\n"
    )
    project = ingot.load(tmp_path)
    with project.networks.parse_network_choice("jungle:apenet") as chain:
        assert chain is project.chain is networks.active_chain()
        assert project.networks.network.choice == "jungle:apenet"
        assert str(project.networks.choice) == "jungle:apenet:node"
        tiny_contract = project.Tiny.deploy(sender=project.accounts[0])
        assert tiny_contract.number() == 0
    assert networks.chosen_chain() is None
    assert project.networks.network.choice == "ethereum:local"


def test_a_chain_opened_by_hand_is_named_by_its_chain_id(tiny, sepolia):
    from ingot.remote.chain import RemoteChain
    from ingot.remote.transport import open_transport

    project = ingot.load(tiny)
    with networks.use(RemoteChain(open_transport([sepolia.url])), project=project):
        assert project.networks.network.choice == "ethereum:sepolia"


def test_a_development_node_may_stand_for_itself_whatever_its_chain_id(sepolia):
    chain = networks.connect(f"ethereum:local:{sepolia.url}")
    assert (chain.network.choice, chain.network.chain_id) == ("ethereum:local", 11155111)


def test_connect_checks_the_chain_id_for_real(sepolia):
    assert networks.connect(sepolia.url).network.choice == "ethereum:sepolia"
    with pytest.raises(WrongChain) as caught:
        networks.connect("base:mainnet", rpc_url=sepolia.url)
    assert (caught.value.expected, caught.value.answered) == (8453, 11155111)
    assert "ethereum:sepolia" in str(caught.value)


def test_headers_reach_the_nodes_of_the_configuration(tmp_path):
    seen: list[str | None] = []

    class Gate(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(self.headers.get("X-Key"))
            self.rfile.read(int(self.headers["Content-Length"]))
            body = b'{"jsonrpc":"2.0","id":1,"result":"0xaa36a7"}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Gate) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        node = {"uri": f"http://127.0.0.1:{server.server_port}", "request_headers": {"X-Key": "open sesame"}}
        config = ingot.config.Config(root=tmp_path, extra={"node": {"ethereum": {"sepolia": node}}})
        chain = networks.connect("sepolia", config, environ={})
        chain.close()
        server.shutdown()
    assert seen == ["open sesame"]


def test_pytest_on_a_node_isolates_and_skips(tiny, development):
    before = development.number("eth_blockNumber")
    done = run(tiny, "pytest", "-q", "-rs", "-W", "error", "tests", "--ingot-network", development.url)
    assert "6 passed, 1 skipped" in done.stdout, done.stdout + done.stderr
    assert "needs the chain in this process: it loads a state file" in done.stdout
    assert development.number("eth_blockNumber") == before, "nothing of it stays"
    words = ("tests", "--ingot-network", "local", "--deselect", "tests/test_tiny.py::test_examples_are_few")
    assert "6 passed" in run(tiny, "pytest", "-q", *words).stdout, "in process nothing is skipped"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--ingot-network", "ethereum:seploia"], "did you mean ethereum:sepolia"),
        (["--ingot-network", "http://127.0.0.1:9/v3/hunter2"], "cannot connect to http://127.0.0.1:9"),
    ],
)
def test_a_node_that_cannot_be_used_ends_the_run_in_one_message(tiny, words, says):
    done = run(tiny, "pytest", "-q", "tests", *words)
    assert done.returncode == 4
    assert says in done.stderr
    assert "hunter2" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_workers_do_not_share_a_node(tiny, development):
    pytest.importorskip("xdist")
    done = run(tiny, "pytest", "-q", "tests", "-n", "2", "--ingot-network", development.url)
    assert done.returncode == 4
    assert "leave -n out" in done.stderr


def test_the_samples_pass_on_a_node(development):
    """All but the longest, which makes 400 calls and more; the tests above have a machine, too."""
    done = run(
        ROOT,
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "tests/contracts",
        "-k",
        "not any_order",
        "--ingot-network",
        development.url,
    )
    assert re.search(r"^[3-9]\d passed, 1 deselected", done.stdout, re.MULTILINE), done.stdout + done.stderr

"""Networks against real nodes: `--network` and friends as whole processes, and connecting."""

from __future__ import annotations

import json
import re
import subprocess
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from tiny_project import DEAD, FIRST, SECOND, TINY, run

import ingot
from ingot import networks
from ingot.errors import WrongChain


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
    project, before = ingot.load(tmp_path), networks.chosen_chain()
    with project.networks.parse_network_choice("jungle:apenet") as chain:
        assert chain is project.chain is networks.active_chain()
        assert project.networks.network.choice == "jungle:apenet"
        assert str(project.networks.choice) == "jungle:apenet:node"
        tiny_contract = project.Tiny.deploy(sender=project.accounts[0])
        assert tiny_contract.number() == 0
    assert networks.chosen_chain() is before
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


def test_a_network_that_others_use_is_never_local(tiny, public):
    done = run(tiny, "ingot", "networks", "ethereum:local", "--rpc-url", public)
    assert done.returncode == 2
    assert "it is Geth/" in done.stderr
    assert "--network ethereum:sepolia uses it" in done.stderr


@pytest.mark.parametrize(
    ("account", "says"), [("0", "ingot accounts import"), ("nobody", "no account 'nobody'")]
)
def test_on_a_network_that_others_use_an_account_has_to_be_there(tiny, public, account, says):
    words = ("--network", "sepolia", "--rpc-url", public, "--account", account)
    done = run(tiny, "ingot", "run", "deploy", *words, "--yes")
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr

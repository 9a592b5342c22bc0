"""`ingot verify` as a user types it, against anvil and the local verifier."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from anvil import Anvil
from stand_in import SEPOLIA

from ingot.cli import main
from ingot.deploy.journal import read
from ingot.project import Project
from ingot.types import Address

Deploy = Callable[..., Address]


class Command:
    """Runs the command in the project's folder. out, err: what it said."""

    def __init__(self, node: Anvil, capsys: pytest.CaptureFixture[str]) -> None:
        self._node = node
        self._capsys = capsys
        self.out = self.err = ""

    def __call__(self, *words: str, url: bool = True) -> int:
        end = ["--rpc-url", self._node.url] if url else []
        code = main(["verify", *words, *end])
        self.out, self.err = self._capsys.readouterr()
        return code


@pytest.fixture
def command(
    project: Project,
    stand_in: Anvil,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    monkeypatch.chdir(project.path)
    for name in list(os.environ):
        if name.startswith(("ETHERSCAN_", "BLOCKSCOUT_", "INGOT_")):
            monkeypatch.delenv(name)
    return Command(stand_in, capsys)


@pytest.fixture
def journals(project: Project) -> Iterator[Callable[..., Path]]:
    """Writes a journal, a line for each keyword dictionary."""
    written = []

    def write(network: str, name: str, *lines: dict[str, object]) -> Path:
        path = project.path / "deployments" / network / name / "journal.jsonl"
        path.parent.mkdir(parents=True)
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        written.append(path)
        return path

    yield write
    for path in written:
        path.unlink()
        path.parent.rmdir()


def test_a_contract_is_checked_without_any_service(command: Command, deploy: Deploy) -> None:
    linked = deploy("Linked", 3, Doubling=deploy("Doubling"))
    assert command(linked, "--check", "--network", "ethereum:sepolia") == 0
    lines = command.out.splitlines()
    assert (
        lines[0] == f"contracts/Linked.sol:Linked at {linked}: the deployed code is ours, metadata included"
    )
    assert lines[1] == "  constructor(factor_=3), as the creation's code has them"
    assert "  immutable factor = 6" in lines
    assert any(line.startswith("  immutable owner = 0xf39F") for line in lines)
    assert any(line.startswith("  library contracts/Linked.sol:Doubling = 0x") for line in lines)
    assert "ethereum:sepolia, chain id 11155111, through http://127.0.0.1:" in command.err


def test_other_code_fails_the_check_with_the_place(command: Command, deploy: Deploy) -> None:
    address = deploy("SimpleStorage")
    assert command(address, "Counter", "--check") == 1
    assert "is not ours: it differs first at byte" in command.out
    assert "contracts/Proxied.sol:" in command.out
    assert command("0x" + "12" * 20, "Counter", "--check") == 1
    assert "there is no contract at" in command.out


def test_a_contract_is_verified_and_verified_again(command: Command, deploy: Deploy, verifier: str) -> None:
    token = deploy("Token", 77)
    service = ("--service", "sourcify", "--service-url", f"{verifier}/server")
    assert command(token, "Token", *service) == 0
    assert command.out == f"contracts/Token.sol:Token at {token}: verified by Sourcify (exact match)\n"
    assert "Token at Sourcify: submitted\n" in command.err
    assert command(token, *service) == 0
    assert "had been verified before at Sourcify (exact match)" in command.out


def test_two_services_one_after_the_other(
    command: Command, deploy: Deploy, verifier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ETHERSCAN_API_KEY", "KEYKEYKEY")
    monkeypatch.setenv("INGOT_ETHERSCAN_URL", f"{verifier}/api")
    monkeypatch.setenv("INGOT_SOURCIFY_URL", f"{verifier}/server")
    token = deploy("Token", 78)
    assert command(token, "--service", "etherscan,sourcify") == 0
    assert [line.partition(": ")[2].partition(" (")[0] for line in command.out.splitlines()] == [
        f"verified by Etherscan: https://sepolia.etherscan.io/address/{token}#code",
        "verified by Sourcify",
    ]
    assert "KEYKEYKEY" not in command.out + command.err


def test_a_wrong_argument_is_explained(command: Command, deploy: Deploy, verifier: str) -> None:
    token = deploy("Token", 79)
    service = ("--service", "sourcify", "--service-url", f"{verifier}/server")
    assert command(token, "Token", "--arguments", "80", *service) == 1
    assert "was not created with (initialSupply=80) but with (initialSupply=79)" in command.out


def test_the_input_is_written_for_an_upload_by_hand(
    command: Command, deploy: Deploy, tmp_path: Path, project: Project
) -> None:
    library = deploy("Doubling")
    linked = deploy("Linked", 5, Doubling=library)
    file = tmp_path / "linked.json"
    assert command(linked, "Linked", "--dump", str(file)) == 0
    written = json.loads(file.read_text())
    assert list(written["sources"]) == ["contracts/Linked.sol"]
    assert "libraries" not in written["settings"]
    compiler = project.artifacts["Linked"].compiler
    assert command.err.splitlines()[-5:] == [
        f"input     {file}",
        "contract  contracts/Linked.sol:Linked",
        f"compiler  v{compiler}",
        f"arguments {5:064x}",
        f"library   contracts/Linked.sol:Doubling = {library}",
    ]
    assert command(linked, "Linked", "--dump", str(file), "--service", "etherscan") == 0
    assert json.loads(file.read_text())["settings"]["libraries"] == {
        "contracts/Linked.sol": {"Doubling": library}
    }
    assert command("Linked", "--dump", "-", url=False) == 0
    assert json.loads(command.out) == written


def test_a_deployment_is_checked_from_its_journal(
    command: Command, deploy: Deploy, journals: Callable[..., Path], stand_in: Anvil
) -> None:
    token = deploy("Token", 81)
    vault = deploy("Vault", token)
    genesis = stand_in.call("eth_getBlockByNumber", "0x0", False)["hash"]
    created = [stand_in.call("ots_getContractCreator", each)["hash"] for each in (token, vault)]
    steps = (
        *step("Token", token, f"{81:064x}", created[0]),
        *step("Vault", vault, f"{int(token, 16):064x}", created[1]),
    )
    journals("sepolia", "default", header(genesis), *steps)
    assert command("--deployment", "default", "--check", "--network", "ethereum:sepolia") == 0
    firsts = [line for line in command.out.splitlines() if not line.startswith(" ")]
    assert [line.partition(" at ")[0] for line in firsts] == [
        "contracts/Token.sol:Token",
        "contracts/Vault.sol:Vault",
    ]
    assert f"created by transaction {created[1]}" in command.out


def test_a_node_on_this_machine_that_has_the_journals_chain_needs_no_url(
    command: Command,
    deploy: Deploy,
    journals: Callable[..., Path],
    stand_in: Anvil,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ingot.cli.verify._LOCAL_NODE", stand_in.url)
    storage = deploy("SimpleStorage")
    genesis = stand_in.call("eth_getBlockByNumber", "0x0", False)["hash"]
    created = stand_in.call("ots_getContractCreator", storage)["hash"]
    journals("sepolia", "default", header(genesis), *step("SimpleStorage", storage, created=created))
    journals("sepolia", "elsewhere", header("0x" + "00" * 32, "elsewhere"), *step("SimpleStorage", storage))
    assert command("--deployment", "default", "--check", url=False) == 0
    assert f"through {stand_in.url}" in command.err
    assert command("--deployment", "elsewhere", "--check", url=False) == 2
    assert "INGOT_SEPOLIA_URL" in command.err


def header(genesis: str, name: str = "default") -> dict[str, object]:
    return {
        "kind": "journal",
        "version": 1,
        "chain_id": SEPOLIA,
        "genesis_hash": genesis,
        "network": "sepolia",
        "name": name,
    }


def step(name: str, address: Address, arguments: str = "", created: str = "0x01") -> list[dict[str, object]]:
    """A step that was mined; what verification does not read is made up."""
    intent = {
        "kind": "intent",
        "step": name,
        "action": "create",
        "words": f"deploy {name}",
        "sender": "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
        "to": None,
        "value": "0",
        "content": "0x",
        "nonce": 0,
        "gas_limit": 1,
        "contract": f"contracts/{name}.sol:{name}",
        "arguments": f"0x{arguments}" if arguments else "",
        "address": address,
    }
    if not arguments:
        del intent["arguments"]
    mined = {
        "kind": "mined",
        "step": name,
        "hash": created,
        "block_number": 1,
        "block_hash": "0x02",
        "status": 1,
        "gas_used": 1,
        "gas_price": "1",
        "address": address,
    }
    signed = {"kind": "signed", "step": name, "hash": created, "raw": "0x"}
    return [intent, signed, mined]


def test_a_journal_of_another_chain_is_refused(
    command: Command, deploy: Deploy, journals: Callable[..., Path]
) -> None:
    token = deploy("Token", 81)
    journals("sepolia", "elsewhere", header("0x" + "00" * 32, "elsewhere"), *step("Token", token))
    assert command("--deployment", "elsewhere", "--check", "--network", "ethereum:sepolia") == 2
    assert "of another chain than the node's" in command.err
    assert command("--deployment", "nobody", "--check") == 2
    assert "no deployment 'nobody' has a journal in deployments/; there are: elsewhere" in command.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "say which contract"),
        (("0x" + "11" * 20, "--deployment", "x"), "say which contract"),
        (("Token",), "'Token' is no address"),
        (("--deployment", "x", "--dump", "y"), "are for one contract"),
        (("0x" + "11" * 20, "--check", "--service", "sourcify"), "leave --service out"),
        (("0x" + "11" * 20, "--service-url", "http://x"), "name it, --service sourcify"),
        (("0x" + "11" * 20,), "the chain in this process has no explorer"),
        (("0x" + "11" * 20, "--arguments", "1"), "name the contract behind the address"),
        (("0x" + "11" * 20, "--service", "etherscan"), "ETHERSCAN_API_KEY"),
        (("0x" + "11" * 20, "--service", "polyscan"), "there is no service 'polyscan'"),
    ],
)
def test_what_contradicts_itself_is_refused(command: Command, words: tuple[str, ...], message: str) -> None:
    needs_node = any(word in words for word in ("--arguments", "etherscan", "polyscan"))
    assert command(*words, url=needs_node) == 2
    assert message in command.err
    assert "Traceback" not in command.err


SCRIPT = """import ingot

def main():
    deploy = ingot.deployment()
    token = deploy("Token", 10**24)
    deploy("Vault", token)
    deploy("Linked", 3)
"""


def test_a_run_verifies_what_it_deployed(
    command: Command,
    project: Project,
    stand_in: Anvil,
    verifier: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("INGOT_SOURCIFY_URL", f"{verifier}/server")
    script = project.path / "scripts" / "deploy.py"
    script.parent.mkdir()
    script.write_text(SCRIPT)
    live = ["--network", "ethereum:sepolia", "--rpc-url", stand_in.url]
    words = ["run", "deploy", *live, "--account", "0", "--deployment", "run", "--yes", "--verify"]
    try:
        assert main(words) == 0
        lines = [line for line in capsys.readouterr().out.splitlines() if "verified by" in line]
        assert [line.partition(" at ")[0].rpartition(":")[2] for line in sorted(lines)] == [
            "Doubling",
            "Linked",
            "Token",
            "Vault",
        ]
        assert all(line.endswith("(exact match)") for line in lines)
        assert command("--deployment", "run", "--check") == 0
        assert command.out.count("the deployed code is ours, metadata included") == 4
        assert main(words) == 0
        assert capsys.readouterr().out.count("had been verified before") == 4
    finally:
        shutil.rmtree(project.path / "deployments")
        shutil.rmtree(script.parent)


def test_what_was_deployed_is_verified_when_the_sources_are_others_now(
    command: Command,
    project: Project,
    stand_in: Anvil,
    verifier: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "project"
    shutil.copytree(
        project.path, folder, symlinks=True, ignore=shutil.ignore_patterns("deployments", "scripts")
    )
    monkeypatch.chdir(folder)
    (folder / "scripts").mkdir()
    (folder / "scripts" / "deploy.py").write_text(SCRIPT.replace("10**24", "10**23"))
    live = ["--network", "ethereum:sepolia", "--rpc-url", stand_in.url, "--account", "0", "--yes"]
    assert main(["run", "deploy", *live]) == 0
    token, vault, linked = (folder / "contracts" / f"{name}.sol" for name in ("Token", "Vault", "Linked"))
    token.write_text(token.read_text().replace("pragma", "// another comment\npragma"))
    vault.write_text(vault.read_text().replace("contract Vault", "contract Safe"))
    linked.write_text(linked.read_text().replace("2 * value", "3 * value"))
    (folder / "contracts" / "ViaIr.sol").unlink()
    assert main(["compile", "--force"]) == 0
    kept = folder / "deployments" / "sepolia" / "default" / "build-info"
    assert not {each.name for each in kept.iterdir()} & {
        each.name for each in (folder / ".ingot" / "build-info").iterdir()
    }
    capsys.readouterr()

    assert command("--deployment", "default", "--check") == 0
    assert command.out.count("the deployed code is ours, metadata included") == 4
    assert "immutable factor = 6" in command.out
    assert "whose code is ours" in command.out
    assert (
        command("--deployment", "default", "--service", "sourcify", "--service-url", f"{verifier}/server")
        == 0
    )
    assert command.out.count("verified by Sourcify (exact match)") == 4
    steps = read(kept.parent).state.steps
    assert command(steps["Vault"].address, "--check", "--network", "ethereum:sepolia") == 0
    assert "contracts/Vault.sol:Vault at" in command.out
    assert "the deployed code is ours, metadata included" in command.out
    assert command(steps["Token"].address, "Token", "--check", "--network", "ethereum:sepolia") == 0
    assert (
        "ours but for the metadata hash" in command.out
    )  # a name means the project's contract, as it is now
    shutil.rmtree(kept)
    shutil.rmtree(kept.parent / "artifacts")  # a journal of before, that has none
    assert command("--deployment", "default", "--check") == 2
    assert "has no contract 'contracts/Vault.sol:Vault'" in command.out + command.err


def test_a_run_that_could_not_verify_sends_nothing(
    command: Command,
    project: Project,
    stand_in: Anvil,
    capsys: pytest.CaptureFixture[str],
) -> None:
    del command  # it is there for the folder and the environment
    script = project.path / "scripts" / "deploy.py"
    script.parent.mkdir()
    script.write_text(SCRIPT)
    settings = project.path / "ape-config.yaml"
    before, blocks = settings.read_text(), stand_in.number("eth_blockNumber")
    settings.write_text(f"{before}verify:\n  service: etherscan\n")
    live = ["--network", "ethereum:sepolia", "--rpc-url", stand_in.url, "--account", "0", "--yes"]
    try:
        assert main(["run", "deploy", *live, "--verify"]) == 2
        assert "ETHERSCAN_API_KEY" in capsys.readouterr().err
        assert main(["run", "deploy", "--verify"]) == 2
        assert "--verify is for live networks" in capsys.readouterr().err
    finally:
        settings.write_text(before)
        shutil.rmtree(script.parent)
    assert stand_in.number("eth_blockNumber") == blocks

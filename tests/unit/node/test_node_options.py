"""The command line of `ingot node` beside anvil's."""

from __future__ import annotations

import argparse
import json
import re
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from anvil import BINARY, require_anvil
from running_node import Node

from ingot.cli import main
from ingot.cli.node_options import FOREIGN, Foreign, add_options
from ingot.errors import UsageError
from ingot.node.seeded_mnemonic import seeded_mnemonic
from ingot.node.service import Service
from ingot.node.setup import NodeSettings, make_rpc
from ingot.rpc import Rpc

CREATE2_DEPLOYER = "0x4e59b44847b379578588920ca78fbf26c0b4956c"


def anvils() -> set[str]:
    """Every option of anvil, by its long name; aliases too."""
    told = subprocess.run([BINARY, "--help"], capture_output=True, text=True, check=True).stdout
    options = re.findall(r"^ +(?:-\w, )?(--[\w-]+)", told, re.MULTILINE)
    aliases = re.findall(r"\[aliases: ([^\]]+)\]", told)
    return {*options, *(each.strip() for group in aliases for each in group.split(",") if "--" in each)}


@pytest.fixture(scope="module")
def ours() -> set[str]:
    parser = argparse.ArgumentParser()
    add_options(parser)
    return {name for action in parser._actions for name in action.option_strings}


def test_every_option_of_anvil_is_known(ours: set[str]) -> None:
    require_anvil()
    assert len(anvils()) > 80
    assert sorted(anvils() - ours) == []


def test_every_option_of_anvil_is_in_the_table(request: pytest.FixtureRequest) -> None:
    require_anvil()
    text = (request.config.rootpath / "docs/node.md").read_text()
    table = text.partition("### Beside anvil's options")[2]
    assert sorted(each for each in anvils() if f"`{each}`" not in table) == []
    for option in FOREIGN:
        (row,) = [
            line
            for line in table.splitlines()
            if line.startswith("|") and f"`{option.name}`" in line.split("|")[1]
        ]
        assert ("refused" if option.is_refused else "no effect") in row


@pytest.mark.parametrize("option", [each for each in FOREIGN if each.is_refused], ids=lambda each: each.name)
def test_what_cannot_be_is_refused(option: Foreign, capsys: pytest.CaptureFixture[str]) -> None:
    for name in option.names:
        value = [] if option.nargs == 0 else ["http://user:secret@host"]
        assert main(["node", "--port", "0", name, *value]) == 2
        assert capsys.readouterr().err == f"ingot: {option.name}: {option.reason}\n"


def test_what_changes_nothing_says_so(node: Callable[..., Node]) -> None:
    running = node(
        "--threads", "4", "--prune-history", "--network", "ethereum", "--code-size-limit", "0x6000"
    )
    _, _, error = running.end()
    assert error.splitlines() == [
        "ingot: --threads changes nothing: requests are answered one after the other",
    ]


@pytest.mark.parametrize(
    ("seed", "words"),
    [
        (0, "leisure need topic clown code attend earn lounge baby omit vault crunch"),
        (7, "same equip riot once hat lizard survey rose exist next tired document"),
        (12345, "file crane travel soon mosquito donate exotic rough agent height fix muscle"),
    ],
)
def test_a_seed_gives_the_words_that_anvil_gives(seed: int, words: str) -> None:
    assert seeded_mnemonic(seed).reveal() == words


def test_new_words_are_new_and_shown(node: Callable[..., Node]) -> None:
    first, second = (node("--mnemonic-random", "15").banner for _ in range(2))
    told = [next(line for line in banner if line.startswith("Mnemonic:")) for banner in (first, second)]
    assert [len(line.split()) for line in told] == [16, 16]
    assert told[0] != told[1]


def test_accounts_and_keys_are_written_for_nobody_else(node: Callable[..., Node], tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text("others may read this")
    running = node("--config-out", str(file), "--accounts", "2", "--disable-min-priority-fee")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    told = json.loads(file.read_text())
    assert told["available_accounts"] == running.ask("eth_accounts")
    assert told["private_keys"][0] == "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
    assert told["wallet"]["mnemonic"].endswith("junk")
    assert int(told["gas_price"]) == int(running.ask("eth_gasPrice"), 16) == int(told["base_fee"])
    assert [each.name for each in tmp_path.iterdir()] == ["config.json"]


def test_mixed_mining_mines_at_once_and_by_the_clock(node: Callable[..., Node]) -> None:
    running = node("--block-time", "0.1", "--mixed-mining")
    sender, to = running.ask("eth_accounts")[:2]
    sent = running.ask("eth_sendTransaction", {"from": sender, "to": to, "value": "0x1"})
    mined = int(running.ask("eth_getTransactionReceipt", sent)["blockNumber"], 16)
    while int(running.ask("eth_blockNumber"), 16) < mined + 2:
        pass


def test_two_nodes_do_not_share_a_socket(
    node: Callable[..., Node], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "ipc"
    node("--ipcpath", str(path))
    assert main(["node", "--port", "0", "--ipc", str(path)]) == 2
    assert capsys.readouterr().err == (
        f"ingot: --ipc {path}: another program serves this socket: end that one, or choose another path\n"
    )
    assert path.exists()


def test_the_environment_says_where_to_listen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANVIL_IP_ADDR", "nowhere.invalid")
    assert main(["node", "--port", "0"]) == 2
    assert "--host nowhere.invalid: " in capsys.readouterr().err


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["node", "--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("ingot ")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--accounts", "1000000"], "--accounts: 0 to 10000, not 1000000"),
        (["--balance", "1e70"], "more than a uint256 holds"),
        (["--chain-id", "0"], "--chain-id: 1 to 18446744073709551615, not 0"),
        (["--chain-id", str(2**64)], "--chain-id: 1 to"),
        (["--gas-limit", "0"], "--gas-limit: 21000 to"),
        (["--base-fee", "-1"], "--base-fee: 0 to"),
        (["--code-size-limit", "0"], "--code-size-limit: 2 to"),
        (["--code-size-limit", "5", "--disable-code-size-limit"], "give one of them"),
        (["--gas-limit", "30000", "--disable-block-gas-limit"], "give one of them"),
        (["--max-transactions", "0"], "--max-transactions: 1 to"),
        (["--number", "-1"], "--number: 0 to"),
        (["--timestamp", "-5"], "--timestamp: 0 to"),
        (["--slots-in-an-epoch", "0"], "--slots-in-an-epoch: 1 to"),
        (["--memory-limit", "1"], "--memory-limit: "),
        (["--mnemonic", ""], "the mnemonic has 0 words"),
        (["--mnemonic-random", "13"], "a mnemonic cannot have 13 words"),
        (["--mnemonic-random", "--mnemonic-seed-unsafe", "1"], "give one of them"),
        (["--mnemonic-seed-unsafe", "-1"], "--mnemonic-seed-unsafe: 0 to"),
        (["--mixed-mining"], "--mixed-mining: say with --block-time"),
        (["--state-interval", "5"], "--state-interval: say with --state or --dump-state"),
        (["--dump-state", f"{__file__}/state"], f"cannot write {__file__}/state: "),
        (["--config-out", f"{__file__}/config"], f"cannot write {__file__}/config: "),
        (["--number", "5", "--genesis", "x"], "--number: a genesis or state file says"),
        (["--project", "/no/such/folder"], "there is no folder /no/such/folder"),
        (["--host", "192.0.2.1"], "cannot listen on 192.0.2.1, port 0: "),
    ],
)
def test_what_cannot_be_is_one_sentence(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["node", "--port", "0", *options]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 1


def test_a_wrong_mnemonic_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["abandon"] * 11 + ["sesame"]
    assert main(["node", "--port", "0", "--mnemonic", " ".join(words)]) == 2
    error = capsys.readouterr().err
    assert "word number 12" in error
    assert not any(word in error for word in words)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"INGOTSTATE\0\x63" + bytes(40), "it is of version 99, this ingot reads version 1"),
        (b"INGOTSTATE\0\x01" + bytes(40), "torn"),
        (b"from elsewhere", "this is no state file of ingot"),
    ],
)
def test_state_files_that_cannot_be_read_are_named(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "chain.state"
    file.write_bytes(content)
    with pytest.raises(UsageError) as refused:
        make_rpc(NodeSettings(state=file))
    assert str(refused.value).startswith(f"{file}: ")
    assert said in str(refused.value)


def test_no_accounts_are_possible_and_great_wealth() -> None:
    assert make_rpc(NodeSettings(accounts=0)).request("eth_accounts") == []
    rich = make_rpc(NodeSettings(balance=2**256 - 1, chain_id=2**64 - 1))
    account = rich.request("eth_accounts")[0]
    assert rich.request("eth_getBalance", [account, "latest"]) == hex(2**256 - 1)
    assert rich.request("eth_chainId") == hex(2**64 - 1)


@pytest.mark.parametrize("number", [0, 100, 23_000_000])
def test_the_first_block_has_the_number(number: int) -> None:
    rpc = make_rpc(NodeSettings(number=number, timestamp=1_800_000_000))
    block = rpc.request("eth_getBlockByNumber", ["earliest", False])
    assert (block["number"], block["timestamp"]) == (hex(number), hex(1_800_000_000))
    assert rpc.request("eth_blockNumber") == hex(number)
    sender = rpc.request("eth_accounts")[0]
    rpc.request("eth_sendTransaction", [{"from": sender, "to": sender}])
    following = rpc.request("eth_getBlockByNumber", [hex(number + 1), False])
    assert following["parentHash"] == block["hash"]


@pytest.mark.parametrize("timestamp", [1_000, 1_700_000_000, 3_000_000_000])
def test_time_goes_on_from_the_first_block(timestamp: int) -> None:
    rpc = make_rpc(NodeSettings(timestamp=timestamp))
    rpc.request("evm_mine")
    assert 0 < rpc.engine.block(1).timestamp - timestamp < 100
    rpc.request("evm_increaseTime", [1_000])
    rpc.request("evm_mine")
    assert 1_000 <= rpc.engine.block(2).timestamp - timestamp < 1_100
    rpc.request("evm_setNextBlockTimestamp", [timestamp + 5_000])
    rpc.request("evm_increaseTime", [1_000])
    rpc.request("evm_mine")
    assert rpc.engine.block(3).timestamp == timestamp + 5_000


def test_settings_reach_the_chain() -> None:
    rpc = make_rpc(NodeSettings(epoch=2, tip=0, create2_deployer=False))
    rpc.request("anvil_mine", ["0xa"])
    blocks = [rpc.request("eth_getBlockByNumber", [tag, False])["number"] for tag in ("safe", "finalized")]
    assert blocks == ["0x8", "0x6"]
    assert rpc.request("eth_maxPriorityFeePerGas") == "0x0"
    assert rpc.request("eth_getCode", [CREATE2_DEPLOYER, "latest"]) == "0x"
    assert len(make_rpc(NodeSettings()).request("eth_getCode", [CREATE2_DEPLOYER, "latest"])) > 2


def test_requests_of_any_size_are_taken_where_that_is_asked_for() -> None:
    limits = [Service(object.__new__(Rpc), limited=each).max_body for each in (True, False)]
    assert limits[0] == 64 << 20
    assert limits[1] > 1 << 60

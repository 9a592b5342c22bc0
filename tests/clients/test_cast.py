"""cast of Foundry: what it prints, and what it should have been."""

from __future__ import annotations

import json
import select
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data
from eth_utils import keccak, to_checksum_address
from foundry_tools import Foundry, program
from nodes import ALICE, BOB, CAROL, KEYS, STRANGER, Node, called, created
from seeing import Seeing

LEDGER = created(ALICE, 0)
BY_ALICE = ("--private-key", KEYS[0])
TRANSFER, MOVED = "transfer(address,uint256)(bool)", "Moved(address indexed,address indexed,uint256)"
BALANCE_OF = "balanceOf(address)(uint256)"
TYPED = {
    "types": {
        "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "chainId", "type": "uint256"}],
        "Order": [{"name": "maker", "type": "address"}, {"name": "amount", "type": "uint256"}],
    },
    "primaryType": "Order",
    "domain": {"name": "Ingot", "chainId": 31337},
    "message": {"maker": ALICE, "amount": 7},
}

Cast = Callable[[Node], Foundry]
Play = Callable[..., Any]


@pytest.fixture
def cast(tmp_path: Path) -> Cast:
    binary = program("cast")
    return lambda node: Foundry(binary, node, tmp_path, tmp_path, {})


def _deploy(tool: Foundry, artifact: Mapping[str, Any]) -> Any:
    return tool.read(
        *("send", *BY_ALICE, "--json", "--create"),
        *(artifact["bytecode"], "constructor(string,uint256)", "units", 1000),
    )


def _sent(receipt: Mapping[str, Any]) -> dict[str, Any]:
    kept = ("type", "status", "gasUsed", "blockNumber", "from", "to", "contractAddress")
    return {**{name: receipt.get(name) for name in kept}, "logs": len(receipt["logs"])}


def test_cast_sends_and_reads(play: Play, cast: Cast, artifacts: Mapping[str, Any]) -> None:
    def session(node: Node) -> dict[str, Any]:
        tool, see = cast(node), Seeing()
        see("chain", lambda: (tool("chain-id"), tool("block-number")))
        see("deployed", lambda: _sent(_deploy(tool, artifacts["Ledger"])))
        see("called", lambda: tool("call", LEDGER, BALANCE_OF, ALICE))
        moved = tool.read("send", *BY_ALICE, "--json", LEDGER, TRANSFER, STRANGER, 7)
        see("sent", lambda: _sent(moved))
        see(
            "sent by the node",
            lambda: _sent(tool.read("send", "--unlocked", "--from", BOB, "--json", STRANGER, "--value", 5)),
        )
        see(
            "legacy",
            lambda: _sent(tool.read("send", *BY_ALICE, "--legacy", "--json", STRANGER, "--value", 6)),
        )
        see("estimate", lambda: tool("estimate", "--from", ALICE, LEDGER, TRANSFER, STRANGER, 7))
        see(
            "access list",
            lambda: tool.read("access-list", "--json", "--from", ALICE, LEDGER, TRANSFER, STRANGER, 7),
        )
        see(
            "logs",
            lambda: [
                (each["topics"], each["data"], each["blockNumber"])
                for each in tool.read("logs", "--json", "--from-block", 0, "--address", LEDGER, MOVED, ALICE)
            ],
        )
        see(
            "no logs", lambda: tool.read("logs", "--json", "--from-block", 0, "--address", LEDGER, MOVED, BOB)
        )
        see(
            "receipt",
            lambda: (
                tool("receipt", moved["transactionHash"], "status"),
                _sent(tool.read("receipt", "--json", moved["transactionHash"])) == _sent(moved),
            ),
        )
        see(
            "transaction",
            lambda: {
                name: tool("tx", moved["transactionHash"], name) for name in ("nonce", "from", "to", "input")
            },
        )
        see(
            "its bytes",
            lambda: (
                "0x" + keccak(hexstr=tool("tx", moved["transactionHash"], "--raw")).hex()
                == moved["transactionHash"]
            ),
        )
        see("block", lambda: [tool("block", 2, "-f", name) for name in ("number", "gasUsed", "gasLimit")])
        see(
            "its transactions",
            lambda: tool.read("block", 2, "--json")["transactions"] == [moved["transactionHash"]],
        )
        see(
            "balance",
            lambda: (
                tool("balance", STRANGER),
                tool("balance", "--ether", CAROL),
                tool("balance", "-B", 2, STRANGER),
            ),
        )
        see("nonce", lambda: (tool("nonce", ALICE), tool("nonce", "-B", 1, ALICE)))
        see("storage", lambda: tool("storage", LEDGER, 2))
        see("code", lambda: (tool("code", LEDGER), tool("codesize", LEDGER), tool("codehash", LEDGER)))
        see(
            "proof",
            lambda: [
                (each["value"], each["proof"]) for each in tool.read("proof", LEDGER, 2)["storageProof"]
            ],
        )
        see(
            "storage root",
            lambda: tool("storage-root", LEDGER) == tool.read("proof", LEDGER, 2)["storageHash"],
        )
        see("fees", lambda: (int(tool("gas-price")), int(tool("base-fee"))))
        see(
            "overridden",
            lambda: tool("call", LEDGER, "balance()(uint256)", "--override-state-diff", f"{LEDGER}:0x3:0x63"),
        )
        return see.seen

    played = play(session)
    gas = played["sent"]["gasUsed"]
    assert played["chain"] == ("31337", "0")
    usual = {"type": "0x2", "status": "0x1", "from": ALICE.lower(), "contractAddress": None, "logs": 0}
    deployed = {**usual, "blockNumber": "0x1", "to": None, "contractAddress": LEDGER.lower()}
    assert played["deployed"] == {**deployed, "gasUsed": played["deployed"]["gasUsed"]}
    assert played["called"] == "1000"
    assert played["sent"] == {**usual, "gasUsed": gas, "blockNumber": "0x2", "to": LEDGER.lower(), "logs": 1}
    plain = {**usual, "gasUsed": "0x5208", "to": STRANGER.lower()}
    assert played["sent by the node"] == {**plain, "blockNumber": "0x3", "from": BOB.lower()}
    assert played["legacy"] == {**plain, "blockNumber": "0x4", "type": "0x0"}
    assert int(played["estimate"]) == int(gas, 16) - 17_100, (
        "the slot of the balance is not new any more (EIP-2200)"
    )
    assert played["access list"]["accessList"][0]["address"] == LEDGER.lower()
    topics = ["0x" + keccak(text="Moved(address,address,uint256)").hex()]
    topics += ["0x" + bytes(12).hex() + each[2:].lower() for each in (ALICE, STRANGER)]
    assert played["logs"] == [(topics, f"0x{7:064x}", "0x2")]
    assert played["no logs"] == []
    assert played["receipt"] == ("true", True)
    calldata = called("transfer(address,uint256)", STRANGER, 7)
    assert played["transaction"] == {
        "nonce": "1",
        "from": ALICE,
        "to": LEDGER,
        "input": calldata,
    }
    assert played["its bytes"] is played["its transactions"] is played["storage root"] is True
    assert played["block"] == ["2", str(int(gas, 16)), "30000000"]
    assert played["balance"] == ("11", "10000.000000000000000000", "0")
    assert played["nonce"] == ("3", "1")
    assert int(played["storage"], 16) == 7
    runtime = artifacts["Ledger"]["runtime"]
    assert played["code"] == (runtime, str(len(runtime) // 2 - 1), "0x" + keccak(hexstr=runtime).hex())
    assert played["proof"][0][0] == "0x7"
    base_fee = int(played.node.ask("eth_getBlockByNumber", "latest", False)["baseFeePerGas"], 16)
    assert played["fees"] == (played.node.number("eth_gasPrice"), base_fee)
    assert played["overridden"] == "99"


def test_cast_sends_blobs(play: Play, cast: Cast, tmp_path: Path) -> None:
    message = tmp_path / "message"
    message.write_text("good morning")

    def session(node: Node) -> dict[str, Any]:
        tool, see = cast(node), Seeing()
        for proofs, words in (("of its cells", ()), ("of the blob", ("--eip4844",))):
            sent = tool.read(
                *("send", *BY_ALICE, "--json", "--blob", *words, "--path", message),
                *("--blob-gas-price", 10**9, STRANGER, "--value", 5),
            )
            see(proofs, lambda sent=sent: {**_sent(sent), "blobGasUsed": sent["blobGasUsed"]})
            raw = tool("tx", sent["transactionHash"], "--raw")
            see(
                f"{proofs}: its bytes",
                lambda raw=raw, sent=sent: "0x" + keccak(hexstr=raw).hex() == sent["transactionHash"],
            )
        return see.seen

    played = play(session)
    for block, proofs in enumerate(("of its cells", "of the blob"), start=1):
        assert played[f"{proofs}: its bytes"] is True
        assert played[proofs] == {
            "type": "0x3",
            "status": "0x1",
            "gasUsed": "0x5208",
            "blockNumber": hex(block),
            "from": ALICE.lower(),
            "to": STRANGER.lower(),
            "contractAddress": None,
            "logs": 0,
            "blobGasUsed": "0x20000",
        }


def test_cast_signs_and_publishes(play: Play, cast: Cast, tmp_path: Path) -> None:
    def session(node: Node) -> dict[str, Any]:
        tool, see = cast(node), Seeing()
        document = tmp_path / "typed.json"
        document.write_text(json.dumps(TYPED))
        signature = see(
            "typed data", lambda: tool("wallet", "sign", *BY_ALICE, "--data", "--from-file", document)
        )
        see(
            "typed data by the node",
            lambda: tool.read("rpc", "eth_signTypedData_v4", ALICE, json.dumps(TYPED)),
        )
        see(
            "verified",
            lambda: (
                "succeeded"
                in tool("wallet", "verify", "--data", "--from-file", "--address", ALICE, document, signature)
            ),
        )
        see(
            "refused",
            lambda: (
                "failed"
                in tool.refused(
                    "wallet", "verify", "--data", "--from-file", "--address", BOB, document, signature
                )
            ),
        )
        see(
            "message by the node",
            lambda: tool.read("rpc", "personal_sign", "0x" + b"good morning".hex(), ALICE),
        )
        raw = tool("mktx", *BY_ALICE, STRANGER, "--value", 5)
        see("published", lambda: _sent(tool.read("publish", raw)))
        see("published again", lambda: "nonce too low" in tool.refused("publish", raw))
        raw = tool("mktx", *BY_ALICE, STRANGER, "--value", 5)
        see(
            "published and not waited for",
            lambda: tool("publish", "--async", raw) == "0x" + keccak(hexstr=raw).hex(),
        )
        see(
            "delegated",
            lambda: _sent(
                tool.read(
                    "send",
                    *BY_ALICE,
                    "--json",
                    "--auth",
                    tool("wallet", "sign-auth", LEDGER, "--private-key", KEYS[2]),
                    STRANGER,
                )
            )["type"],
        )
        see("delegation", lambda: tool("code", CAROL))
        return see.seen

    played = play(session)
    typed = Account.sign_message(encode_typed_data(full_message=TYPED), KEYS[0])
    assert played["typed data"] == played["typed data by the node"] == "0x" + bytes(typed.signature).hex()
    assert played["verified"] is played["refused"] is True
    message = Account.sign_message(encode_defunct(text="good morning"), KEYS[0])
    assert played["message by the node"] == "0x" + bytes(message.signature).hex()
    assert played["published"] == {
        "type": "0x2",
        "status": "0x1",
        "gasUsed": "0x5208",
        "blockNumber": "0x1",
        "logs": 0,
        "from": ALICE.lower(),
        "to": STRANGER.lower(),
        "contractAddress": None,
    }
    assert played["published again"] is played["published and not waited for"] is True
    assert (played["delegated"], played["delegation"]) == ("0x4", "0xef0100" + LEDGER[2:].lower())
    assert played.node.number("eth_getBalance", STRANGER, "latest") == 10


def test_cast_traces_and_says_what_failed(play: Play, cast: Cast, artifacts: Mapping[str, Any]) -> None:
    lacking = called("Lacking(address,uint256,uint256)", ALICE, 993, 10**6)

    def session(node: Node) -> dict[str, Any]:
        tool, see = cast(node), Seeing()
        _deploy(tool, artifacts["Ledger"])
        failing = tool.read("send", *BY_ALICE, "--json", "--create", artifacts["Failing"]["bytecode"])[
            "contractAddress"
        ]
        see("failing", lambda: to_checksum_address(failing))
        caught = tool.read("send", *BY_ALICE, "--json", failing, "caught(address)", LEDGER)
        made = tool.read("send", *BY_ALICE, "--json", LEDGER, TRANSFER, STRANGER, 7)
        for name, receipt in (("transfer", made), ("failure inside", caught)):
            see(f"{name}: run again", lambda sent=receipt: tool("run", sent["transactionHash"]))
            see(
                f"{name}: gas",
                lambda sent=receipt: (
                    f"Gas used: {int(sent['gasUsed'], 16)}" in tool("run", "--quick", sent["transactionHash"])
                ),
            )
        see("traced call", lambda: tool("call", "--trace", "--from", ALICE, LEDGER, TRANSFER, STRANGER, 7))
        see(
            "error",
            lambda: lacking in tool.refused("call", "--from", ALICE, LEDGER, TRANSFER, STRANGER, 10**6),
        )
        see("revert string", lambda: tool.refused("call", failing, "withString()"))
        see("panic", lambda: tool.refused("call", failing, "withOverflow()"))
        see(
            "error of a transaction",
            lambda: lacking in tool.refused("send", *BY_ALICE, LEDGER, TRANSFER, STRANGER, 10**6),
        )
        mined = tool.read(
            "send", *BY_ALICE, "--json", "--gas-limit", 100_000, LEDGER, TRANSFER, STRANGER, 10**6
        )
        see("status of what failed", lambda: mined["status"])
        see(
            "calls",
            lambda: tool.read(
                "rpc", "debug_traceTransaction", caught["transactionHash"], '{"tracer": "callTracer"}'
            )["calls"][0]["error"],
        )
        return see.seen

    played = play(session)
    for name in ("transfer: run again", "traced call"):
        assert f"{LEDGER}::transfer({STRANGER}, 7)" in played[name]
        assert "topic 0: 0x" + keccak(text="Moved(address,address,uint256)").hex() in played[name]
        assert "Transaction successfully executed." in played[name]
    assert "::" + called("caught(address)", LEDGER)[2:10] in played["failure inside: run again"]
    assert f"::transfer({played['failing']}, 1)" in played["failure inside: run again"]
    assert "[Revert]" in played["failure inside: run again"]
    assert played["transfer: gas"] is played["failure inside: gas"] is True
    assert played["error"] is played["error of a transaction"] is True
    assert "execution reverted: too late" in played["revert string"]
    assert called("Panic(uint256)", 0x11) in played["panic"]
    assert (played["status of what failed"], played["calls"]) == ("0x0", "execution reverted")


def test_cast_speaks_over_every_wire(play: Play, cast: Cast, artifacts: Mapping[str, Any]) -> None:
    def session(node: Node) -> dict[str, Any]:
        tool, see = cast(node), Seeing()
        _deploy(tool, artifacts["Ledger"])
        for wire, url in (("ws", node.ws), ("ipc", node.ipc)):
            see(f"{wire}: block", lambda url=url: tool("block-number", "-r", url))
            see(f"{wire}: call", lambda url=url: tool("call", "-r", url, LEDGER, BALANCE_OF, ALICE))
            see(
                f"{wire}: sent",
                lambda url=url: tool.read(
                    "send", "-r", url, *BY_ALICE, "--json", LEDGER, TRANSFER, STRANGER, 1
                )["status"],
            )
            see(f"{wire}: rpc", lambda url=url: tool.read("rpc", "-r", url, "eth_chainId"))
        see("subscribed", lambda: _first_log(tool, node))
        return see.seen

    played = play(session)
    for wire, height in (("ws", "1"), ("ipc", "2")):
        assert played[f"{wire}: block"] == height
        assert played[f"{wire}: call"] == str(1000 - int(height) + 1)
        assert (played[f"{wire}: sent"], played[f"{wire}: rpc"]) == ("0x1", "0x7a69")
    assert played["subscribed"] == f"data: 0x{9:064x}"


def _first_log(tool: Foundry, node: Node) -> str:
    """The data of the first log that `cast logs --subscribe` prints. It never says when it listens, so logs are made until it does."""
    words = [str(tool.binary), "logs", "--subscribe", "-r", node.ws, "--address", LEDGER]
    wanted = {"from": ALICE, "to": LEDGER, "data": called("transfer(address,uint256)", STRANGER, 9)}
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, text=True, env={"HOME": str(tool.home)}
    ) as listening:
        out = listening.stdout
        assert out is not None
        try:
            for _ in range(100):
                assert listening.poll() is None, "it ended by itself"
                node.ask("eth_sendTransaction", wanted)
                if select.select([out], [], [], 0.1)[0]:
                    return next(line.strip() for line in out if "data:" in line)
            raise AssertionError("it heard of nothing")
        finally:
            listening.kill()

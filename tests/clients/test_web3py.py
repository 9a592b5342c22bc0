"""web3.py 7: what it sees over HTTP and IPC, and what that should have been."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import keccak
from nodes import ALICE, BOB, CAROL, KEYS, STRANGER, Node, called, created
from seeing import Seeing
from web3 import HTTPProvider, IPCProvider, Web3
from web3.exceptions import (
    ContractCustomError,
    ContractLogicError,
    ContractPanicError,
    TransactionNotFound,
    Web3RPCError,
)
from web3.middleware import SignAndSendRawMiddlewareBuilder
from web3_tools import deployed, moves

LEDGER = created(ALICE, 0)
ORDER = [{"name": "maker", "type": "address"}, {"name": "amount", "type": "uint256"}]

Play = Callable[..., Any]
Artifacts = Mapping[str, Any]


def kind_of(call: Callable[[], Any]) -> tuple[str, Any]:
    """The exception's name and data of a call that fails."""
    try:
        call()
    except (
        ContractCustomError,
        ContractLogicError,
        ContractPanicError,
        Web3RPCError,
        TransactionNotFound,
    ) as error:
        return type(error).__name__, getattr(error, "data", None)
    raise AssertionError("it did not fail")


def test_web3_deploys_sends_and_reads(play: Play, artifacts: Artifacts) -> None:
    def session(node: Node) -> dict[str, Any]:
        w3, see = Web3(HTTPProvider(node.url)), Seeing()
        ledger = deployed(w3, artifacts["Ledger"], "units", 1000)
        blocks, watched = w3.eth.filter("latest"), ledger.events.Moved.create_filter(from_block="latest")
        see("address", lambda: ledger.address)
        see("code", lambda: w3.eth.get_code(ledger.address).to_0x_hex())
        see("called", lambda: (ledger.functions.name().call(), ledger.functions.balanceOf(ALICE).call()))
        see("estimate", lambda: ledger.functions.transfer(STRANGER, 7).estimate_gas({"from": ALICE}))
        receipt = w3.eth.wait_for_transaction_receipt(
            ledger.functions.transfer(STRANGER, 7).transact({"from": ALICE})
        )
        see(
            "receipt",
            lambda: {
                name: receipt[name] for name in ("status", "blockNumber", "from", "to", "type", "gasUsed")
            },
        )
        see("events of the receipt", lambda: moves(ledger.events.Moved().process_receipt(receipt)))
        see(
            "logs",
            lambda: moves(ledger.events.Moved().get_logs(from_block=0, argument_filters={"to": STRANGER})),
        )
        see(
            "no logs",
            lambda: moves(ledger.events.Moved().get_logs(from_block=0, argument_filters={"to": BOB})),
        )
        see("new events", lambda: (moves(watched.get_new_entries()), watched.get_new_entries()))
        see("new blocks", lambda: blocks.get_new_entries() == [receipt["blockHash"]])
        see("as it was before", lambda: ledger.functions.balanceOf(STRANGER).call(block_identifier=1))
        see(
            "overridden",
            lambda: ledger.functions.balance().call(
                state_override={ledger.address: {"stateDiff": {f"0x{3:064x}": f"0x{99:064x}"}}}
            ),
        )
        see("storage", lambda: int.from_bytes(w3.eth.get_storage_at(ledger.address, 2)))
        see(
            "transaction",
            lambda: {
                name: w3.eth.get_transaction(receipt["transactionHash"])[name]
                for name in ("nonce", "from", "to", "blockNumber")
            },
        )
        with w3.batch_requests() as batch:
            for number in range(3):
                batch.add(w3.eth.get_block(number))
            batch.add(ledger.functions.balanceOf(STRANGER))
            *found, balance = batch.execute()
        see("a batch", lambda: ([each["number"] for each in found], balance))
        see(
            "receipts of a block",
            lambda: [
                each["transactionHash"] == receipt["transactionHash"] for each in w3.eth.get_block_receipts(2)
            ],
        )
        see(
            "proof",
            lambda: w3.eth.get_proof(ledger.address, [f"0x{2:064x}"])["storageProof"][0]["value"].to_0x_hex(),
        )
        see(
            "access list",
            lambda: len(
                w3.eth.create_access_list(
                    ledger.functions.transfer(BOB, 1).build_transaction({"from": ALICE, "gas": 100_000})
                )["accessList"][0]["storageKeys"]
            ),
        )
        see(
            "simulated",
            lambda: [
                (block["number"], [call["status"] for call in block["calls"]])
                for block in w3.eth.simulate_v1(
                    {"blockStateCalls": [{"calls": [{"from": ALICE, "to": STRANGER, "value": 1}]}]}, "latest"
                )
            ],
        )
        see("fees", lambda: (w3.eth.max_priority_fee, len(w3.eth.fee_history(2, "latest", [50])["reward"])))
        return see.seen

    played = play(session)
    assert played["address"] == LEDGER
    assert played["code"] == artifacts["Ledger"]["runtime"]
    assert played["called"] == ("units", 1000)
    gas = played["receipt"]["gasUsed"]
    assert played["receipt"] == {
        "status": 1,
        "blockNumber": 2,
        "from": ALICE,
        "to": LEDGER,
        "type": 2,
        "gasUsed": gas,
    }
    assert (
        played["estimate"] == gas == int(played.node.ask("eth_getBlockByNumber", "0x2", False)["gasUsed"], 16)
    )
    moved = [(ALICE, STRANGER, 7, 2)]
    assert played["events of the receipt"] == played["logs"] == moved
    assert played["no logs"] == []
    assert (played["new events"], played["new blocks"]) == ((moved, []), True)
    assert (played["as it was before"], played["overridden"], played["storage"]) == (0, 99, 7)
    assert played["transaction"] == {"nonce": 1, "from": ALICE, "to": LEDGER, "blockNumber": 2}
    assert played["a batch"] == ([0, 1, 2], 7)
    assert played["receipts of a block"] == [True]
    assert int(played["proof"], 16) == 7
    assert played["access list"] == 2
    assert played["simulated"] == [(3, [1])]
    assert played["fees"] == (10**9, 2)


def test_web3_signs_and_sends_raw_transactions(play: Play, artifacts: Artifacts) -> None:
    account = Account.from_key(KEYS[2])

    def session(node: Node) -> dict[str, Any]:
        w3, see = Web3(HTTPProvider(node.url)), Seeing()
        greeter = deployed(w3, artifacts["Greeter"])
        usual = {"to": STRANGER, "value": 5, "gas": 100_000, "chainId": w3.eth.chain_id}
        fees = {"maxFeePerGas": 10**10, "maxPriorityFeePerGas": 10**9}
        authorization = Account.from_key(KEYS[1]).sign_authorization(
            {"chainId": 31337, "address": greeter.address, "nonce": 0}
        )
        for kind, fields in enumerate(
            (
                {"gasPrice": 10**10},
                {
                    "gasPrice": 10**10,
                    "accessList": [{"address": STRANGER, "storageKeys": [f"0x{1:064x}"]}],
                    "type": 1,
                },
                fees,
                {**fees, "authorizationList": [authorization]},
            )
        ):
            signed = account.sign_transaction({**usual, **fields, "nonce": kind})
            sent = see(
                f"hash {kind}",
                lambda raw=signed.raw_transaction: w3.eth.send_raw_transaction(raw).to_0x_hex(),
            )
            receipt = w3.eth.wait_for_transaction_receipt(sent)
            see(f"receipt {kind}", lambda got=receipt: (got["status"], got["type"], got["from"]))
            see(
                f"raw {kind}",
                lambda sent=sent, raw=signed.raw_transaction: w3.eth.get_raw_transaction(sent) == raw,
            )
        see("delegated", lambda: w3.eth.get_code(BOB).to_0x_hex())
        document = {
            "domain": {"name": "Ingot"},
            "primaryType": "Order",
            "message": {"maker": CAROL, "amount": 7},
        }
        document["types"] = {"EIP712Domain": [{"name": "name", "type": "string"}], "Order": ORDER}  # type: ignore[assignment]
        see("typed data by the node", lambda: w3.eth.sign_typed_data(CAROL, document).to_0x_hex())
        w3.middleware_onion.inject(SignAndSendRawMiddlewareBuilder.build(account), layer=0)
        sent = w3.eth.send_transaction({"from": account.address, "to": STRANGER, "value": 5})
        see("signed by a middleware", lambda: w3.eth.wait_for_transaction_receipt(sent)["status"])
        see("sum", lambda: w3.eth.get_balance(STRANGER))
        return see.seen

    played = play(session)
    for kind, number in enumerate((0, 1, 2, 4)):
        assert played[f"receipt {kind}"] == (1, number, CAROL)
        assert played[f"raw {kind}"] is True
    assert played["delegated"] == "0xef0100" + created(ALICE, 0)[2:].lower()
    typed = encode_typed_data({"name": "Ingot"}, {"Order": ORDER}, {"maker": CAROL, "amount": 7})
    assert played["typed data by the node"] == "0x" + bytes(account.sign_message(typed).signature).hex()
    assert (played["signed by a middleware"], played["sum"]) == (1, 25)


def test_web3_sends_blobs(play: Play, blob: Mapping[str, str]) -> None:
    def session(node: Node) -> dict[str, Any]:
        w3, see = Web3(HTTPProvider(node.url)), Seeing()
        fields = {
            "type": 3,
            "nonce": 0,
            "to": STRANGER,
            "value": 5,
            "gas": 21_000,
            "chainId": w3.eth.chain_id,
        }
        fees = {"maxFeePerGas": 10**10, "maxPriorityFeePerGas": 10**9, "maxFeePerBlobGas": 10**9}
        data = bytes.fromhex(blob["data"][2:])
        signed = Account.from_key(KEYS[0]).sign_transaction({**fields, **fees}, blobs=[data])
        receipt = w3.eth.wait_for_transaction_receipt(w3.eth.send_raw_transaction(signed.raw_transaction))
        see("receipt", lambda: [receipt[name] for name in ("status", "type", "blobGasUsed", "blobGasPrice")])
        found = w3.eth.get_transaction(receipt["transactionHash"])
        see("hashes", lambda: [each.to_0x_hex() for each in found["blobVersionedHashes"]])
        raw = w3.eth.get_raw_transaction(receipt["transactionHash"])
        see("its bytes", lambda: "0x" + keccak(raw).hex() == receipt["transactionHash"].to_0x_hex())
        return see.seen

    played = play(session)
    assert played["receipt"] == [1, 3, 131_072, 1]
    assert played["hashes"] == [blob["versionedHash"]]
    assert played["its bytes"] is True


def test_web3_has_its_own_exceptions_for_what_goes_wrong(play: Play, artifacts: Artifacts) -> None:
    def session(node: Node) -> dict[str, Any]:
        w3, see = Web3(HTTPProvider(node.url)), Seeing()
        ledger, failing = deployed(w3, artifacts["Ledger"], "units", 1000), deployed(w3, artifacts["Failing"])
        for name in ("withString", "withNothing", "withBare", "withAssert", "withIndex"):
            see(name, lambda name=name: kind_of(failing.functions[name]().call))
        see("fields", lambda: kind_of(ledger.functions.transfer(BOB, 10**6).call))
        see(
            "estimate",
            lambda: kind_of(lambda: ledger.functions.transfer(BOB, 10**6).estimate_gas({"from": ALICE})),
        )
        see("send", lambda: kind_of(lambda: ledger.functions.transfer(BOB, 10**6).transact({"from": ALICE})))
        see(
            "poor",
            lambda: kind_of(lambda: w3.eth.send_transaction({"from": ALICE, "to": BOB, "value": 10**30}))[0],
        )
        see("nothing there", lambda: kind_of(lambda: w3.eth.get_transaction("0x" + "12" * 32))[0])
        see("unknown", lambda: kind_of(lambda: w3.manager.request_blocking("eth_nonsense", []))[0])
        caught = w3.eth.wait_for_transaction_receipt(
            failing.functions.caught(ledger.address).transact({"from": ALICE})
        )
        see(
            "traced",
            lambda: [
                (each["type"], each.get("error"))
                for each in w3.tracing.trace_transaction(caught["transactionHash"])
            ],
        )
        see(
            "calls",
            lambda: w3.manager.request_blocking(
                "debug_traceTransaction", [caught["transactionHash"], {"tracer": "callTracer"}]
            )["calls"][0]["error"],
        )
        return see.seen

    played = play(session)
    for name, kind, data in (
        ("withString", "ContractLogicError", called("Error(string)", "too late")),
        ("withNothing", "ContractLogicError", "0x"),
        ("withBare", "ContractCustomError", called("Bare()")),
        ("withAssert", "ContractPanicError", called("Panic(uint256)", 1)),
        ("withIndex", "ContractPanicError", called("Panic(uint256)", 0x32)),
        (
            "fields",
            "ContractCustomError",
            called("Lacking(address,uint256,uint256)", "0x" + "00" * 20, 0, 10**6),
        ),
        ("estimate", "ContractCustomError", called("Lacking(address,uint256,uint256)", ALICE, 1000, 10**6)),
        ("send", "ContractCustomError", called("Lacking(address,uint256,uint256)", ALICE, 1000, 10**6)),
    ):
        assert tuple(played[name]) == (kind, data), name
    assert played["poor"] == "Web3RPCError"
    assert played["nothing there"] == "TransactionNotFound"
    assert played["unknown"] == "MethodUnavailable"
    assert played["traced"] == [("call", None), ("call", "Reverted")]
    assert played["calls"] == "execution reverted"


def test_web3_asks_over_ipc(play: Play) -> None:
    def session(node: Node) -> dict[str, Any]:
        provider, see = IPCProvider(node.ipc), Seeing()
        w3 = Web3(provider)
        sent = w3.eth.send_transaction({"from": ALICE, "to": STRANGER, "value": 5})
        see("status", lambda: w3.eth.wait_for_transaction_receipt(sent)["status"])
        see("balance", lambda: w3.eth.get_balance(STRANGER))
        provider._socket.sock.close()  # web3 leaves it open
        return see.seen

    played = play(session)
    assert (played["status"], played["balance"]) == (1, 5)
    assert played.node.number("eth_getBalance", STRANGER, "latest") == 5

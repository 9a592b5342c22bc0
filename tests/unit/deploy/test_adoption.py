"""What other tools write about their deployments, and what of it is taken over."""

import json

import pytest

from ingot.deploy.adoption import read_sources
from ingot.errors import UsageError

TOKEN = "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"
VAULT = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
HASH = "0x" + "c1" * 32


def forge(**changes):
    """As `forge script --broadcast` 1.7 writes it, shortened."""
    created = {
        "hash": HASH,
        "transactionType": "CREATE",
        "contractName": "Token",
        "contractAddress": TOKEN.lower(),
        "function": None,
        "arguments": ["gold", "1000"],
        "transaction": {"from": "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266", "to": None, "nonce": "0x1"},
        "additionalContracts": [],
    }
    called = {
        **created,
        "hash": "0x" + "c2" * 32,
        "transactionType": "CALL",
        "function": "mint(address,uint256)",
    }
    lost = {**created, "hash": "0x" + "c3" * 32, "contractName": "Lost"}
    receipts = [{"transactionHash": each["hash"], "status": "0x1"} for each in (created, called)]
    return {
        "transactions": [created, called, {**created}, lost],
        "receipts": receipts,
        "chain": 11155111,
        **changes,
    }


def test_forges_broadcast_is_read_creations_and_calls(tmp_path):
    path = tmp_path / "run-latest.json"
    path.write_text(json.dumps(forge()))
    found = read_sources([str(path)])
    assert [(each.step, each.contract, each.address) for each in found] == [
        ("Token", "Token", TOKEN),
        ("Token.mint", "", None),
        ("Token 2", "Token", TOKEN),
    ]
    assert {each.chain_id for each in found} == {11155111}
    assert found[0].hash == HASH


def test_a_broadcast_in_which_nothing_succeeded_is_told(tmp_path):
    path = tmp_path / "run-latest.json"
    path.write_text(json.dumps(forge(receipts=[])))
    with pytest.raises(UsageError, match="no transaction that succeeded"):
        read_sources([str(path)])


IGNITION = [
    {"chainId": 11155111, "type": "DEPLOYMENT_INITIALIZE"},
    {
        "artifactId": "Bank#Token",
        "contractName": "Token",
        "futureId": "Bank#Token",
        "type": "DEPLOYMENT_EXECUTION_STATE_INITIALIZE",
    },
    {"futureId": "Bank#Token", "networkInteraction": {}, "type": "NETWORK_INTERACTION_REQUEST"},
    {"futureId": "Bank#Token", "hash": HASH, "networkInteractionId": 1, "type": "TRANSACTION_CONFIRM"},
    {
        "futureId": "Bank#Token",
        "result": {"address": TOKEN, "type": "SUCCESS"},
        "type": "DEPLOYMENT_EXECUTION_STATE_COMPLETE",
    },
    {
        "contractAddress": TOKEN,
        "functionName": "mint",
        "futureId": "Bank#Token.mint",
        "type": "CALL_EXECUTION_STATE_INITIALIZE",
    },
    {
        "futureId": "Bank#Token.mint",
        "result": {"type": "SUCCESS"},
        "type": "CALL_EXECUTION_STATE_COMPLETE",
    },
    {
        "contractName": "Vault",
        "futureId": "Bank#Vault",
        "type": "DEPLOYMENT_EXECUTION_STATE_INITIALIZE",
    },
    {
        "futureId": "Bank#Vault",
        "result": {"type": "REVERTED_TRANSACTION"},
        "type": "DEPLOYMENT_EXECUTION_STATE_COMPLETE",
    },
]


def test_ignitions_journal_is_read(tmp_path):
    (tmp_path / "journal.jsonl").write_text("\n".join(map(json.dumps, IGNITION)))
    found = read_sources([str(tmp_path)])
    assert [(each.step, each.contract, each.address, each.hash) for each in found] == [
        ("Token", "Token", TOKEN, HASH),
        ("Token.mint", "", None, ""),
    ]
    assert found[0].chain_id == 11155111


@pytest.mark.parametrize("as_file", [True, False])
def test_ignitions_addresses_are_read_where_there_is_no_journal(tmp_path, as_file):
    folder = tmp_path / "chain-5"
    folder.mkdir()
    path = folder / "deployed_addresses.json"
    path.write_text(json.dumps({"Bank#Token": TOKEN, "Bank#Vault": VAULT}))
    found = read_sources([str(path if as_file else folder)])
    assert [(each.step, each.address, each.chain_id) for each in found] == [
        ("Token", TOKEN, 5),
        ("Vault", VAULT, 5),
    ]


def test_addresses_by_hand_name_their_step_and_contract():
    found = read_sources([f"gold:Token={TOKEN.lower()}", f"Vault={VAULT}"])
    assert [(each.step, each.contract, each.address) for each in found] == [
        ("gold", "Token", TOKEN),
        ("Vault", "Vault", VAULT),
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [("{", "no JSON"), ("[]", "neither a broadcast"), ('{"transactions": 5}', "neither a broadcast")],
)
def test_other_files_are_refused(tmp_path, content, says):
    path = tmp_path / "file.json"
    path.write_text(content)
    with pytest.raises(UsageError, match=says):
        read_sources([str(path)])


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(UsageError, match="neither journal"):
        read_sources([str(tmp_path)])

"""Surgery in the words of anvil, Hardhat and ganache, and what is odd about them; as seen at Hardhat 2.26 and ganache 7.9."""

import pytest
from scripted_node import RpcFault, ScriptedTransport

from ingot.accounts import Account
from ingot.errors import ProviderError
from ingot.remote import RemoteChain
from ingot.types import Address

KEY = bytes.fromhex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
ALICE = Address("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")
BOB = Address("0x70997970C51812dc3A010C7d01b50e0d17dc79C8")
BLOCK = {
    "number": "0x9", "hash": "0x" + "01" * 32, "gasLimit": "0x1c9c380", "baseFeePerGas": "0x1", "timestamp": "0x64",
    "gasUsed": "0x0", "transactions": [],
}  # fmt: skip
HASH = "0x" + "0a" * 32
SENT = {"from": ALICE, "nonce": "0x0", "gas": "0x5208", "input": "0x", "to": BOB}
RECEIPT = {
    "status": "0x0", "gasUsed": "0x5208", "cumulativeGasUsed": "0x5208", "logs": [], "blockNumber": "0xa",
    "blockHash": "0x" + "02" * 32, "transactionIndex": "0x0",
}  # fmt: skip
CLIENTS = {
    "anvil": "anvil/v1.7.1",
    "hardhat": "HardhatNetwork/2.26.3/@nomicfoundation/edr/0.3.5",
    "ganache": "Ganache/v7.9.2/EthereumJS TestRPC/v7.9.2/ethereum-js",
}


def transport_of(client, **results):
    known = {
        "eth_chainId": "0x5", "web3_clientVersion": CLIENTS[client], "eth_getBlockByNumber": BLOCK, "eth_estimateGas": "0x5208",
        "eth_getBalance": hex(10**18), "eth_getTransactionCount": "0x0", "eth_gasPrice": "0x9", "eth_maxPriorityFeePerGas": "0x1",
        "eth_feeHistory": {"baseFeePerGas": ["0x1"], "reward": []}, "eth_getTransactionByHash": SENT,
        "eth_getTransactionReceipt": RECEIPT, "evm_revert": True, "evm_snapshot": "0x1",
    }  # fmt: skip
    surgery = (
        "evm_mine", "evm_setNextBlockTimestamp", "evm_setTime", "evm_setAutomine", "miner_stop", "miner_start", "anvil_mine",
        "hardhat_mine", "evm_setAccountBalance", "evm_setAccountCode", "evm_setAccountNonce", "evm_setAccountStorageAt",
        "evm_addAccount", "personal_unlockAccount", *(f"{prefix}_{name}" for prefix in ("anvil", "hardhat") for name in (
            "setBalance", "setCode", "setNonce", "setStorageAt", "impersonateAccount")),
    )  # fmt: skip
    return ScriptedTransport({**dict.fromkeys(surgery), **known, **results})


OPERATIONS = {
    "balance": lambda chain: chain.set_balance(BOB, 5),
    "code": lambda chain: chain.set_code(BOB, b"\xfe"),
    "nonce": lambda chain: chain.set_nonce(BOB, 5),
    "storage": lambda chain: chain.set_storage(BOB, 1, 5),
    "time": lambda chain: chain.set_timestamp(1000),
    "automine": lambda chain: setattr(chain, "automine", False),
    "blocks": lambda chain: chain.mine(3),
    "impersonation": lambda chain: chain._surgery("it").impersonate(BOB),
}
WORD = "0x" + "00" * 31
SAID = {
    "anvil": {
        "balance": [("anvil_setBalance", [BOB, "0x5"])],
        "code": [("anvil_setCode", [BOB, "0xfe"])],
        "nonce": [("anvil_setNonce", [BOB, "0x5"])],
        "storage": [("anvil_setStorageAt", [BOB, "0x1", WORD + "05"])],
        "time": [("evm_setNextBlockTimestamp", [1000])],
        "automine": [("evm_setAutomine", [False])],
        "blocks": [("anvil_mine", ["0x3"])],
        "impersonation": [("anvil_impersonateAccount", [BOB])],
    },
    "ganache": {
        "balance": [("evm_setAccountBalance", [BOB, "0x5"])],
        "code": [("evm_setAccountCode", [BOB, "0xfe"])],
        "nonce": [("evm_setAccountNonce", [BOB, "0x5"])],
        "storage": [("evm_setAccountStorageAt", [BOB, WORD + "01", WORD + "05"])],
        "time": [("evm_setTime", [1_000_000])],
        "automine": [("miner_stop", [])],
        "blocks": [("evm_mine", [])] * 3,
        "impersonation": [("evm_addAccount", [BOB, ""]), ("personal_unlockAccount", [BOB, "", 0])],
    },
}
SAID["hardhat"] = {
    name: [(method.replace("anvil_", "hardhat_"), params) for method, params in calls]
    for name, calls in SAID["anvil"].items()
}


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_node_is_asked_in_its_own_words(client, operation):
    transport = transport_of(client)
    chain = RemoteChain(transport)
    assert chain.is_development
    transport.requests.clear()
    OPERATIONS[operation](chain)
    assert [(method, list(params)) for method, params in transport.requests] == SAID[client][operation]


def test_what_a_node_lacks_is_said_with_what_has_it():
    chain = RemoteChain(
        transport_of("hardhat", hardhat_setCode=RpcFault("Method hardhat_setCode not found", -32601))
    )
    with pytest.raises(ProviderError, match="does not offer hardhat_setCode: use anvil"):
        chain.set_code(BOB, b"\xfe")
    unknown = RemoteChain(transport_of("anvil", evm_revert=False))
    snapshot = unknown.snapshot()
    with pytest.raises(ProviderError, match="was used up"):
        unknown.restore(snapshot)


REVERTED = RpcFault(
    "Error: VM Exception while processing transaction: reverted with an unrecognized custom error", -32603,
    {"message": "...", "txHash": HASH, "data": "0x00"},
)  # fmt: skip


def test_hardhat_mines_a_failure_and_then_answers_with_an_error():
    transport = transport_of("hardhat", eth_sendRawTransaction=REVERTED, eth_sendTransaction=REVERTED)
    chain = RemoteChain(transport)
    chain.hold(Account.from_key(KEY, chain))
    assert not chain.send(sender=ALICE, to=BOB).succeeded  # signed
    assert chain.send(sender=BOB, to=ALICE).hash == bytes.fromhex(HASH[2:])  # unlocked


def test_a_failure_that_was_not_mined_is_a_refusal():
    transport = transport_of("hardhat", eth_sendRawTransaction=REVERTED, eth_getTransactionByHash=None)
    chain = RemoteChain(transport)
    chain.hold(Account.from_key(KEY, chain))
    with pytest.raises(ProviderError, match="unrecognized custom error"):
        chain.send(sender=ALICE, to=BOB)


@pytest.mark.parametrize(
    ("client", "tag"), [("anvil", "pending"), ("hardhat", "pending"), ("ganache", "latest")]
)
def test_ganaches_pending_state_is_not_asked(client, tag):
    transport = transport_of(client, eth_call="0x")
    chain = RemoteChain(transport)
    chain.call(to=BOB)
    chain.prepare(sender=ALICE, to=BOB)
    asked = {
        method: params[1]
        for method, params in transport.requests
        if method in ("eth_call", "eth_getBalance", "eth_estimateGas")
    }
    assert set(asked.values()) == {tag}
    assert len(asked) == 3

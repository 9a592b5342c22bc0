"""What web3.py's own tests want to find on a chain: its contracts, a transaction, a log. Each is made over web3.py itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from web3._utils.contract_sources.contract_data.emitter_contract import EMITTER_CONTRACT_DATA
from web3._utils.contract_sources.contract_data.math_contract import MATH_CONTRACT_DATA
from web3._utils.contract_sources.contract_data.offchain_lookup import OFFCHAIN_LOOKUP_DATA
from web3._utils.contract_sources.contract_data.panic_errors_contract import PANIC_ERRORS_CONTRACT_DATA
from web3._utils.contract_sources.contract_data.revert_contract import REVERT_CONTRACT_DATA
from web3._utils.contract_sources.contract_data.storage_contract import STORAGE_CONTRACT_DATA

CHAIN_ID = 131277322940537
"""The text web3py as a number, which is what the tests expect."""

KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
"""Of the first account of every development node."""

CONTRACTS = {
    "math": MATH_CONTRACT_DATA,
    "emitter": EMITTER_CONTRACT_DATA,
    "revert": REVERT_CONTRACT_DATA,
    "offchain_lookup": OFFCHAIN_LOOKUP_DATA,
    "panic_errors": PANIC_ERRORS_CONTRACT_DATA,
    "storage": STORAGE_CONTRACT_DATA,
}
LOG_DOUBLE_WITH_INDEX = 9


@dataclass(frozen=True)
class Prepared:
    """addresses: of the contracts. The others are block numbers and transaction hashes."""

    account: str
    addresses: dict[str, str]
    math_deployment: bytes
    empty_block: int
    block_with_transaction: int
    mined: bytes
    block_with_log: int
    logged: bytes


def prepare(w3: Any) -> Prepared:
    """Put it all on a fresh chain that mines at once."""
    account = w3.eth.accounts[0]
    addresses, deployments = {}, {}
    for name, data in CONTRACTS.items():
        sent = w3.eth.contract(**data).constructor().transact({"from": account})
        addresses[name], deployments[name] = w3.eth.get_transaction_receipt(sent)["contractAddress"], sent
    mined = w3.eth.send_transaction({"from": account, "to": account, "value": 1})
    emitter = w3.eth.contract(address=addresses["emitter"], abi=EMITTER_CONTRACT_DATA["abi"])
    logged = emitter.functions.logDouble(which=LOG_DOUBLE_WITH_INDEX, arg0=12345, arg1=54321).transact(
        {"from": account}
    )
    w3.provider.make_request("evm_mine", [])
    return Prepared(
        account=account,
        addresses=addresses,
        math_deployment=deployments["math"],
        empty_block=w3.eth.block_number,
        block_with_transaction=w3.eth.get_transaction_receipt(mined)["blockNumber"],
        mined=mined,
        block_with_log=w3.eth.get_transaction_receipt(logged)["blockNumber"],
        logged=logged,
    )

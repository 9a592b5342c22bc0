"""Contracts and events of web3.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eth_account import Account
from nodes import KEYS
from web3 import Web3

ALICE = Account.from_key(KEYS[0]).address


def deployed(w3: Web3, artifact: Mapping[str, Any], *given: object) -> Any:
    sent = (
        w3.eth.contract(abi=artifact["abi"], bytecode=artifact["bytecode"])
        .constructor(*given)
        .transact({"from": ALICE})
    )
    address = w3.eth.wait_for_transaction_receipt(sent)["contractAddress"]
    return w3.eth.contract(address=address, abi=artifact["abi"])


def moves(events: Any) -> list[tuple[Any, ...]]:
    return [
        (each["args"]["from"], each["args"]["to"], each["args"]["value"], each["blockNumber"])
        for each in events
    ]

"""Contracts as Python objects: `token.transfer(bob, 5, sender=alice)`."""

from ingot.contract.contract import BaseContract, Contract
from ingot.contract.deployer import BaseDeployer, Deployer
from ingot.contract.method import Method, TransactMethod, ViewMethod
from ingot.contract.overload import OverloadedMethod
from ingot.contract.request import PreparedTransaction
from ingot.receipt import Receipt

__all__ = [
    "BaseContract",
    "BaseDeployer",
    "Contract",
    "Deployer",
    "Method",
    "OverloadedMethod",
    "PreparedTransaction",
    "Receipt",
    "TransactMethod",
    "ViewMethod",
]

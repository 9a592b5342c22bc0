"""The deterministic CREATE2 deployer, for chains that lack it: through the transaction that everybody uses for it.

Its signature is made up, so that nobody has the key of its sender, and the deployer is at the same address on all chains.
Source: https://github.com/Arachnid/deterministic-deployment-proxy.
"""

from __future__ import annotations

from ingot.types import Address

__all__ = ["COST", "GAS_LIMIT", "GAS_PRICE", "PRESIGNED", "SIGNER"]

SIGNER = Address("0x3fAB184622Dc19b6109349B94811493BF2a45362")
GAS_LIMIT = 100_000
GAS_PRICE = 100 * 10**9
COST = GAS_LIMIT * GAS_PRICE
"""Wei that the sender has to have."""

PRESIGNED = bytes.fromhex(
    "f8a58085174876e800830186a08080b853604580600e600039806000f350fe7fffffffffffffffffffffffffffffffffffffff"
    "ffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf31ba0"
    "2222222222222222222222222222222222222222222222222222222222222222a02222222222222222222222222222222222222"
    "222222222222222222222222222"
)

"""What rollups charge beside gas: publishing the transaction's data on the chain below.

OP stack: a fee of its own, told by the predeployed GasPriceOracle. Arbitrum: part of the gas that is estimated.
Sources: https://docs.optimism.io/stack/transactions/fees, https://docs.arbitrum.io/how-arbitrum-works/gas-fees.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingot.abi import encode
from ingot.errors import ProviderError
from ingot.remote.quantity import bytes_of, hex_data
from ingot.types import Address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingot.remote.transaction import UnsignedTransaction
    from ingot.remote.transport import Transport

__all__ = ["GAS_PRICE_ORACLE", "data_fees"]

GAS_PRICE_ORACLE = Address("0x420000000000000000000000000000000000000F")
_GET_L1_FEE = bytes.fromhex("49948e0e")
"""getL1Fee(bytes): of an unsigned transaction, RLP-encoded; it adds the signature itself."""

_ENVELOPE = b"\xff" * 100
"""What a transaction holds beside its calldata: chain id, nonce, fees, gas limit, receiver, value, lengths. Bytes that
are not zero and not alike are the dearest; the fee is an estimate in any case, for it changes with the chain below."""


def data_fees(transport: Transport, transactions: Sequence[UnsignedTransaction], *, rollup: str) -> list[int]:
    """Wei for each, on top of gas; 0 where there is no such fee. In one exchange.

    rollup: "op", "arbitrum" or "", as `Network` has it.      Raises: ProviderError.
    """
    if rollup != "op":
        return [0] * len(transactions)
    answers = transport.batch(
        [
            (
                "eth_call",
                [
                    {"to": GAS_PRICE_ORACLE, "data": hex_data(_GET_L1_FEE + encode(["bytes"], [entry]))},
                    "latest",
                ],
            )
            for entry in (transaction.data + _ENVELOPE for transaction in transactions)
        ]
    )
    for answer in answers:
        if isinstance(answer, ProviderError):
            raise answer
    return [int.from_bytes(bytes_of(answer, "eth_call", size=32), "big") for answer in answers]

"""What rollups charge beside gas: publishing the transaction's data on the chain below.

OP stack: a fee of its own, told by the predeployed GasPriceOracle. Arbitrum: more gas, part of what its nodes estimate, and
told by the NodeInterface, which only nodes have.
Sources: https://docs.optimism.io/stack/transactions/fees, https://docs.arbitrum.io/how-arbitrum-works/gas-fees,
https://docs.arbitrum.io/arbitrum-essentials/nodeinterface/reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingot.abi import encode
from ingot.errors import ProviderError
from ingot.remote.quantity import bytes_of, hex_data
from ingot.types import ZERO_ADDRESS, Address

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingot.remote.transaction import UnsignedTransaction
    from ingot.remote.transport import Transport

__all__ = ["GAS_PRICE_ORACLE", "NODE_INTERFACE", "data_fees", "data_gas"]

GAS_PRICE_ORACLE = Address("0x420000000000000000000000000000000000000F")
_GET_L1_FEE = bytes.fromhex("49948e0e")
"""getL1Fee(bytes): of an unsigned transaction, RLP-encoded; it adds the signature itself."""

NODE_INTERFACE = Address("0x00000000000000000000000000000000000000C8")
_GAS_ESTIMATE_L1_COMPONENT = bytes.fromhex("77d488a2")
"""gasEstimateL1Component(address to, bool contractCreation, bytes data) -> (uint64 gas, uint256, uint256)."""

_ENVELOPE = b"\xff" * 100
"""What a transaction holds beside its calldata: chain id, nonce, fees, gas limit, receiver, value, lengths. Bytes that
are not zero and not alike are the dearest; the fee is an estimate in any case, for it changes with the chain below."""


def data_fees(transport: Transport, transactions: Sequence[UnsignedTransaction], *, rollup: str) -> list[int]:
    """Wei for each, on top of gas; 0 where there is no such fee. In one exchange.

    rollup: "op", "arbitrum" or "", as `Network` has it.      Raises: ProviderError.
    """
    if rollup != "op":
        return [0] * len(transactions)
    entries = [transaction.data + _ENVELOPE for transaction in transactions]
    asked = [_GET_L1_FEE + encode(["bytes"], [entry]) for entry in entries]
    return [_word(answer) for answer in _called(transport, GAS_PRICE_ORACLE, asked)]


def data_gas(transport: Transport, transactions: Sequence[tuple[Address | None, bytes]]) -> list[int]:
    """Gas that Arbitrum adds to each for its data: to whom (None: a creation), and calldata. In one exchange.

    Raises: ProviderError, also where the node has no NodeInterface.
    """
    types = ["address", "bool", "bytes"]
    asked = [
        _GAS_ESTIMATE_L1_COMPONENT + encode(types, [to or ZERO_ADDRESS, to is None, data])
        for to, data in transactions
    ]
    return [_word(answer) for answer in _called(transport, NODE_INTERFACE, asked)]


def _called(transport: Transport, target: Address, calls: Sequence[bytes]) -> list[bytes]:
    """What the view functions of a contract give. Raises: ProviderError, for the first that fails."""
    answers = transport.batch(
        [("eth_call", [{"to": target, "data": hex_data(call)}, "latest"]) for call in calls]
    )
    for answer in answers:
        if isinstance(answer, ProviderError):
            raise answer
    return [bytes_of(answer, "eth_call") for answer in answers]


def _word(data: bytes) -> int:
    """The first of what a function returned. Raises: ProviderError, if it returned less."""
    if len(data) < 32:
        raise ProviderError(f"eth_call gave {len(data)} bytes instead of a word", method="eth_call")
    return int.from_bytes(data[:32], "big")

"""What a node says of itself and its chain, asked once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingot.errors import ProviderError, WrongChain
from ingot.remote.quantity import bytes_of, field, number_of, object_of

if TYPE_CHECKING:
    from ingot.remote.network import Network
    from ingot.remote.transport import Transport

__all__ = ["Facts", "ask_facts"]

_BLOCK = "eth_getBlockByNumber"


@dataclass(frozen=True, slots=True)
class Facts:
    """client: program and version.      genesis_hash: empty where block 0 is not kept.
    has_base_fee: whether the chain has the fees of EIP-1559.      gas_limit: of its latest block.
    """

    chain_id: int
    client: str
    genesis_hash: bytes
    has_base_fee: bool
    gas_limit: int


def ask_facts(transport: Transport, network: Network | None) -> Facts:
    """In one exchange. Raises: WrongChain, if the node is not of the network that is meant; ProviderError."""
    chain_id, client, genesis, latest = transport.batch(
        [
            ("eth_chainId", []),
            ("web3_clientVersion", []),
            (_BLOCK, ["0x0", False]),
            (_BLOCK, ["latest", False]),
        ]
    )
    for answer in (chain_id, latest):
        if isinstance(answer, ProviderError):
            raise answer
    answered = number_of(chain_id, "eth_chainId")
    if network is not None and answered != network.chain_id:
        raise WrongChain(
            f"{transport.shown} is a node of chain {answered}, {network.choice} is chain {network.chain_id}: nothing was "
            f"sent. Use a node of {network.choice}, or name the other network",
            expected=network.chain_id,
            answered=answered,
        )
    return Facts(
        answered,
        str(client),
        bytes_of(field(genesis, "hash", _BLOCK), _BLOCK) if isinstance(genesis, dict) else b"",
        object_of(latest, _BLOCK).get("baseFeePerGas") is not None,
        number_of(field(latest, "gasLimit", _BLOCK), _BLOCK),
    )

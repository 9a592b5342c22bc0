"""net_, web3_, and what eth_ tells of the node itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.engine import keccak256
from ingot.rpc.method import Parameter, invalid, method
from ingot.rpc.parameters import ADDRESS, DATA, read_data

if TYPE_CHECKING:
    from ingot.accounts.account import Signature
    from ingot.rpc.rpc import Rpc


@method("net_version")
def net_version(rpc: Rpc) -> str:
    """The network's id, in decimal: the chain id."""
    return str(rpc.engine.chain_id)


@method("net_listening")
def net_listening(rpc: Rpc) -> bool:
    """Whether the node listens for others: it has none, and clients expect true."""
    return True


@method("net_peerCount")
def net_peer_count(rpc: Rpc) -> str:
    """How many nodes it is connected to: none."""
    return "0x0"


@method("web3_clientVersion")
def client_version(rpc: Rpc) -> str:
    """Name and version of the node."""
    return rpc.client_version


@method("web3_sha3", data=DATA)
def sha3(rpc: Rpc, data: bytes) -> str:
    """Keccak-256 of data."""
    return "0x" + keccak256(data).hex()


@method("eth_chainId", "eth_networkId")
def chain_id(rpc: Rpc) -> str:
    """EIP-155."""
    return hex(rpc.engine.chain_id)


@method("eth_protocolVersion")
def protocol_version(rpc: Rpc) -> str:
    """Of the wire protocol that a node would speak."""
    return "0x44"


@method("eth_syncing")
def syncing(rpc: Rpc) -> bool:
    """Whether the node is still behind: never."""
    return False


@method("eth_mining")
def mining(rpc: Rpc) -> bool:
    """Whether proof of work is going on: never, as since the merge."""
    return False


@method("eth_hashrate")
def hashrate(rpc: Rpc) -> str:
    """Hashes per second: none."""
    return "0x0"


@method("eth_coinbase")
def coinbase(rpc: Rpc) -> str:
    """Who gets the tips of the next blocks."""
    return rpc.engine.coinbase.lower()


@method("eth_accounts", "eth_requestAccounts")
def accounts(rpc: Rpc) -> list[str]:
    """The accounts whose keys are here."""
    return [account.address.lower() for account in rpc.chain.accounts]


# Signing


def _text(signature: Signature) -> str:
    return "0x" + bytes(signature).hex()


def _read_message(value: Any) -> bytes:
    if isinstance(value, str) and value[:2] == "0x":
        return read_data(value)
    if isinstance(value, str):
        return value.encode()
    raise ValueError("text or hex data was expected")


MESSAGE = Parameter(_read_message, "message")


@method("eth_sign", address=ADDRESS, message=DATA)
def sign(rpc: Rpc, address: bytes, message: bytes) -> str:
    """Sign a message (EIP-191) with a key that is here."""
    return _text(rpc.senders.keyed(address).sign_message(message))


@method("personal_sign", message=MESSAGE, address=ADDRESS)
def personal_sign(rpc: Rpc, message: bytes, address: bytes) -> str:
    """Sign a message (EIP-191) with a key that is here."""
    return _text(rpc.senders.keyed(address).sign_message(message))


def _read_typed_data(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        import json

        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise ValueError("typed data was expected, as an object or as its JSON") from None
    if not isinstance(value, dict):
        raise ValueError("typed data was expected, as an object or as its JSON")
    return value


TYPED_DATA = Parameter(_read_typed_data, "typed data")


@method("eth_signTypedData_v4", "eth_signTypedData", "eth_signTypedData_v3", address=ADDRESS, data=TYPED_DATA)
def sign_typed_data(rpc: Rpc, address: bytes, data: dict[str, Any]) -> str:
    """Sign typed data (EIP-712) with a key that is here."""
    account = rpc.senders.keyed(address)
    try:
        return _text(account.sign_message(data))
    except RecursionError:
        raise invalid("invalid argument 1: data: its types refer to themselves") from None


@method("rpc_modules")
def rpc_modules(rpc: Rpc) -> dict[str, str]:
    """The namespaces that are served."""
    return {name.partition("_")[0]: "1.0" for name in sorted(rpc.methods)}

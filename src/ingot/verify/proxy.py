"""Proxies: whose code answers behind an address. Source: EIP-1967; EIP-1167 for minimal clones."""

from __future__ import annotations

from dataclasses import dataclass

from ingot.conversion import to_address
from ingot.errors import ProviderError
from ingot.types import ZERO_ADDRESS, Address
from ingot.verify.node import Node

__all__ = ["Proxy", "find_proxy"]

IMPLEMENTATION_SLOT = 0x360894A13BA1A3210667C828492DB98DCA3E2076CC3735A920A3CA505D382BBC
ADMIN_SLOT = 0xB53127684A568B3173AE13B9F8A6016E243E63B6E8EE1178D6A717850B5D6103
BEACON_SLOT = 0xA3F0AD74E5423AEBFD80D3EF4346578335A9A72AEAEE59FF6CB3582B35133D50

_IMPLEMENTATION = bytes.fromhex("5c60da1b")  # implementation()
_CLONE_HEAD = bytes.fromhex("363d3d373d3d3d363d73")
_CLONE_TAIL = bytes.fromhex("5af43d82803e903d91602b57fd5bf3")


@dataclass(frozen=True, slots=True)
class Proxy:
    """kind: "ERC-1967", "beacon" or "ERC-1167 clone".

    beacon: the contract that names the implementation, or None.      admin: who may upgrade it, where it says so.
    """

    address: Address
    implementation: Address
    kind: str
    beacon: Address | None = None
    admin: Address | None = None


def find_proxy(node: Node, address: Address, code: bytes) -> Proxy | None:
    """What `address`, which has `code`, delegates to; None where it is no proxy of these kinds."""
    if code.startswith(_CLONE_HEAD) and code.endswith(_CLONE_TAIL) and len(code) == 45:
        return Proxy(address, to_address(code[10:30]), "ERC-1167 clone")
    implementation = to_address(node.storage(address, IMPLEMENTATION_SLOT)[12:])
    if implementation != ZERO_ADDRESS:
        admin = to_address(node.storage(address, ADMIN_SLOT)[12:])
        return Proxy(address, implementation, "ERC-1967", admin=None if admin == ZERO_ADDRESS else admin)
    beacon = to_address(node.storage(address, BEACON_SLOT)[12:])
    if beacon == ZERO_ADDRESS:
        return None
    try:
        answer = node.call(beacon, _IMPLEMENTATION)
    except ProviderError:
        return None
    return Proxy(address, to_address(answer[12:32]), "beacon", beacon) if len(answer) == 32 else None

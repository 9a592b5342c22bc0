"""What nodes for tests offer beyond a chain's own rules: anvil, Hardhat Network and ganache, each in its own words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingot.errors import ProviderError, UsageError
from ingot.remote.answer import is_unsupported
from ingot.remote.quantity import hex_data, quantity

if TYPE_CHECKING:
    from ingot.remote.transport import Transport
    from ingot.types import Address

__all__ = ["DevelopmentNode"]

_PREFIXES = {"anvil": "anvil", "ingot": "anvil", "hardhat": "hardhat"}
"""Of a node's own methods, by what its version begins with: `ingot node` speaks anvil's."""

_GANACHE = {
    "setBalance": "evm_setAccountBalance",
    "setCode": "evm_setAccountCode",
    "setNonce": "evm_setAccountNonce",
    "setStorageAt": "evm_setAccountStorageAt",
    "impersonateAccount": "evm_addAccount",
}


class DevelopmentNode:
    """Surgery on a node. Every method raises UsageError if the node is not one for tests."""

    def __init__(self, transport: Transport, client: str) -> None:
        self._transport = transport
        self._client = client
        name = client.lower()
        self._prefix = next((words for known, words in _PREFIXES.items() if name.startswith(known)), "evm")
        self._is_ganache = self._prefix == "evm"

    def _ask(self, method: str, *params: Any) -> Any:
        try:
            return self._transport.request(method, params)
        except ProviderError as error:
            if is_unsupported(error):
                raise ProviderError(
                    f"{self._client} does not offer {method}: use anvil, or the chain in this process",
                    method=method,
                    code=error.code,
                ) from error
            raise

    def _own(self, name: str, *params: Any) -> Any:
        method = _GANACHE.get(name, f"evm_{name}") if self._is_ganache else f"{self._prefix}_{name}"
        return self._ask(method, *params)

    # Blocks and time

    def mine(self, count: int, *, interval_s: int = 0) -> None:
        """Mine blocks, `interval_s` apart if given."""
        if self._is_ganache:
            for _ in range(count):
                self._ask("evm_mine")
        elif count == 1:
            self._ask("evm_mine")
        elif interval_s:
            self._own("mine", quantity(count), quantity(interval_s))
        else:
            self._own("mine", quantity(count))

    def set_next_timestamp(self, timestamp: int) -> None:
        """Of the next block, in seconds."""
        if self._is_ganache:
            self._ask("evm_setTime", 1000 * timestamp)
        else:
            self._ask("evm_setNextBlockTimestamp", timestamp)

    def set_automine(self, on: bool) -> None:
        """Whether each transaction gets its block at once."""
        if self._is_ganache:
            self._ask("miner_start" if on else "miner_stop")
        else:
            self._ask("evm_setAutomine", on)

    def snapshot(self) -> str:
        """Returns: what `revert` takes."""
        return str(self._ask("evm_snapshot"))

    def revert(self, snapshot: str) -> None:
        """Back to a snapshot, which is used up, later ones too. Raises: ProviderError, if it is not known."""
        if self._ask("evm_revert", snapshot) is not True:
            raise ProviderError(f"the node knows no snapshot {snapshot}: it was used up", method="evm_revert")

    # State

    def set_balance(self, address: Address, balance: int) -> None:
        """Wei."""
        self._own("setBalance", address, quantity(balance))

    def set_nonce(self, address: Address, nonce: int) -> None:
        """What its next transaction carries."""
        self._own("setNonce", address, quantity(nonce))

    def set_code(self, address: Address, code: bytes) -> None:
        """Runtime code."""
        self._own("setCode", address, hex_data(code))

    def set_storage(self, address: Address, slot: int, value: int) -> None:
        """The word at a slot."""
        key = hex_data(slot.to_bytes(32, "big")) if self._is_ganache else quantity(slot)
        self._own("setStorageAt", address, key, hex_data(value.to_bytes(32, "big")))

    def set_base_fee(self, fee: int) -> None:
        """Of the next block."""
        self._own("setNextBlockBaseFeePerGas", quantity(fee))

    def set_gas_limit(self, limit: int) -> None:
        """Of the next blocks."""
        self._ask("evm_setBlockGasLimit", quantity(limit))

    def set_coinbase(self, address: Address) -> None:
        """Of the next blocks."""
        self._own("setCoinbase", address)

    def impersonate(self, address: Address) -> None:
        """Let the node send what `address` sends."""
        self._own("impersonateAccount", *([address, ""] if self._is_ganache else [address]))
        if self._is_ganache:
            self._ask("personal_unlockAccount", address, "", 0)


def not_for_tests(client: str, wanted: str) -> UsageError:
    """A chain that others use has no surgery."""
    return UsageError(
        f"{wanted} needs a node for tests (`ingot node`, anvil, Hardhat, ganache); this one is {client}: use anvil, or the chain in "
        "this process"
    )

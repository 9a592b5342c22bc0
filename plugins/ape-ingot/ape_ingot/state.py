"""The provider's state: balances, code, storage, and the accounts that may send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eth_pydantic_types import HexBytes

from ape_ingot.accounts import IngotAccount
from ape_ingot.history import IngotHistory

if TYPE_CHECKING:
    from ape.api.accounts import TestAccountAPI
    from ape.types.address import AddressType
    from ape.types.vm import BlockID, ContractCode

__all__ = ["IngotState"]


class IngotState(IngotHistory):
    """What accounts have, now and after each block, and changing it without a transaction."""

    @property
    def auto_mine(self) -> bool:
        """Whether each transaction is mined at once."""
        return self.engine.automine

    @auto_mine.setter
    def auto_mine(self, value: bool) -> None:
        if not isinstance(value, bool):
            raise TypeError("Expecting bool-value for auto_mine setter.")
        self.engine.automine = value

    @property
    def max_gas(self) -> int:
        """The most that a transaction may use: the block's limit, or EIP-7825's."""
        limit = self.engine.gas_limit
        return min(limit, self._most_gas) if self._most_gas else limit

    @property
    def base_fee(self) -> int:
        """Of the next block."""
        return self.engine.base_fee

    @property
    def gas_price(self) -> int:
        """The base fee: no tip is needed."""
        return self.engine.base_fee

    @property
    def priority_fee(self) -> int:
        """None is needed."""
        return 0

    def get_balance(self, address: AddressType, block_id: BlockID | None = None) -> int:
        """In wei."""
        return self.engine.balance(address, self._number(block_id))

    def get_nonce(self, address: AddressType, block_id: BlockID | None = None) -> int:
        """Of the next transaction; after those that wait, where transactions are not mined at once."""
        engine = self.engine
        nonce: int = engine.nonce(address, self._number(block_id))
        if engine.automine or block_id not in (None, "pending"):
            return nonce
        waiting = (one.nonce + 1 for one in engine.pending_transactions() if str(one.sender) == str(address))
        return max(waiting, default=nonce)

    def get_code(self, address: AddressType, block_id: BlockID | None = None) -> ContractCode:
        """Runtime code."""
        code: ContractCode = HexBytes(self.engine.code(address, self._number(block_id)))
        return code

    def get_storage(self, address: AddressType, slot: int, block_id: BlockID | None = None) -> HexBytes:
        """32 bytes."""
        return HexBytes(self.engine.storage(address, slot, self._number(block_id)).to_bytes(32))

    def set_balance(self, address: AddressType, amount: int) -> None:
        """In wei."""
        self.engine.set_balance(address, amount)

    def set_code(self, address: AddressType, code: ContractCode) -> bool:
        """Runtime code, hex or bytes."""
        self.engine.set_code(address, bytes(HexBytes(code)))
        return True

    def set_storage(self, address: AddressType, slot: int, value: HexBytes) -> None:
        """A word."""
        self.engine.set_storage(address, slot, int.from_bytes(HexBytes(value)))

    def unlock_account(self, address: AddressType) -> bool:
        """Anybody can send."""
        del address
        return True

    def relock_account(self, address: AddressType) -> None:
        """Nothing was unlocked."""

    def get_test_account(self, index: int) -> TestAccountAPI:
        """One of the accounts of the mnemonic."""
        try:
            account = self.chain.accounts[index]
        except IndexError as error:
            raise IndexError(f"No account at index '{index}'") from error
        keys: list[bytes] = []
        account.give_key(keys.append)
        return IngotAccount(index=index, address_str=str(account.address), private_key="0x" + keys[0].hex())

    def add_account(self, private_key: str) -> None:
        """Hold one more key."""
        self.engine.add_key(bytes(HexBytes(private_key)))

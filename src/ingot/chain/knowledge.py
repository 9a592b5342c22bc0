"""What is known of a chain outside of its engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingot.chain.reversible import Reversible
from ingot.errors import ProviderError

if TYPE_CHECKING:
    from ingot.accounts import TestAccounts
    from ingot.engine import Engine
    from ingot.interface import Interface
    from ingot.types import Address

    _Mark = tuple[int, int, int]

__all__ = ["Knowledge"]


class Knowledge:
    """Which contracts are where, who was given ether, how many accounts were made: true of the chain as it is now.

    balance: of each test account, wei; None funds nobody.
    """

    def __init__(self, engine: Engine, balance: int | None) -> None:
        self._engine = engine
        self._balance = balance
        self.interfaces: Reversible[str, Interface] = Reversible()
        self._funded: Reversible[Address, int] = Reversible()
        """With the number of the latest block then."""
        self.accounts: TestAccounts

    def fund(self, address: Address) -> None:
        """Give an account its ether, once."""
        if self._balance is not None and address not in self._funded:
            self._funded[address] = self._engine.block_number
            self._engine.set_balance(address, self._balance)

    # What `Snapshots` tells it, before it tells the chain's followers

    def mark(self) -> _Mark:
        """How much there is of each."""
        return self.interfaces.mark(), self._funded.mark(), self.accounts.generated

    def went_back(self, mark: _Mark) -> None:
        """Be as it was."""
        interfaces, funded, self.accounts.generated = mark
        self.interfaces.go_back(interfaces)
        self._funded.go_back(funded)

    def rolled_back(self, number: int) -> None:
        """Forget who was funded and what was created since."""
        for address in [address for address, block in self._funded.items() if block > number]:
            del self._funded[address]
        self._forget_contracts()

    def loaded(self) -> None:
        """Forget what a state from elsewhere knows nothing of: later accounts are funded anew."""
        self._funded.clear()
        self._funded.update((account.address, 0) for account in self.accounts)
        self._forget_contracts()

    def _forget_contracts(self) -> None:
        for address in [address for address in self.interfaces if not self._has_code(address)]:
            del self.interfaces[address]

    def _has_code(self, address: str) -> bool:
        try:
            return bool(self._engine.code(address))
        except ProviderError:  # of a fork, whose other chain does not answer now
            return True

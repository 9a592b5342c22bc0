"""Who may send without a signature: accounts whose key is here, and those that are impersonated."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ingot.engine import to_address
from ingot.rpc.failure import server_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingot.accounts import Account
    from ingot.chain import Chain

__all__ = ["Senders"]


class Senders:
    """everybody: whether each address may be sent from."""

    def __init__(self, chain: Chain, *, everybody: bool = False) -> None:
        self._chain = chain
        self._keyed: dict[bytes, Account] = {bytes(each.address): each for each in chain.accounts}
        self.everybody = everybody
        self.impersonated: set[bytes] = set()

    @contextmanager
    def all_of_them(self) -> Iterator[None]:
        """Everybody may be sent for, inside."""
        before, self.everybody = self.everybody, True
        try:
            yield
        finally:
            self.everybody = before

    def check(self, sender: bytes) -> None:
        """Raises: RpcError, if nobody may send for `sender`."""
        if self.everybody or sender in self.impersonated or sender in self._keyed:
            return
        if to_address(sender) in self._chain.accounts:
            self._keyed[sender] = self._chain.accounts[to_address(sender)]
            return
        raise server_error(
            f"no signer available for {to_address(sender)}: it is no account of this chain; "
            "anvil_impersonateAccount lets you send for it"
        )

    def has_key(self, address: bytes) -> bool:
        """Whether the key of an account is here."""
        return address in self._keyed or to_address(address) in self._chain.accounts

    def keyed(self, address: bytes) -> Account:
        """The account, to sign with its key. Raises: RpcError, if it is not here."""
        account = self._keyed.get(address)
        if account is None:
            known = to_address(address)
            if known not in self._chain.accounts:
                raise server_error(f"unknown account: the key of {known} is not here")
            account = self._keyed[address] = self._chain.accounts[known]
        return account

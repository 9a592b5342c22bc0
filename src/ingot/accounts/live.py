"""The accounts of a chain behind a node: keystores by alias or address, and test accounts on a development node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, overload

from ingot.accounts.account import Account
from ingot.accounts.keystores import Keystores
from ingot.accounts.likeness import resembles_address
from ingot.accounts.locked import KeystoreAccount
from ingot.accounts.mnemonic import DEFAULT_HD_PATH, TEST_MNEMONIC
from ingot.accounts.passwords import Passwords
from ingot.accounts.secret import Secret
from ingot.accounts.wallet import TestAccounts
from ingot.conversion import resembles_key, to_address
from ingot.errors import AbiError, UsageError
from ingot.provider import Provider

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from ingot.provider import Signer
    from ingot.types import Address, AddressLike

__all__ = ["LiveAccounts", "SigningChain"]


class SigningChain(Provider, Protocol):
    """A provider that sends what its signers sign."""

    @property
    def is_development(self) -> bool:
        """Whether it is a node for tests: anvil, Hardhat, ganache."""

    def hold(self, signer: Signer) -> None:
        """Sign with `signer` what its address sends."""

    def prank(self, sender: AddressLike) -> AbstractContextManager[Account]:
        """Inside, whatever names no sender is sent by `sender`."""


class LiveAccounts:
    """`accounts["deployer"]` and `accounts.load("deployer")`: a keystore, unlocked when it first signs.

    `accounts["0x..."]`: the keystore of that address, else an account without a key: it can be looked at and named, and
    sends on development nodes only, impersonated.
    `accounts[0]`, `accounts.new()`: test accounts, only on development nodes, for everybody knows their keys.
    """

    def __init__(
        self,
        chain: SigningChain,
        *,
        keystores: Keystores | None = None,
        passwords: Passwords | None = None,
        mnemonic: str = TEST_MNEMONIC,
        number: int = 10,
        balance: int | str = "10_000 ether",
        hd_path: str = DEFAULT_HD_PATH,
    ) -> None:
        self._chain = chain
        self.keystores = Keystores.from_environment() if keystores is None else keystores
        self._passwords = Passwords() if passwords is None else passwords
        self._mnemonic = mnemonic
        self._number = number
        self._balance = balance
        self._hd_path = hd_path
        self._test: TestAccounts | None = None
        self._loaded: dict[str, KeystoreAccount] = {}

    # Keystores

    def load(self, alias: str) -> KeystoreAccount:
        """The account of a keystore. It asks for the password when it first signs, and no more after that.

        Raises: UsageError, if there is no such keystore. Only a keystore without an address (Foundry's) is unlocked at once.
        """
        account = self._loaded.get(alias)
        if account is None:
            keystore = self.keystores.load(alias)
            account = self._loaded[alias] = KeystoreAccount(keystore, self._chain, passwords=self._passwords)
            self._chain.hold(account)
            self._chain.labels.setdefault(account.address, alias)
        return account

    @property
    def aliases(self) -> list[str]:
        """Of all keystores."""
        return list(self.keystores.paths())

    @overload
    def __getitem__(self, which: int | str | Address) -> Account: ...
    @overload
    def __getitem__(self, which: slice) -> list[Account]: ...
    def __getitem__(self, which: int | str | slice) -> Account | list[Account]:
        """By alias or address, or by index on a development node. Raises: UsageError, AbiError for a wrong address."""
        if isinstance(which, slice):
            return self.test_accounts[which]
        if isinstance(which, int) and not resembles_key(which):
            return self.test_accounts[which]
        if isinstance(which, str) and which in self._loaded:
            return self._loaded[which]
        if isinstance(which, str) and which[:2] not in ("0x", "0X") and not resembles_address(which):
            return self._by_name(which)
        return self._by_address(to_address(which))  # type: ignore[arg-type]  # a key as an int: it is not quoted

    def _by_name(self, alias: str) -> Account:
        if self._test is not None and self._test.is_labelled(alias) and alias not in self.aliases:
            return self._test[alias]
        return self.load(alias)

    def _by_address(self, address: Address) -> Account:
        for account in self._loaded.values():
            if account.address == address:
                return account
        keystore = self.keystores.by_address(address)
        if keystore is not None:
            return self.load(keystore.alias)
        if self._chain.is_development:
            return self.test_accounts[address]
        return Account(
            address, self._chain
        )  # to look at, or to name as an owner: whatever it sends finds no key

    def _known(self) -> str:
        aliases = self.aliases
        return f" (there are {', '.join(aliases)})" if aliases else ""

    # Test accounts, on development nodes

    @property
    def test_accounts(self) -> TestAccounts:
        """The accounts of the test mnemonic. Raises: UsageError, on a chain that others use."""
        if not self._chain.is_development:
            raise UsageError(
                "accounts by number are those of the test mnemonic, whose keys everybody knows: they are only for "
                f"development nodes. Here name an account, accounts['alias']{self._known()}; "
                "`ingot accounts import ALIAS` makes one"
            )
        if self._test is None:
            self._test = self._make_test_accounts()
        return self._test

    def _make_test_accounts(self) -> TestAccounts:
        chain, balance = self._chain, self._balance
        starting = True

        def fund(address: Address) -> None:
            # anvil and Hardhat fund the first ones themselves: no request for each of them at the start.
            if not starting and chain.get_balance(address) == 0:
                chain.set_balance(address, balance)

        made = TestAccounts(
            chain,
            hold=chain.hold,
            fund=fund,
            prank=chain.prank,
            mnemonic=self._mnemonic,
            number=self._number,
            hd_path=self._hd_path,
        )
        starting = False
        if made.number_of_accounts and chain.get_balance(made[0].address) == 0:
            for account in made:
                chain.set_balance(account.address, balance)
        return made

    def new(
        self, label: str | None = None, *, key: bytes | str | None = None, funded: bool = True
    ) -> Account:
        """As `TestAccounts.new`, on a development node."""
        hidden = None if key is None else Secret(key)
        del key  # a traceback may show what is in scope
        return self.test_accounts.new(label, key=hidden, funded=funded)

    def generate_test_account(self) -> Account:
        """Ape's name for `new()`."""
        return self.test_accounts.new()

    def impersonate_account(self, address: AddressLike) -> Account:
        """The account of `address` without a key, on a development node."""
        return self.test_accounts.impersonate_account(address)

    def stop_impersonating(self, address: AddressLike) -> None:
        """Forget an impersonated account."""
        self.test_accounts.stop_impersonating(address)

    def use_sender(self, who: int | str | AddressLike) -> AbstractContextManager[Account]:
        """Ape's name for `chain.prank`, by index or alias too."""
        return self._chain.prank(self[who] if isinstance(who, (int, str)) else who)

    def __len__(self) -> int:
        return len(self.test_accounts) if self._chain.is_development else len(self.aliases)

    def __iter__(self) -> Iterator[Account]:
        """On a development node its test accounts, else the keystores."""
        return iter(self.test_accounts) if self._chain.is_development else map(self.load, self.aliases)

    def __contains__(self, who: object) -> bool:
        """Whether there is a key for it: a keystore, or a test account."""
        if isinstance(who, str) and who in self.keystores.paths():
            return True
        try:
            address = to_address(who)  # type: ignore[arg-type]  # whatever it is, the engine says
        except AbiError:
            return False
        if any(account.address == address for account in self._loaded.values()):
            return True
        return self.keystores.by_address(address) is not None or (
            self._chain.is_development and address in self.test_accounts
        )

    def __repr__(self) -> str:
        return f"<accounts of {self._chain!r}>"

    def __reduce__(self) -> Any:
        raise TypeError("accounts belong to their chain and hold keys: pass addresses or aliases instead")

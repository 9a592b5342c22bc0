"""The accounts of a chain: by index, label, key or address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from ingot.accounts.account import Account
from ingot.accounts.mnemonic import DEFAULT_HD_PATH, TEST_MNEMONIC, check_mnemonic, derive_key
from ingot.accounts.secret import Secret
from ingot.conversion import resembles_key, to_address
from ingot.engine import keccak256, key_address
from ingot.errors import AbiError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from ingot.provider import Provider
    from ingot.types import Address, AddressLike

__all__ = ["TestAccounts"]


class TestAccounts:
    """`accounts[0]`, `accounts[:3]`, `accounts["carol"]`, `accounts["0x..."]` (impersonated unless its key is known).

    The first `number` are funded from the start, those beyond when they are first asked for.
    """

    __test__ = False  # not a class of tests, whatever pytest thinks of the name

    def __init__(
        self,
        chain: Provider,
        *,
        hold: Callable[[Account], object],
        fund: Callable[[Address], None],
        prank: Callable[[AddressLike], AbstractContextManager[Account]],
        mnemonic: str = TEST_MNEMONIC,
        number: int = 10,
        hd_path: str = DEFAULT_HD_PATH,
    ) -> None:
        self._chain = chain
        self._hold_account = hold
        self._fund = fund
        self._prank = prank
        self._mnemonic = check_mnemonic(mnemonic)
        self.number_of_accounts = number
        self.generated = 0
        self.hd_path = hd_path
        self._by_index: dict[int, Account] = {}
        self._by_address: dict[Address, Account] = {}
        self._by_label: dict[str, Account] = {}
        for index in range(number):
            fund(self._derived(index).address)

    def _derived(self, index: int) -> Account:
        account = self._by_index.get(index)
        if account is None:
            key = derive_key(self._mnemonic, index, self.hd_path)
            account = self._by_index[index] = Account.from_key(key, self._chain)
            self._hold(account)
        return account

    def _hold(self, account: Account) -> None:
        self._hold_account(account)
        self._by_address[account.address] = account

    @overload
    def __getitem__(self, which: int | str | Address) -> Account: ...
    @overload
    def __getitem__(self, which: slice) -> list[Account]: ...
    def __getitem__(self, which: int | str | slice) -> Account | list[Account]:
        """An account by index, label or address.

        Raises: UsageError for a label that nobody has; AbiError for a wrong address.
        """
        if isinstance(which, slice):
            stop = self.number_of_accounts if which.stop is None else which.stop
            size = max(self.number_of_accounts, stop)
            return [self[index] for index in range(*which.indices(size))]
        if resembles_key(which):
            to_address(which)  # type: ignore[arg-type]  # raises without quoting it
        if isinstance(which, int):
            return self._at_index(which)
        if isinstance(which, str) and which in self._by_label:
            return self._by_label[which]
        if isinstance(which, str) and which[:2] not in ("0x", "0X"):
            known = ", ".join(map(repr, self._by_label)) or "none yet"
            raise UsageError(
                f"no account is labelled {which!r} (labels: {known}); accounts.new({which!r}) makes one"
            )
        address = to_address(which)
        return self._by_address.get(address) or self.impersonate_account(address)

    def _at_index(self, index: int) -> Account:
        if index < 0:
            index += self.number_of_accounts
            if index < 0:
                raise IndexError(f"there are {self.number_of_accounts} accounts")
        account = self._derived(index)
        if index >= self.number_of_accounts:
            self._fund(account.address)
        return account

    def new(
        self,
        label: str | None = None,
        *,
        key: bytes | str | Secret[bytes | str] | None = None,
        funded: bool = True,
    ) -> Account:
        """An account of `key` if given, else of the key that `label` stands for, else the mnemonic's next one.

        The same label is the same account, on every chain: for tests only.
        """
        hidden = key if key is None or isinstance(key, Secret) else Secret(key)
        del key  # a traceback may show what is in scope
        if label is None and hidden is None:
            index = self.number_of_accounts + self.generated
            self.generated += 1
            account = self._derived(index)
        else:
            account = self._labelled(label, hidden)
        if funded:
            self._fund(account.address)
        return account

    def _labelled(self, label: str | None, key: Secret[bytes | str] | None) -> Account:
        account = Account.from_key(_key_of(label, key).reveal(), self._chain, label=label)
        known = self._by_label.get(label or "")
        if known is not None and known != account:
            raise UsageError(f"another account is labelled {label!r} already: accounts[{label!r}]")
        if known is not None:
            return known
        self._hold(account)
        if label is not None:
            self._by_label[label] = account
            self._chain.labels[account.address] = label
        return account

    def generate_test_account(self) -> Account:
        """Ape's name for `new()`."""
        return self.new()

    def impersonate_account(self, address: AddressLike) -> Account:
        """The account of `address`, with or without a key. Its balance stays as it is."""
        known = to_address(address)
        account = self._by_address.get(known)
        if account is None:
            account = self._by_address[known] = Account(known, self._chain)
        return account

    def stop_impersonating(self, address: AddressLike) -> None:
        """Forget an impersonated account (ape's name; nothing has to be undone here)."""
        known = self._by_address.get(to_address(address))
        if known is not None and known.is_impersonated:
            del self._by_address[known.address]

    def use_sender(self, who: int | str | AddressLike) -> AbstractContextManager[Account]:
        """Ape's name for `chain.prank`, by index or label too."""
        return self._prank(self[who] if isinstance(who, (int, str)) else who)

    def is_labelled(self, label: str) -> bool:
        """Whether `new(label)` made an account already."""
        return label in self._by_label

    @property
    def test_accounts(self) -> TestAccounts:
        """Ape's name: all accounts here are for tests."""
        return self

    def __len__(self) -> int:
        return self.number_of_accounts

    def __iter__(self) -> Iterator[Account]:
        return (self._derived(index) for index in range(self.number_of_accounts))

    def __contains__(self, who: object) -> bool:
        try:
            address = to_address(who)  # type: ignore[arg-type]  # whatever it is, the engine says
        except AbiError:
            return False
        account = self._by_address.get(address)
        return account is not None and not account.is_impersonated

    def __repr__(self) -> str:
        return f"<{self.number_of_accounts} accounts of {self._chain!r}>"


def _key_of(label: str | None, key: Secret[bytes | str] | None) -> Secret[bytes]:
    if resembles_key(label):  # labels are shown, keys must not be
        raise UsageError("this label looks like a private key: write accounts.new(key=...) (it is not shown)")
    found = Secret(keccak256(f"ingot account {label}".encode())) if key is None else _read(key)
    if found is None:
        raise UsageError("key: not a private key: give 32 bytes, or 64 hex digits (the key is not shown)")
    return found


def _read(key: Secret[Any]) -> Secret[bytes] | None:
    try:
        if isinstance(key.reveal(), str):
            raw = Secret(bytes.fromhex(key.reveal().strip().removeprefix("0x")))
        elif isinstance(key.reveal(), (bytes, bytearray)):  # bytes(5) would be five zeros
            raw = Secret(bytes(key.reveal()))
        else:
            return None
        key_address(raw.reveal())
    except ValueError:  # AbiError is one
        return None
    return raw

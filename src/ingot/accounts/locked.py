"""An account whose key is in a keystore: locked until it first signs."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from ingot.accounts.account import Account
from ingot.accounts.secret import Secret
from ingot.engine import key_address
from ingot.errors import UsageError

if TYPE_CHECKING:
    from ingot.accounts.keystore import Keystore
    from ingot.accounts.passwords import Passwords
    from ingot.provider import Provider

__all__ = ["KeystoreAccount"]


class KeystoreAccount(Account):
    """Signs with the key of a keystore, and asks for its password when it first has to, once."""

    __slots__ = ("_asking", "_passwords", "keystore")

    def __init__(self, keystore: Keystore, chain: Provider, *, passwords: Passwords) -> None:
        """Raises: UsageError, if a keystore that does not say its address cannot be unlocked."""
        self.keystore = keystore
        self._passwords = passwords
        self._asking = Lock()
        if keystore.address is not None:
            super().__init__(keystore.address, chain, label=keystore.alias)
        else:
            key = passwords.unlock(keystore)
            address = key_address(key.reveal())
            super().__init__(address, chain, key=key.reveal(), label=keystore.alias)

    @property
    def is_impersonated(self) -> bool:
        """Never: there is a key, unlocked or not."""
        return False

    @property
    def is_locked(self) -> bool:
        """Whether the next signature asks for the password."""
        return self._key is None

    def unlock(self, passphrase: str | None = None) -> None:
        """Make the key ready, with `passphrase` or as `Passwords` finds it. Raises: UsageError, if it is wrong."""
        hidden = None if passphrase is None else Secret(passphrase)
        del passphrase  # a traceback may show what is in scope
        self._open(hidden)

    def _open(self, password: Secret[str] | None) -> None:
        if password is None:
            with self._asking:  # threads that sign at once are one question
                if self._key is None:
                    self._key = self._passwords.unlock(self.keystore)
            return
        key = self.keystore.decrypt(password)
        if key is None:
            raise UsageError(f"this password of {self.keystore.alias!r} is wrong (it is not shown)")
        self._key = key

    def lock(self) -> None:
        """Forget the key; the next signature asks again."""
        self._key = None

    def set_autosign(self, enabled: bool, passphrase: str | None = None) -> None:
        """Ape's way to say `unlock` and `lock`. Signing asks no questions in either state: the plan of a deployment does."""
        hidden = None if passphrase is None else Secret(passphrase)
        del passphrase
        if enabled:
            self._open(hidden)
        else:
            self.lock()

    def _signing_key(self) -> Secret[bytes]:
        if self._key is None:
            self.unlock()
        return super()._signing_key()

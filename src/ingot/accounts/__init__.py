"""Who signs and sends: test accounts from a mnemonic, accounts by key or label, keystores, impersonated ones."""

from __future__ import annotations

TYPE_CHECKING = (
    False  # as in ingot/__init__.py: `ingot accounts list` needs no receipts, no interfaces, no typing
)

if TYPE_CHECKING:
    from ingot.accounts.account import Account, Signature
    from ingot.accounts.keystores import Keystores
    from ingot.accounts.live import LiveAccounts
    from ingot.accounts.locked import KeystoreAccount
    from ingot.accounts.mnemonic import DEFAULT_HD_PATH, TEST_MNEMONIC, derive_key
    from ingot.accounts.passwords import Passwords
    from ingot.accounts.wallet import TestAccounts

__all__ = [
    "DEFAULT_HD_PATH",
    "TEST_MNEMONIC",
    "Account",
    "KeystoreAccount",
    "Keystores",
    "LiveAccounts",
    "Passwords",
    "Signature",
    "TestAccounts",
    "derive_key",
]

_HOMES = {
    "Account": "account",
    "KeystoreAccount": "locked",
    "Keystores": "keystores",
    "LiveAccounts": "live",
    "Passwords": "passwords",
    "Signature": "account",
    "TestAccounts": "wallet",
}


def __getattr__(name: str) -> object:
    """Load a name's module when the name is first used (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module 'ingot.accounts' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"ingot.accounts.{_HOMES.get(name, 'mnemonic')}"), name)
    globals()[name] = value
    return value

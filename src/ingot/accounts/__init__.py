"""Who signs and sends: test accounts from a mnemonic, accounts by key or label, keystores, impersonated ones."""

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

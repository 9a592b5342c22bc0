"""Who sends transactions: test accounts from a mnemonic, accounts by key or label, impersonated ones."""

from ingot.accounts.account import Account, Signature
from ingot.accounts.mnemonic import DEFAULT_HD_PATH, TEST_MNEMONIC, derive_key
from ingot.accounts.wallet import TestAccounts

__all__ = ["DEFAULT_HD_PATH", "TEST_MNEMONIC", "Account", "Signature", "TestAccounts", "derive_key"]

"""Keys on the command line: every program of the machine sees them, and the shell's history keeps them. So: refused."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingot.errors import UsageError

__all__ = ["refuse_secrets", "without_keys"]

_KEY = re.compile(r"\b(0x)?[0-9a-fA-F]{64}\b")
_URL = re.compile(r"\b[a-z]+://[^\s'\"]+", re.IGNORECASE)
_KEY_OPTIONS = frozenset(["--private-key", "--private_key", "--privatekey", "--secret-key", "--pk", "--key"])
_ACCOUNT_OPTIONS = frozenset(
    ["--account", "--sender", "--from", "--deployer", "--owner", "--mnemonic", "--seed"]
)
_ADVICE = (
    "every program of this machine can read the command line, and the shell's history keeps it. Import it once, "
    "`ingot accounts import NAME`, and write --account NAME"
)


def refuse_secrets(words: Sequence[str], *, takes_mnemonic: bool = False) -> None:
    """Refuse private keys and mnemonics among a command's words, up to a `--`. Nothing of them is quoted.

    takes_mnemonic: whether the command's --mnemonic is one for tests.

    Raises: UsageError.
    """
    for index, word in enumerate(words):
        if word == "--":
            return
        option, equals, value = word.partition("=")
        if not equals and index + 1 < len(words):
            value = words[index + 1]
        if option in _KEY_OPTIONS:
            raise UsageError(f"{option}: a private key does not belong here: {_ADVICE}")
        if takes_mnemonic and option == "--mnemonic":
            continue
        if option in _ACCOUNT_OPTIONS and (_KEY.fullmatch(value.strip()) or len(value.split()) >= 12):
            raise UsageError(
                f"{option}: this looks like a private key or a mnemonic (it is not shown): {_ADVICE}"
            )


def without_keys(text: str) -> str:
    """`text` with all that may be private keys left out, those in URLs too."""
    from ingot.remote.url import without_secrets

    return _URL.sub(lambda match: without_secrets(match[0]), _KEY.sub("0x...", text))

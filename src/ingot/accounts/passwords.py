"""Where the password of a keystore comes from: the environment, a file, or a hidden prompt. In this order.

APE_ACCOUNTS_<alias>_PASSPHRASE    ape's, for one account
INGOT_ACCOUNT_PASSWORD_FILE        a file whose only line is the password, for all accounts
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ingot.accounts.secret import Secret
from ingot.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ingot.accounts.keystore import Keystore

__all__ = ["PASSWORD_FILE", "Passwords", "ask_hidden"]

PASSWORD_FILE = "INGOT_ACCOUNT_PASSWORD_FILE"
"""The environment variable that names the password file."""

_ATTEMPTS = 3


class Passwords:
    """Finds passwords, and asks for them. ask: shows a prompt, gives the hidden answer."""

    __slots__ = ("_ask", "_environ")

    def __init__(
        self,
        *,
        environ: Mapping[str, str] | None = None,
        ask: Callable[[str], Secret[str]] | None = None,
    ) -> None:
        self._environ = os.environ if environ is None else environ
        self._ask = ask_hidden if ask is None else ask

    def unlock(self, keystore: Keystore) -> Secret[bytes]:
        """The private key of a keystore; a prompt is shown three times at most.

        Raises: UsageError, for a wrong password, an unreadable file of passwords or of the key, or no terminal.
        """
        found = self.stored(keystore.alias)
        if found is not None:
            key = keystore.decrypt(found[0])
            if key is None:
                raise UsageError(f"the password of {keystore.alias!r} in {found[1]} is wrong")
            return key
        for _ in range(_ATTEMPTS):
            key = keystore.decrypt(self._ask(f"Password of {keystore.alias!r}: "))
            if key is not None:
                return key
            print("This password is wrong.", file=sys.stderr)
        raise UsageError(
            f"{keystore.alias!r} stays locked: the password was wrong {_ATTEMPTS} times; "
            "without it nobody can open the keystore, only the key or the mnemonic can be imported anew"
        )

    def choose(self, alias: str) -> Secret[str]:
        """The password of a new keystore; a prompt is shown twice. Raises: UsageError, if none can be had."""
        found = self.stored(alias)
        if found is not None:
            return found[0]
        for _ in range(_ATTEMPTS):
            chosen = self._ask(f"New password for {alias!r}: ")
            if not chosen.reveal():
                print("A password cannot be empty.", file=sys.stderr)
            elif chosen.reveal() == self._ask("The same again: ").reveal():
                return chosen
            else:
                print("These were two different passwords.", file=sys.stderr)
        raise UsageError("no password was chosen, and nothing was written")

    def stored(self, alias: str) -> tuple[Secret[str], str] | None:
        """A password that needs no prompt, and where it is from. Raises: UsageError, if the file is no use."""
        variable = f"APE_ACCOUNTS_{alias}_PASSPHRASE"
        if self._environ.get(variable):
            return Secret(self._environ[variable]), variable
        path = self._environ.get(PASSWORD_FILE)
        return (_read_password(Path(path).expanduser()), f"{path} ({PASSWORD_FILE})") if path else None

    def __repr__(self) -> str:
        return "<passwords>"


def ask_hidden(prompt: str) -> Secret[str]:
    """Ask at the terminal without showing the answer. Raises: UsageError, if there is none."""
    import warnings
    from getpass import GetPassWarning, getpass

    answer: Secret[str] | None = None
    if sys.stdin is not None and sys.stdin.isatty():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter(
                    "error", GetPassWarning
                )  # else it would be read, and shown, all the same
                answer = Secret(getpass(prompt, stream=sys.stderr))
        except (EOFError, GetPassWarning, OSError, UnicodeDecodeError):
            answer = None
    if answer is None:
        raise UsageError(
            f"{prompt.rstrip(': ')}: there is no terminal to ask at; write the password into a file that only you can "
            f"read, and set {PASSWORD_FILE} to its path"
        )
    return answer


def _read_password(path: Path) -> Secret[str]:
    problem = ""
    lines: list[str] = []
    try:
        lines = (
            path.read_text(encoding="utf-8-sig").removesuffix("\n").split("\n")
        )  # newlines are universal here
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
    except UnicodeDecodeError:
        problem = "is not UTF-8 text"
    if not problem and (len(lines) != 1 or not lines[0]):
        problem = "has more than one line" if len(lines) > 1 else "is empty"
        problem += "; it holds one line, the password"
    if problem:
        raise UsageError(f"the password file {path} ({PASSWORD_FILE}) {problem}")
    return Secret(lines[0])

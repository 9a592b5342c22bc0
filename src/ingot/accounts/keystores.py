"""The keystores of this user: ape's folder, which is ours too, and Foundry's.

    $APE_DATA_FOLDER/accounts/ALIAS.json, by default ~/.ape/accounts/ALIAS.json
    ~/.foundry/keystores/NAME

A file is written whole or not at all, readable for its owner only, and none is ever overwritten.
"""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from ingot.accounts.keystore import Keystore, read_keystore
from ingot.accounts.likeness import resembles_address, resembles_secret
from ingot.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ingot.types import Address

__all__ = ["Keystores", "check_alias", "write_once"]

_ALIAS = re.compile(r"\w[\w.@+-]{0,63}")


class Keystores:
    """The keystores in a folder of ape's and one of Foundry's. Where both have an alias, ape's is meant."""

    def __init__(self, folder: Path, *, foundry: Path | None = None) -> None:
        self.folder = folder
        self.foundry = foundry

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Keystores:
        """Where ape and Foundry look: $APE_DATA_FOLDER, else ~/.ape; ~/.foundry."""
        # As ape does it: a variable that is set counts, even if it is empty.
        chosen = (os.environ if environ is None else environ).get("APE_DATA_FOLDER")
        data = Path.home() / ".ape" if chosen is None else Path(chosen)
        return cls(data / "accounts", foundry=Path.home() / ".foundry" / "keystores")

    def paths(self) -> dict[str, tuple[Path, str]]:
        """Alias -> (file, origin), sorted, whatever is in the files."""
        found: dict[str, tuple[Path, str]] = {}
        if self.foundry is not None:
            found |= {path.name: (path, "foundry") for path in _files(self.foundry)}
        found |= {path.stem: (path, "ape") for path in _files(self.folder) if path.suffix == ".json"}
        return dict(sorted(found.items()))

    def scan(self) -> tuple[list[Keystore], list[str]]:
        """Every keystore, sorted by alias; and what is wrong with the files that are none."""
        keystores, problems = [], []
        for alias, (path, origin) in self.paths().items():
            try:
                keystores.append(read_keystore(path, alias, origin=origin))
            except UsageError as error:
                problems.append(str(error))
        return keystores, problems

    def load(self, alias: str) -> Keystore:
        """The keystore of `alias`. Raises: UsageError, with what there is, if nobody has it."""
        paths = self.paths()
        if alias in paths:
            path, origin = paths[alias]
            return read_keystore(path, alias, origin=origin)
        from ingot.interface.binding import suggest

        is_shown = not resembles_secret(alias)
        hint = suggest(alias if is_shown else "", list(paths))
        raise UsageError(
            f"{self.folder} has no account {repr(alias) if is_shown else 'of this name (it is not shown)'}{hint}; "
            "`ingot accounts import ALIAS` and `ingot accounts new ALIAS` make one"
        )

    def by_address(self, address: Address) -> Keystore | None:
        """The first keystore that says it is `address`."""
        return next((keystore for keystore in self.scan()[0] if keystore.address == address), None)

    def add(self, alias: str, text: str) -> Keystore:
        """Write a new keystore file. Raises: UsageError, if the alias is taken or cannot be, or nothing can be written."""
        path = self.path_for(alias)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise UsageError(f"cannot make the folder {path.parent}: {error.strerror}") from error
        write_once(path, text)
        return read_keystore(path, alias, origin="ape")

    def path_for(self, alias: str) -> Path:
        """The file of a new alias. Raises: UsageError, if it is taken or no alias."""
        check_alias(alias)
        if alias in self.paths():
            raise UsageError(
                f"there is an account {alias!r} already ({self.paths()[alias][0]}): choose another alias; nothing was changed"
            )
        return self.folder / f"{alias}.json"

    def __repr__(self) -> str:
        return f"<keystores in {self.folder}>"


def check_alias(alias: str) -> str:
    """`alias`, if a new account can have it. Raises: UsageError, which quotes nothing that may be a key."""
    if resembles_secret(alias) or resembles_address(alias):
        raise UsageError(
            "this alias looks like a key, an address or a mnemonic (it is not shown): give the account a name; "
            "a key or a mnemonic is typed at the prompt. If it was a key, take it for known: it is in your shell's history"
        )
    if not _ALIAS.fullmatch(alias):
        raise UsageError(
            f"{alias!r} is no alias: up to 64 letters, digits and . _ @ + -, the first a letter, a digit or _"
        )
    return alias


def write_once(path: Path, text: str) -> None:
    """Make a file that only its owner may read: whole or not at all, never over another. Raises: UsageError."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    problem = ""
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        _give_name(beside, path)
        _sync_folder(path.parent)
    except FileExistsError:
        problem = "there is such a file already: choose another name; nothing was changed"
    except OSError as error:
        problem = f"{error.strerror}"
    finally:
        beside.unlink(missing_ok=True)
    if problem:
        raise UsageError(f"cannot write {path}: {problem}")


def _give_name(beside: Path, path: Path) -> None:
    """Like rename, but an existing `path` is an error. Raises: OSError."""
    try:
        os.link(beside, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: claim the name, then replace the claim
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            beside.replace(path)
        except OSError:
            path.unlink()
            raise


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _files(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if not path.name.startswith(".") and path.is_file()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise UsageError(f"cannot read the folder {folder}: {error.strerror}") from error

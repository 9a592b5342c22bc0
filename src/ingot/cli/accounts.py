"""Make, import and use keystores. They are ape's: what either tool makes, both use. Foundry's are found too.

ingot accounts new deployer                   a new key, encrypted with a password
ingot accounts import deployer                a private key, typed at the prompt or piped in as one line
ingot accounts import deployer --mnemonic     the same with a mnemonic; --hd-path chooses the account
ingot accounts import deployer --keystore F   a keystore file: Foundry's, geth's
ingot accounts list                           aliases and addresses
ingot accounts show deployer                  one of them
ingot accounts export deployer                print its private key; --to FILE writes a keystore instead
ingot accounts delete deployer                after asking for the password, or the alias
ingot accounts sign deployer "a message"      print a signature
ingot accounts verify deployer 0x... "a message"

Passwords are asked for at a hidden prompt, else taken from the file that INGOT_ACCOUNT_PASSWORD_FILE names, or from
APE_ACCOUNTS_<alias>_PASSPHRASE. A private key on the command line is refused: others see it there.
"""

from __future__ import annotations

import json
import re
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ingot.cli.parser import Parser as CommandParser
from ingot.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingot.accounts.keystore import Keystore
    from ingot.accounts.keystores import Keystores
    from ingot.accounts.passwords import Passwords
    from ingot.accounts.secret import Secret
    from ingot.types import Address

_HD_PATH = "m/44'/60'/0'/0/0"


class Parser(CommandParser):
    """argparse quotes the words that it does not know. Here they may be a password too."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            **{**options, "allow_abbrev": False}
        )  # --key is not --keystore: its value would be a path

    def parse_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:  # type: ignore[override]  # overloads that say the same
        """As ever, but that a private key or a mnemonic among the words is refused, wherever it is."""
        if any(_is_key_or_mnemonic(word) for word in args or () if len(word) > 40):
            super().error(
                "there is a private key or a mnemonic on the command line (it is not shown). Take it for known: it is "
                "in your shell's history, and others saw it. Keys are typed at the prompt, or piped in as one line; "
                "a message of 64 hex digits goes into a file, --file FILE"
            )
        return super().parse_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, without the words themselves."""
        unknown = re.match(r"unrecognized arguments|ambiguous option|argument [^:]+: (?=invalid )", message)
        if unknown is not None:
            what = "these words are not known" if unknown[0][0] != "a" else f"{unknown[0]}not known"
            message = (
                f"{what} (they are not shown, for they may be secret; keys, mnemonics and passwords are asked for, never "
                f"given on the command line): `{self.prog} --help` lists what there is"
            )
        super().error(message)


def _is_key_or_mnemonic(word: str) -> bool:
    from ingot.accounts.likeness import is_mnemonic
    from ingot.conversion import resembles_key

    value = word.partition("=")[2] if word.startswith("-") else word
    return resembles_key(value) or is_mnemonic(value)


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the actions."""
    actions = parser.add_subparsers(
        dest="action", required=True, metavar="new|import|list|show|export|delete|sign|verify"
    )
    new = actions.add_parser("new", help="make a new account")
    new.add_argument("alias", metavar="ALIAS")
    new.add_argument(
        "--mnemonic", action="store_true", help="from a new mnemonic, shown once at the terminal"
    )
    new.add_argument("--words", type=int, metavar="N", help="of the mnemonic; 12 by default")
    new.add_argument(
        "--hd-path", metavar="PATH", help=f"which of the mnemonic's accounts; default {_HD_PATH}"
    )
    importing = actions.add_parser("import", help="add an account whose key you have")
    importing.add_argument("alias", metavar="ALIAS")
    kind = importing.add_mutually_exclusive_group()
    kind.add_argument("--mnemonic", action="store_true", help="ask for a mnemonic instead of a key")
    kind.add_argument("--keystore", type=Path, metavar="FILE", help="copy a keystore; its password stays")
    importing.add_argument(
        "--hd-path", metavar="PATH", help=f"which of the mnemonic's accounts; default {_HD_PATH}"
    )
    listing = actions.add_parser("list", help="aliases and addresses")
    listing.add_argument("--json", action="store_true", help="as JSON")
    show = actions.add_parser("show", help="one account's address and file")
    show.add_argument("alias", metavar="ALIAS")
    export = actions.add_parser("export", help="print a private key")
    export.add_argument("alias", metavar="ALIAS")
    export.add_argument(
        "--to", type=Path, metavar="FILE", help="write a keystore instead, with the same password"
    )
    delete = actions.add_parser("delete", help="delete a keystore, after asking")
    delete.add_argument("alias", metavar="ALIAS")
    delete.add_argument("--yes", action="store_true", help="without asking")
    sign = actions.add_parser("sign", help="sign a message")
    sign.add_argument("alias", metavar="ALIAS")
    _add_message(sign)
    verify = actions.add_parser("verify", help="check who signed a message")
    verify.add_argument("who", metavar="ALIAS|ADDRESS")
    verify.add_argument("signature", metavar="SIGNATURE", help="65 bytes as hex: r, s, v")
    _add_message(verify)


def _add_message(parser: ArgumentParser) -> None:
    parser.add_argument("message", nargs="?", metavar="MESSAGE", help="text (EIP-191)")
    parser.add_argument(
        "--file", metavar="FILE", help="the message is what this file holds; - is standard input"
    )
    parser.add_argument(
        "--typed-data", metavar="FILE", help="typed data as JSON (EIP-712); - is standard input"
    )


def run(arguments: Namespace) -> int:
    """Do it. Returns the exit code."""
    return {
        "new": _new,
        "import": _import,
        "list": _list,
        "show": _show,
        "export": _export,
        "delete": _delete,
        "sign": _sign,
        "verify": _verify,
    }[arguments.action](arguments)


def _new(arguments: Namespace) -> int:
    from ingot.accounts.importing import new_key
    from ingot.accounts.keystores import Keystores
    from ingot.accounts.mnemonic import key_at, new_mnemonic

    keystores = Keystores.from_environment()
    keystores.path_for(arguments.alias)
    _check_mnemonic_options(arguments)
    if not arguments.mnemonic:
        return _save(keystores, arguments.alias, new_key())
    if not sys.stdout.isatty():
        raise UsageError(
            "a new mnemonic is shown once, at a terminal, and here is none: leave --mnemonic out"
        )
    mnemonic = new_mnemonic(12 if arguments.words is None else arguments.words)
    code = _save(keystores, arguments.alias, key_at(mnemonic, arguments.hd_path or _HD_PATH))
    print("Write these words down, in this order. They are shown only now:\n")
    print(f"    {mnemonic.reveal()}\n")
    return code


def _import(arguments: Namespace) -> int:
    from ingot.accounts.importing import adopt_keystore, read_key, read_line
    from ingot.accounts.keystores import Keystores
    from ingot.accounts.mnemonic import key_at
    from ingot.accounts.passwords import Passwords

    keystores = Keystores.from_environment()
    keystores.path_for(arguments.alias)
    _check_mnemonic_options(arguments)
    if arguments.keystore is not None:
        made = keystores.add(
            arguments.alias, adopt_keystore(arguments.keystore, arguments.alias, Passwords())
        )
        print(f"imported {made.alias!r}: {made.address} ({made.path}); its password is as before")
        return 0
    if arguments.mnemonic:
        key = key_at(read_line("Mnemonic (hidden): "), arguments.hd_path or _HD_PATH)
    else:
        key = read_key(read_line("Private key (hidden): "))
    return _save(keystores, arguments.alias, key)


def _check_mnemonic_options(arguments: Namespace) -> None:
    for name in ("hd_path", "words"):
        if getattr(arguments, name, None) is not None and not arguments.mnemonic:
            raise UsageError(
                f"--{name.replace('_', '-')} is about a mnemonic: add --mnemonic, or leave it out"
            )


def _save(keystores: Keystores, alias: str, key: Secret[bytes]) -> int:
    from ingot.accounts.importing import is_known_to_everybody
    from ingot.accounts.keystore import encrypt_key
    from ingot.accounts.passwords import Passwords

    password = Passwords().choose(alias)
    if len(password.reveal()) < 8:
        print("This password is short: whoever has the file can guess it.", file=sys.stderr)
    made = keystores.add(alias, encrypt_key(key, password))
    if is_known_to_everybody(key):
        print(
            "This is a test account, and everybody knows its key: never send it anything of value.",
            file=sys.stderr,
        )
    print(f"{made.alias!r} is {made.address} ({made.path})")
    return 0


def _list(arguments: Namespace) -> int:
    from ingot.accounts.keystores import Keystores

    keystores = Keystores.from_environment()
    found, problems = keystores.scan()
    if arguments.json:
        rows = [
            {"alias": one.alias, "address": one.address, "path": str(one.path), "origin": one.origin}
            for one in found
        ]
        print(json.dumps(rows, indent=2))
    elif not found:
        print(
            f"there is no account in {keystores.folder} yet: `ingot accounts import ALIAS` and "
            "`ingot accounts new ALIAS` make one",
            file=sys.stderr,
        )
    else:
        width = max(len(one.alias) for one in found)
        for one in found:
            where = "  (Foundry)" if one.origin == "foundry" else ""
            print(
                f"{one.alias:<{width}}  {one.address or 'locked: its file does not say its address':<42}{where}"
            )
    for problem in problems:
        print(f"ingot: {problem}", file=sys.stderr)
    return 0


def _show(arguments: Namespace) -> int:
    keystore = _load(arguments.alias)
    print(f"alias    {keystore.alias}")
    print(f"address  {_address_of(keystore)}")
    print(f"file     {keystore.path}")
    print(f"made by  {'Foundry or geth' if keystore.origin == 'foundry' else 'ingot or ape'}")
    if keystore.path.stat().st_mode & 0o077:
        print(f"others may read this file: chmod 600 {keystore.path}", file=sys.stderr)
    return 0


def _export(arguments: Namespace) -> int:
    from ingot.accounts.keystores import write_once
    from ingot.accounts.passwords import Passwords

    keystore = _load(arguments.alias)
    key = Passwords().unlock(keystore)
    if arguments.to is not None:
        path = arguments.to.expanduser()
        write_once(path, keystore.path.read_text(encoding="utf-8"))
        print(f"{path}: the keystore of {keystore.alias!r}, with the same password")
        return 0
    print("The private key: whoever sees it owns the account.", file=sys.stderr)
    print(f"0x{key.reveal().hex()}")
    return 0


def _delete(arguments: Namespace) -> int:
    from ingot.accounts.passwords import Passwords

    keystore = _load(arguments.alias)
    if keystore.origin == "foundry":
        raise UsageError(
            f"{keystore.alias!r} is Foundry's: `cast wallet remove --name {keystore.alias}` deletes it"
        )
    if not arguments.yes:
        _confirm_deletion(keystore, Passwords())
    try:
        keystore.path.unlink()
    except OSError as error:
        raise UsageError(f"cannot delete {keystore.path}: {error.strerror}") from error
    print(f"deleted {keystore.alias!r} ({keystore.path})")
    return 0


def _confirm_deletion(keystore: Keystore, passwords: Passwords) -> None:
    """Somebody says so, at a terminal: by the password, or by the alias where the password is in the environment.

    Raises: UsageError, if nobody does.
    """
    passwords.unlock(keystore)
    if passwords.stored(keystore.alias) is None:
        return
    instead = "--yes deletes it without asking. Nothing was deleted"
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(f"nobody can be asked here whether to delete {keystore.alias!r}: {instead}")
    print(f"To delete {keystore.alias!r}, type its alias: ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip() != keystore.alias:
        raise UsageError(f"this was not the alias: {instead}")


def _sign(arguments: Namespace) -> int:
    from ingot.accounts.message import message_digest
    from ingot.accounts.passwords import Passwords
    from ingot.engine import sign_hash

    digest = message_digest(_message(arguments))
    key = Passwords().unlock(_load(arguments.alias))
    print(f"0x{sign_hash(key.reveal(), digest).hex()}")
    return 0


def _verify(arguments: Namespace) -> int:
    from ingot.accounts.message import message_digest
    from ingot.engine import recover_hash
    from ingot.errors import AbiError

    digest = message_digest(_message(arguments))
    try:
        signer = recover_hash(digest, bytes.fromhex(arguments.signature.removeprefix("0x")))
    except (ValueError, AbiError, UsageError) as error:
        raise UsageError("this is no signature: 65 bytes as hex are one, r, s and v") from error
    expected = _who(arguments.who)
    if signer != expected:
        print(f"no: {signer} signed this, or it was changed since; {expected} did not sign it")
        return 1
    print(f"yes: {expected} signed this")
    return 0


def _load(alias: str) -> Keystore:
    from ingot.accounts.keystores import Keystores

    return Keystores.from_environment().load(alias)


def _who(text: str) -> Address:
    from ingot.conversion import to_address

    return to_address(text) if text[:2] in ("0x", "0X") else _address_of(_load(text))


def _address_of(keystore: Keystore) -> Address:
    """The address; the password is asked for where the file does not say it."""
    from ingot.accounts.passwords import Passwords
    from ingot.engine import key_address

    return keystore.address or key_address(Passwords().unlock(keystore).reveal())


def _message(arguments: Namespace) -> str | bytes | dict[str, object]:
    given = [one for one in (arguments.message, arguments.file, arguments.typed_data) if one is not None]
    if len(given) != 1:
        raise UsageError("give the message itself, or --file FILE, or --typed-data FILE: one of them")
    if arguments.message is not None:
        return str(arguments.message)
    content = _read(given[0])
    if arguments.file is not None:
        return content
    try:
        document = json.loads(content)
    except ValueError as error:
        raise UsageError(f"{arguments.typed_data} is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise UsageError(
            f"{arguments.typed_data} has no object of typed data: types, domain, primaryType, message"
        )
    return document


def _read(name: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror}") from error

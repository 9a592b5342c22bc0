"""No key, mnemonic or password is in anything that the commands and the accounts leave behind, whatever goes wrong."""

from __future__ import annotations

import argparse
import copy
import io
import json
import logging
import os
import pickle
import sys
import traceback
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from random import Random
from unittest.mock import patch

import pytest
from eth_account.hdaccount.mnemonic import Mnemonic
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from keystore_cases import TYPED
from leaks import files_below, search

import ingot
from ingot.accounts import KeystoreAccount, Keystores, LiveAccounts, Passwords
from ingot.accounts.secret import Secret
from ingot.cli import accounts as command
from ingot.errors import IngotError

pytest_plugins = ["pytester"]

FIELDS = {"type": 2, "chain_id": 1, "nonce": 0, "to": None, "value": 0, "data": b"\0", "gas_limit": 60_000}
ALIAS = "deployer"


class World:
    """A home folder, its secrets, and all that was said in it."""

    def __init__(self, folder: Path, password: str, random: Random) -> None:
        self.folder = folder
        self.key = random.randbytes(32)
        self.mnemonic = Mnemonic().to_mnemonic(random.randbytes(16))
        self.password = password
        self.happened: list[str] = []
        self.said: dict[str, bytes] = {}
        self.typed: list[bytes] = []
        self.password_file = folder / "password"
        self.password_file.write_text(password, encoding="utf-8")

    def secrets(self) -> dict[str, bytes]:
        words = self.mnemonic.split()
        return {
            "key": self.key,
            "key as text": self.key.hex().encode(),
            "mnemonic, begin": " ".join(words[:4]).encode(),
            "mnemonic, end": " ".join(words[-4:]).encode(),
            "password": self.password.encode(),
            **{f"typed {index}": typed for index, typed in enumerate(self.typed)},
        }

    def run(self, *words: object, piped: str = "", password: str | None = None) -> None:
        """Run a command as `ingot accounts` would, and keep all that it shows."""
        out, err = io.StringIO(), io.StringIO()
        environ = {
            "HOME": str(self.folder),
            "INGOT_ACCOUNT_PASSWORD_FILE": str(self.password_file),
            **({} if password is None else {f"APE_ACCOUNTS_{ALIAS}_PASSPHRASE": password}),
        }
        place = f"{len(self.said)}: {words[0]}"
        stdin = io.TextIOWrapper(io.BytesIO(piped.encode()))
        code = 0
        with (
            patch.dict(os.environ, environ),
            patch.object(sys, "stdin", stdin),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            try:
                parser = command.Parser(prog="ingot accounts")
                command.add_arguments(parser)
                code = command.run(parser.parse_args(list(map(str, words))))
            except SystemExit as end:
                code = int(end.code or 0)
            except IngotError as error:
                code = 1
                self.said[f"{place}, the error"] = everything_in(error)
        self.happened.append(f"{words[0] if str(words[0]).isalpha() else 'nonsense'}: {code}")
        is_export = words[0] == "export" and code == 0 and "--to" not in words
        self.said[place] = b"" if is_export else out.getvalue().encode()
        self.said[f"{place}, beside it"] = err.getvalue().encode()

    def check(self) -> None:
        places = {**self.said, **files_below(self.folder)}
        del places[str(self.password_file)]
        assert not [str(leak) for leak in search(self.secrets(), places)]


def everything_in(error: BaseException, *, variables: bool = True) -> bytes:
    """What a debugger, or a traceback with variables, could show of an exception and those behind it."""
    parts: list[str] = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None:
            continue
        parts += [repr(one), str(one), repr(one.args), repr(vars(one))]
        parts += traceback.format_exception(one)
        for frame, _ in traceback.walk_tb(one.__traceback__):
            if variables and frame.f_code.co_filename != __file__:  # what the tests themselves hold is theirs
                parts += [f"{name} = {value!r}" for name, value in frame.f_locals.items()]
        waiting += [one.__context__, one.__cause__]
    return "\n".join(parts).encode()


@st.composite
def mistyped(draw: st.DrawFn, text: str) -> str:
    """`text` with a character lost, doubled or changed; or as it is."""
    place = draw(st.integers(0, len(text) - 1))
    return draw(
        st.sampled_from(
            [
                text,
                text[:place] + text[place + 1 :],
                text[:place] + "g" + text[place + 1 :],
                text[:place] + text[place:] + text[place],
                f" {text}\t",
                text + "00",
            ]
        )
    )


# Hypothesis likes words of our sources; what comes behind them is in none.
PASSWORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=20).map(
    "{} Tür+7".format
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), password=PASSWORDS, seed=st.integers(0, 2**32))
def test_no_command_shows_a_secret_whatever_is_typed(tmp_path_factory, data, password, seed):
    world = World(tmp_path_factory.mktemp("home"), password, Random(seed))
    world.run("import", ALIAS, piped=world.key.hex())
    keystore = world.folder / ".ape" / "accounts" / f"{ALIAS}.json"
    typed_data = world.folder / "typed.json"
    typed_data.write_text(json.dumps(TYPED))
    nonsense = world.folder / "nonsense"
    nonsense.write_text("{")
    for step in range(data.draw(st.integers(1, 6))):
        key = data.draw(
            mistyped(data.draw(st.sampled_from([world.key.hex(), "0x" + world.key.hex().upper()])))
        )
        phrase = data.draw(mistyped(world.mnemonic))
        wrong = data.draw(st.sampled_from([None, password + "x", password[:-1], ""]))
        world.typed += [key.strip().encode(), phrase.strip().encode()]
        if wrong:
            world.typed.append(wrong.encode())
        acts = {
            "import": ("import", f"key{step}"),
            "phrase": ("import", f"phrase{step}", "--mnemonic"),
            "path": ("import", f"path{step}", "--mnemonic", "--hd-path", data.draw(st.text(max_size=9))),
            "file": ("import", f"file{step}", "--keystore", data.draw(st.sampled_from([keystore, nonsense]))),
            "new": ("new", f"new{step}"),
            "phrase shown": ("new", f"shown{step}", "--mnemonic"),
            "list": ("list",),
            "json": ("list", "--json"),
            "show": ("show", ALIAS),
            "export": ("export", ALIAS),
            "to": ("export", ALIAS, "--to", world.folder / f"copy{step}"),
            "sign": ("sign", ALIAS, "hello"),
            "typed": ("sign", ALIAS, "--typed-data", data.draw(st.sampled_from([typed_data, nonsense]))),
            "verify": ("verify", ALIAS, data.draw(st.sampled_from(["0x12", key, "00" * 65])), "hello"),
            "delete": ("delete", data.draw(st.sampled_from([ALIAS, "nobody", key]))),
            "alias": (data.draw(st.sampled_from(["import", "new", "show", "sign"])), key, "x"),
            "word": ("import", f"word{step}", data.draw(st.sampled_from([key, phrase, f"--key={key}"]))),
            "action": (key,),
            "words": ("import", f"words{step}", "--mnemonic", *phrase.split()),
            "password": ("new", f"given{step}", "--password", password),
        }
        chosen = data.draw(st.sampled_from(sorted(acts)))
        piped = phrase if chosen in ("phrase", "path") else key
        world.run(*acts[chosen], piped=data.draw(st.sampled_from([piped, "", "\n"])), password=wrong)
        is_spoilt, place, change = data.draw(
            st.tuples(st.booleans(), st.integers(0, 2**9), st.integers(1, 255))
        )
        if is_spoilt and keystore.exists():
            content = bytearray(keystore.read_bytes())
            content[place % len(content)] ^= change
            keystore.write_bytes(content)
    for happened in world.happened:
        event(happened)
    world.check()


@pytest.fixture
def world(tmp_path, monkeypatch):
    (tmp_path / "home").mkdir()
    made = World(tmp_path / "home", "correct horse 7", Random(7))
    monkeypatch.setenv("HOME", str(made.folder))
    made.run("import", ALIAS, piped=made.key.hex())
    made.run("import", "phrase", "--mnemonic", piped=made.mnemonic)
    return made


class Held(ingot.Chain):
    """The chain in process, as a live network's."""

    is_development = False

    def hold(self, signer) -> None:
        self.held = signer


def test_nothing_that_accounts_raise_or_are_holds_a_secret(world, caplog):
    caplog.set_level(logging.DEBUG)
    wrong = "nonsense!"  # by name: a traceback shows the lines of the source
    accounts = LiveAccounts(Held(balance=0), passwords=Passwords(environ={}, ask=lambda _: Secret(wrong)))
    open_account = accounts[ALIAS]
    open_account.unlock(world.password)
    locked = accounts["phrase"]
    impossible = {**FIELDS, "max_fee": -1, "max_priority_fee": 0}
    key, number = world.key.hex(), int.from_bytes(world.key, "big")
    acts = [
        lambda: locked.unlock(wrong),
        lambda: locked.unlock(),
        lambda: locked.set_autosign(True, passphrase=wrong),
        lambda: locked.sign_message("hello"),
        lambda: locked.sign_transaction({**FIELDS, "gas_price": 1}),
        lambda: open_account.sign_transaction({**FIELDS, "gas": 1}),
        lambda: open_account.sign_transaction({"type": 2}),
        lambda: open_account.sign_transaction(impossible),
        lambda: open_account.sign_transaction({**FIELDS, "type": 9}),
        lambda: open_account.sign_transaction({**FIELDS, "data": 5}),
        lambda: open_account.sign_message({"types": 5}),
        lambda: open_account.sign_hash(b"short"),
        lambda: open_account.transfer(ALIAS, 1),
        lambda: accounts[0],
        lambda: pickle.dumps(open_account),
        lambda: copy.deepcopy(open_account),
        lambda: pickle.dumps(accounts),
        lambda: pickle.dumps(Secret(world.key)),
        lambda: json.dumps(open_account),
    ]
    misplaced = [
        lambda: open_account.transfer(key, 1),
        lambda: accounts[key],
        lambda: accounts[f"0x{key}"],
        lambda: accounts[f"0x{key[:-1]}"],
        lambda: accounts[f"0x{key}0"],
        lambda: accounts[f"x{key}"],
        lambda: accounts[number],
        lambda: accounts.load(world.mnemonic),
        lambda: accounts[world.mnemonic],
    ]
    for index, act in enumerate(acts + misplaced):
        with pytest.raises((IngotError, TypeError)) as caught:
            act()
        # a secret that is handed over in the wrong place is in that function's variables, but in no message
        world.said[f"act {index}"] = everything_in(caught.value, variables=act in acts)
    whole = [
        open_account,
        accounts,
        accounts.keystores,
        open_account.keystore,
        accounts._passwords,
        Secret(world.key),
    ]
    world.said["repr"] = " ".join(f"{one!r} {one!s} {one}" for one in whole).encode()
    world.said["slots"] = repr(vars(accounts)).encode()
    world.said["log"] = caplog.text.encode()
    world.typed += [b"nonsense!", key[:60].encode()]
    world.check()


def test_a_failing_test_shows_no_secret(world, pytester, tmp_path):
    mistyped_key = tmp_path / "mistyped"
    mistyped_key.write_text(world.key.hex() + "00")
    pytester.makepyfile(
        f"""
        import ingot
        from ingot.accounts import KeystoreAccount, Keystores, Passwords

        def account():
            return KeystoreAccount(Keystores.from_environment().load("{ALIAS}"), ingot.Chain(), passwords=Passwords())

        def opened():
            account_ = account()
            account_.unlock(open({str(world.password_file)!r}).read())
            return account_

        def test_equal():
            assert opened() == 5

        def test_slots():
            assert [opened()] == [account().keystore]

        def test_no_transaction():
            opened().sign_transaction({{"type": 2}})

        def test_no_such_hash():
            opened().sign_hash(b"short")

        def test_locked():
            account().sign_hash(b"0" * 32)

        def test_no_key():
            ingot.Chain().accounts.new(key=open({str(mistyped_key)!r}).read())

        def test_label():
            ingot.Chain().accounts.new("other", key=open({str(mistyped_key)!r}).read()[:-2])
            ingot.Chain().accounts.new("other", key=open({str(mistyped_key)!r}).read())

        def test_wrong_password():
            keystore = account()
            keystore.unlock("nonsense!"[::-1])
        """
    )
    result = pytester.runpytest_subprocess("-vv", "-l", "--tb=long", "--full-trace", "-p", "no:ape_test")
    result.assert_outcomes(failed=8)
    world.said["pytest"] = "\n".join(result.outlines + result.errlines).encode()
    world.typed.append(b"nonsense!"[::-1])
    world.check()


def test_the_search_itself_finds_what_export_prints(world):
    world.run("export", ALIAS, "--to", world.folder / "copy")
    world.said["planted"] = f"0x{world.key.hex().upper()}".encode()
    with pytest.raises(AssertionError, match="planted"):
        world.check()


def test_an_account_of_a_keystore_has_no_other_doors(world):
    account = KeystoreAccount(Keystores.from_environment().load(ALIAS), ingot.Chain(), passwords=Passwords())
    account.unlock(world.password)
    public = [name for name in dir(account) if not name.startswith("_")]
    values = {}
    for name in public:
        values[name] = repr(getattr(account, name)).encode()
    assert "keystore" in values
    assert not search(world.secrets(), values)
    assert not hasattr(account, "__dict__")
    assert isinstance(command, type(argparse))

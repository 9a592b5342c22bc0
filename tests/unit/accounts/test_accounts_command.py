"""`ingot accounts`, in this process: what it does, and what it refuses."""

from __future__ import annotations

import errno
import io
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from eth_account import Account as EthAccount
from eth_account.messages import encode_defunct, encode_typed_data
from keystore_cases import ADDRESS, KEY, MNEMONIC, PASSWORD, TYPED

from ingot.accounts import TEST_MNEMONIC, Keystores, Passwords, derive_key
from ingot.accounts.keystores import write_once
from ingot.accounts.mnemonic import check_mnemonic, new_mnemonic
from ingot.cli import main
from ingot.engine import key_address
from ingot.errors import UsageError

SOMEBODY = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"


@pytest.fixture
def password_file(home, monkeypatch):
    path = home / "password"
    path.write_text(PASSWORD + "\n")
    monkeypatch.setenv("INGOT_ACCOUNT_PASSWORD_FILE", str(path))
    return path


@pytest.fixture
def ingot(capsys, monkeypatch):
    """Run `ingot accounts ...` with `piped` on standard input. Gives (exit code, stdout, stderr)."""

    def run(*words: object, piped: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(piped.encode())))
        try:
            code = main(["accounts", *map(str, words)])
        except SystemExit as end:
            code = int(end.code or 0)
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def files(home):
    return sorted(path.name for path in (home / ".ape" / "accounts").glob("*"))


@pytest.mark.usefixtures("password_file")
def test_a_piped_key_is_imported_for_its_owner_only(ingot, home):
    code, out, err = ingot("import", "deployer", piped=f"0x{KEY.hex()}\n")
    path = home / ".ape" / "accounts" / "deployer.json"
    assert (code, out, err) == (0, f"'deployer' is {ADDRESS} ({path})\n", "")
    assert files(home) == ["deployer.json"]
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert EthAccount.decrypt(json.loads(path.read_text()), PASSWORD) == KEY


@pytest.mark.usefixtures("password_file")
@pytest.mark.parametrize("path", ["m/44'/60'/0'/0/0", "m/44'/60'/0'/0/7", "m/44h/60h/2h"])
def test_a_mnemonic_is_imported_at_any_path(ingot, path):
    code, out, _ = ingot("import", "phrase", "--mnemonic", "--hd-path", path, piped=MNEMONIC + "\n")
    EthAccount.enable_unaudited_hdwallet_features()
    expected = EthAccount.from_mnemonic(MNEMONIC, account_path=path.replace("h", "'")).address
    assert code == 0
    assert expected in out


@pytest.mark.usefixtures("password_file")
def test_a_keystore_of_another_tool_is_copied_with_its_password(ingot, home):
    document = EthAccount.encrypt(KEY, PASSWORD, kdf="pbkdf2", iterations=2)
    del document["address"]
    theirs = home / "UTC--2026"
    theirs.write_text(json.dumps(document))
    code, out, _ = ingot("import", "mine", "--keystore", theirs)
    assert code == 0
    assert ADDRESS in out
    copied = json.loads((home / ".ape" / "accounts" / "mine.json").read_text())
    assert copied == {**document, "address": ADDRESS[2:]}


@pytest.mark.usefixtures("password_file")
def test_new_makes_another_key_each_time(ingot, home):
    first, second = ingot("new", "one"), ingot("new", "two")
    assert (first[0], second[0]) == (0, 0)
    assert first[1].split()[2] != second[1].split()[2]
    assert files(home) == ["one.json", "two.json"]
    code, _, err = ingot("new", "three", "--mnemonic")
    assert code == 2
    assert "at a terminal" in err
    assert files(home) == ["one.json", "two.json"]


def test_new_mnemonics_are_valid_and_new():
    for words in (12, 15, 18, 21, 24):
        phrases = {new_mnemonic(words).reveal() for _ in range(8)}
        assert len(phrases) == 8
        assert all(len(check_mnemonic(phrase).split()) == words for phrase in phrases)
        EthAccount.enable_unaudited_hdwallet_features()
        phrase = phrases.pop()
        assert EthAccount.from_mnemonic(phrase).address == key_address(derive_key(phrase, 0))
    with pytest.raises(UsageError, match="13 words"):
        new_mnemonic(13)


@pytest.mark.usefixtures("keystores")
def test_list_shows_every_keystore_and_asks_for_nothing(ingot, home):
    foundry = home / ".foundry" / "keystores"
    foundry.mkdir(parents=True)
    document = EthAccount.encrypt(KEY, PASSWORD, kdf="scrypt", iterations=2)
    (foundry / "caster").write_text(json.dumps({**document, "address": None}))
    (foundry / "deployer").write_text(json.dumps(document))
    (home / ".ape" / "accounts" / "broken.json").write_text("{")
    code, out, err = ingot("list")
    assert code == 0
    assert out.splitlines() == [
        f"{'caster':<8}  {'locked: its file does not say its address':<42}  (Foundry)",
        f"deployer  {ADDRESS}",
    ]
    assert "broken.json is no keystore: it is not JSON" in err
    rows = json.loads(ingot("list", "--json")[1])
    assert [(row["alias"], row["address"], row["origin"]) for row in rows] == [
        ("caster", None, "foundry"),
        ("deployer", ADDRESS, "ape"),
    ]


def test_an_empty_list_says_how_to_begin(ingot):
    code, out, err = ingot("list")
    assert (code, out) == (0, "")
    assert "ingot accounts import ALIAS" in err


@pytest.mark.usefixtures("keystores")
def test_show_tells_the_file_and_who_may_read_it(ingot, home):
    path = home / ".ape" / "accounts" / "deployer.json"
    code, out, err = ingot("show", "deployer")
    assert (code, err) == (0, "")
    assert ADDRESS in out
    assert str(path) in out
    path.chmod(0o644)
    assert "chmod 600" in ingot("show", "deployer")[2]


@pytest.mark.usefixtures("keystores", "password_file")
def test_export_prints_the_key_or_writes_a_keystore(ingot, home):
    code, out, err = ingot("export", "deployer")
    assert (code, out) == (0, f"0x{KEY.hex()}\n")
    assert "whoever sees it" in err
    copy = home / "copy"
    assert ingot("export", "deployer", "--to", copy)[0] == 0
    assert EthAccount.decrypt(json.loads(copy.read_text()), PASSWORD) == KEY
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    code, _, err = ingot("export", "deployer", "--to", copy)
    assert code == 2
    assert "already" in err


@pytest.mark.usefixtures("keystores")
def test_delete_needs_the_password_or_yes(ingot, home, password_file):
    password_file.write_text("another")
    code, _, err = ingot("delete", "deployer")
    assert code == 2
    assert "is wrong" in err
    assert files(home) == ["deployer.json"]
    assert ingot("delete", "deployer", "--yes")[0] == 0
    assert files(home) == []


@pytest.mark.usefixtures("keystores", "password_file")
def test_the_right_password_in_a_file_alone_deletes_nothing(ingot, home):
    code, _, err = ingot("delete", "deployer")
    assert code == 2
    assert "nobody can be asked here whether to delete 'deployer': --yes" in err
    assert files(home) == ["deployer.json"]


def test_foundry_s_keystores_are_not_ours_to_delete(ingot, home):
    foundry = home / ".foundry" / "keystores"
    foundry.mkdir(parents=True)
    (foundry / "caster").write_text(json.dumps(EthAccount.encrypt(KEY, PASSWORD, kdf="scrypt", iterations=2)))
    code, _, err = ingot("delete", "caster", "--yes")
    assert code == 2
    assert "cast wallet remove" in err
    assert (foundry / "caster").exists()


@pytest.mark.usefixtures("keystores", "password_file")
def test_signatures_are_eth_account_s(ingot, home):
    text = EthAccount.sign_message(encode_defunct(text="hellö"), KEY).signature.hex()
    assert ingot("sign", "deployer", "hellö")[1] == f"0x{text}\n"
    file = home / "message"
    file.write_bytes(b"\xff\0")
    raw = EthAccount.sign_message(encode_defunct(b"\xff\0"), KEY).signature.hex()
    assert ingot("sign", "deployer", "--file", file)[1] == f"0x{raw}\n"
    assert ingot("sign", "deployer", "--file", "-", piped="hellö")[1] == f"0x{text}\n"
    typed = home / "typed.json"
    typed.write_text(json.dumps(TYPED))
    expected = EthAccount.sign_message(encode_typed_data(full_message=TYPED), KEY).signature.hex()
    assert ingot("sign", "deployer", "--typed-data", typed)[1] == f"0x{expected}\n"
    assert ingot("verify", ADDRESS, expected, "--typed-data", typed)[0] == 0


@pytest.mark.usefixtures("keystores")
def test_verify_tells_right_from_wrong(ingot):
    signature = "0x" + EthAccount.sign_message(encode_defunct(text="hello"), KEY).signature.hex()
    assert ingot("verify", "deployer", signature, "hello")[:2] == (0, f"yes: {ADDRESS} signed this\n")
    assert ingot("verify", ADDRESS.lower(), signature, "hello")[0] == 0
    code, out, _ = ingot("verify", SOMEBODY, signature, "hello")
    assert code == 1
    assert out.startswith(f"no: {ADDRESS} signed this")
    assert ingot("verify", "deployer", signature, "hullo")[0] == 1
    for wrong in ("0x1234", "zz", "0x" + "00" * 65):
        code, _, err = ingot("verify", "deployer", wrong, "hello")
        assert code == 2
        assert "no signature" in err


@pytest.mark.usefixtures("keystores", "password_file")
@pytest.mark.parametrize(
    "words",
    [
        ("sign", "deployer"),
        ("sign", "deployer", "a", "--file", "b"),
        ("sign", "deployer", "--file", "nowhere"),
    ],
)
def test_one_message_is_signed_and_it_must_be_there(ingot, words):
    code, out, err = ingot(*words)
    assert (code, out) == (2, "")
    assert "--file FILE" in err or "cannot read nowhere" in err


@pytest.mark.usefixtures("password_file")
@pytest.mark.parametrize(
    ("piped", "says"),
    [
        ("", "standard input has no line"),
        ("0x1234", "64 hex digits"),
        ("zz" * 32, "64 hex digits"),
        ("00" * 32, "order of secp256k1"),
        ("f" * 64, "order of secp256k1"),
        ("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", "order of secp256k1"),
        (" ".join(["abandon"] * 12), "add --mnemonic"),
    ],
)
def test_what_is_no_key_is_refused_unseen(ingot, home, piped, says):
    code, out, err = ingot("import", "deployer", piped=piped + "\n")
    assert (code, out) == (2, "")
    assert says in err
    assert not piped or piped not in err
    assert files(home) == []


@pytest.mark.usefixtures("password_file")
def test_the_largest_key_is_one(ingot):
    largest = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140"
    code, out, _ = ingot("import", "deployer", piped=largest)
    assert code == 0
    assert EthAccount.from_key(largest).address in out


@pytest.mark.usefixtures("password_file")
@pytest.mark.parametrize(
    ("piped", "says"),
    [
        (MNEMONIC.replace("yellow", "zoo"), "checksum is wrong"),
        (MNEMONIC.replace("yellow", "yelow"), "word number 12 is not in BIP-39's"),
        ("legal winner", "the mnemonic has 2 words"),
    ],
)
def test_what_is_no_mnemonic_is_refused_unseen(ingot, home, piped, says):
    code, out, err = ingot("import", "phrase", "--mnemonic", piped=piped)
    assert (code, out) == (2, "")
    assert says in err
    assert "winner" not in err
    assert files(home) == []


@pytest.mark.usefixtures("password_file")
@pytest.mark.parametrize(
    "alias", ["", "a/b", "../up", "a\\b", ".hidden", "a b", "-x", "a\nb", "é" * 65, "0x" + "12" * 20]
)
@pytest.mark.parametrize("action", ["new", "import"])
def test_what_cannot_be_an_alias_is_refused(ingot, home, alias, action):
    code, _, err = ingot(action, "--", alias, piped=KEY.hex())
    assert code == 2
    assert "alias" in err
    assert files(home) == []


@pytest.mark.usefixtures("keystores", "password_file")
def test_an_alias_that_is_taken_stays_as_it_is(ingot, home):
    path = home / ".ape" / "accounts" / "deployer.json"
    before = path.read_bytes()
    other = EthAccount.encrypt(KEY, PASSWORD, kdf="scrypt", iterations=2)
    file = home / "other"
    file.write_text(json.dumps(other))
    for words in (("new", "deployer"), ("import", "deployer"), ("import", "deployer", "--keystore", file)):
        code, _, err = ingot(*words, piped=KEY.hex())
        assert code == 2
        assert "already" in err
    assert path.read_bytes() == before


def test_two_programs_at_once_cannot_overwrite_each_other(keystores, monkeypatch):
    monkeypatch.setattr(Keystores, "paths", lambda _: {})  # the other one wrote it after we looked
    before = (keystores.folder / "deployer.json").read_bytes()
    with pytest.raises(UsageError, match="already"):
        keystores.add("deployer", "{}")
    assert (keystores.folder / "deployer.json").read_bytes() == before
    assert files(keystores.folder.parents[1]) == ["deployer.json"]


@pytest.mark.parametrize("refused", [OSError("no links"), PermissionError("no links")])
def test_a_file_system_without_links_is_none_to_overwrite_either(home, monkeypatch, refused):
    def no_link(*_: object) -> None:
        raise refused

    monkeypatch.setattr(os, "link", no_link)
    keystores = Keystores.from_environment()
    text = json.dumps(EthAccount.encrypt(KEY, PASSWORD, kdf="scrypt", iterations=2))
    assert keystores.add("one", text).address == ADDRESS
    monkeypatch.setattr(Keystores, "paths", lambda _: {})
    with pytest.raises(UsageError, match="already"):
        keystores.add("one", "{}")
    assert (home / ".ape" / "accounts" / "one.json").read_text() == text


@pytest.mark.usefixtures("keystores")
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read: No such file"),
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"a\nb\n", "has more than one line"),
        (b"a\n\n", "has more than one line"),
        (b"\xff\xfe", "not UTF-8"),
        (b"wrong password", "is wrong"),
    ],
)
def test_a_password_file_that_is_no_use_is_named_not_shown(ingot, password_file, content, says):
    password_file.unlink()
    if content is not None:
        password_file.write_bytes(content)
    code, out, err = ingot("export", "deployer")
    assert (code, out) == (2, "")
    assert says in err
    assert str(password_file) in err
    assert "wrong password" not in err


@pytest.mark.usefixtures("password_file")
@pytest.mark.parametrize(
    "words",
    [("import", "x", "--hd-path", "m/1"), ("new", "x", "--words", "24"), ("new", "x", "--hd-path", "m/1")],
)
def test_options_of_a_mnemonic_without_one_are_not_passed_over(ingot, home, words):
    code, _, err = ingot(*words, piped=KEY.hex())
    assert code == 2
    assert "add --mnemonic" in err
    assert files(home) == []


@pytest.mark.usefixtures("password_file")
def test_a_key_that_everybody_knows_is_told_apart(ingot):
    for index, piped in enumerate([derive_key(TEST_MNEMONIC, 0), derive_key(TEST_MNEMONIC, 19)]):
        code, _, err = ingot("import", f"known{index}", piped=piped.hex())
        assert code == 0
        assert "everybody knows its key" in err
    assert ingot("import", "own", piped=KEY.hex())[2] == ""


@pytest.mark.parametrize("failing", ["fsync", "link", "open"])
def test_a_full_disk_leaves_nothing_behind(home, monkeypatch, failing):
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    keystores = Keystores.from_environment()
    keystores.folder.mkdir(parents=True)
    monkeypatch.setattr(os, failing, refuse)
    if failing == "link":  # then the name is claimed instead, and that fails as well
        monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(UsageError, match="No space left"):
        keystores.add("deployer", "{}")
    monkeypatch.undo()
    assert files(home) == []


def test_a_keystore_is_on_the_disk_before_it_has_its_name_and_the_name_too_afterwards(monkeypatch, tmp_path):
    happened = []
    for name in ("fsync", "link"):
        real = getattr(os, name)
        monkeypatch.setattr(
            os, name, lambda *given, name=name, real=real: (happened.append(name), real(*given))
        )
    write_once(tmp_path / "file", "text")
    assert happened == ["fsync", "link", "fsync"]
    assert (tmp_path / "file").read_text() == "text"


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_password_may_hold_whatever_fits_on_a_line(home, end):
    password = " p\x0b\u2028\x85 ß "
    (home / "password").write_bytes((password + end).encode())
    environ = {"INGOT_ACCOUNT_PASSWORD_FILE": str(home / "password")}
    found = Passwords(environ=environ).stored("deployer")
    assert found is not None
    assert found[0].reveal() == password


@pytest.mark.usefixtures("keystores")
def test_without_a_terminal_every_action_names_the_password_file(ingot):
    for words in (("export", "deployer"), ("sign", "deployer", "hi"), ("delete", "deployer"), ("new", "x")):
        code, out, err = ingot(*words)
        assert (code, out) == (2, "")
        assert "INGOT_ACCOUNT_PASSWORD_FILE" in err


@pytest.mark.usefixtures("keystores", "password_file")
def test_unknown_aliases_name_what_there_is(ingot):
    for action in ("show", "export", "delete"):
        code, _, err = ingot(action, "deploier")
        assert code == 2
        assert "did you mean 'deployer'" in err


DOCUMENT = EthAccount.encrypt(KEY, PASSWORD, kdf="scrypt", iterations=2)
CRYPTO = DOCUMENT["crypto"]
KDF = CRYPTO["kdfparams"]


@pytest.mark.usefixtures("password_file")
@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "not JSON"),
        ("[]", "no JSON object"),
        ("{}", "version is None"),
        ({**DOCUMENT, "version": 1}, "version is 1"),
        ({**DOCUMENT, "crypto": None}, "no section `crypto`"),
        ({**DOCUMENT, "address": "12"}, "address is malformed"),
        ({**DOCUMENT, "crypto": {**CRYPTO, "cipher": "rot13"}}, "cipher is 'rot13'"),
        ({**DOCUMENT, "crypto": {**CRYPTO, "cipherparams": {}}}, "cipherparams.iv"),
        ({**DOCUMENT, "crypto": {**CRYPTO, "mac": 5}}, "`crypto.mac`"),
        ({**DOCUMENT, "crypto": {**CRYPTO, "ciphertext": "zz"}}, "malformed"),
        ({**DOCUMENT, "crypto": {**CRYPTO, "kdf": "none"}}, "scrypt and pbkdf2"),
        ({**DOCUMENT, "crypto": {**CRYPTO, "kdfparams": {}}}, "needs n, r, p, dklen"),
        ({**DOCUMENT, "crypto": {**CRYPTO, "kdfparams": {**KDF, "n": 2**40}}}, "more than 2 GiB"),
        ({**DOCUMENT, "crypto": {**CRYPTO, "kdfparams": {**KDF, "n": 3}}}, "malformed"),
        ({**DOCUMENT, "crypto": {**CRYPTO, "kdfparams": {**KDF, "dklen": 8}}}, "dklen at least 32"),
        ({**DOCUMENT, "crypto": {**CRYPTO, "kdfparams": {**KDF, "salt": 5}}}, "malformed"),
        ("[" * 100_000, "not JSON"),
        (" " * (2**20 + 1), "larger than 1 MiB"),
    ],
    ids=lambda value: value if isinstance(value, str) and 0 < len(value) < 40 else "file",
)
def test_a_malformed_keystore_is_named_with_what_is_wrong(ingot, home, content, says):
    folder = home / ".ape" / "accounts"
    folder.mkdir(parents=True)
    (folder / "bad.json").write_text(content if isinstance(content, str) else json.dumps(content))
    code, out, err = ingot("export", "bad")
    assert (code, out) == (2, "")
    assert says in err
    assert "bad.json" in err


@pytest.mark.parametrize(
    "words",
    [
        ("import", KEY.hex()),
        ("import", "x", "0x" + KEY.hex()),
        ("import", "x", f"--private-key={KEY.hex()}"),
        ("import", "x", "--private-key", "0X" + KEY.hex().upper()),
        ("import", "x", "--hd-path", KEY.hex()),
        ("import", "x", "--keystore", KEY.hex()),
        ("export", "x", "--to", KEY.hex()),
        ("sign", "x", KEY.hex()),
        ("import", "x", "--mnemonic", MNEMONIC),
        ("import", "x", f"--mnemonic={MNEMONIC}"),
        ("import", MNEMONIC.replace("legal", "leegal")),
        ("import", "x", *MNEMONIC.split()),
        (KEY.hex(),),
        ("import", "x", "--password", PASSWORD),
        ("import", "x", "--pass", PASSWORD),
    ],
)
def test_a_secret_on_the_command_line_is_refused_unseen(ingot, home, words):
    code, out, err = ingot(*words)
    assert (code, out) == (2, "")
    shown = err.lower()
    assert KEY.hex() not in shown
    assert "winner" not in shown
    assert PASSWORD not in shown
    assert "not shown" in shown or "does not belong here" in shown
    assert files(home) == []


@pytest.mark.usefixtures("keystores", "password_file")
def test_a_long_message_is_no_mnemonic(ingot):
    text = "I agree to the terms of this service, all twelve and more of them, today"
    assert ingot("sign", "deployer", text)[0] == 0


def test_wrong_words_are_explained_without_them(ingot):
    for words in (("frobnicate",), ("new", "x", "--words", "abc"), ("list", "--all")):
        code, _, err = ingot(*words)
        assert code == 2
        assert "--help" in err
        assert not any(word in err for word in ("frobnicate", "abc", "--all"))
    code, _, err = ingot("show")
    assert code == 2
    assert "required: ALIAS" in err


@pytest.mark.usefixtures("keystores")
def test_looking_needs_neither_eth_account_nor_web3():
    program = (
        "import sys; from ingot.cli import main; code = main(['accounts', 'list']);"
        "sys.exit(code or str({'eth_account', 'web3', 'ingot.receipt', 'ingot.contract'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.stderr) == (f"deployer  {ADDRESS}\n", "set()\n")

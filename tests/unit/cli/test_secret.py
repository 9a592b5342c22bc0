from __future__ import annotations

import pytest

from ingot.cli import main
from ingot.cli.secret import refuse_secrets, without_keys
from ingot.errors import UsageError

KEY = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"  # anvil's first, known to everybody
MNEMONIC = "test test test test test test test test test test test junk"


@pytest.mark.parametrize(
    "words",
    [
        ["deploy", "--account", f"0x{KEY}"],
        ["deploy", "--account", KEY.upper()],
        ["deploy", f"--account=0x{KEY}"],
        ["--account", f" 0x{KEY} ", "deploy"],
        ["deploy", "--account", MNEMONIC],
        ["deploy", "--private-key", f"0x{KEY}"],
        ["deploy", f"--private-key={KEY}"],
        ["--private-key", "short", "deploy"],
        ["deploy", "--sender", KEY],
    ],
)
def test_a_key_is_refused_and_not_quoted(words, capsys):
    with pytest.raises(UsageError, match="ingot accounts import") as caught:
        refuse_secrets(words)
    assert KEY not in str(caught.value).lower()
    assert MNEMONIC not in str(caught.value)
    assert main(["run", *words]) == 2
    said = "".join(capsys.readouterr())
    assert "ingot: --" in said
    assert KEY not in said.lower()
    assert MNEMONIC not in said


@pytest.mark.parametrize(
    "words",
    [
        ["deploy", "--account", "deployer"],
        ["deploy", "--account", "0"],
        ["deploy", "--account", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"],
        ["show", f"0x{KEY}"],
        ["deploy", "--", "--private-key", KEY],
        ["deploy", "--account"],
    ],
)
def test_what_is_no_key_passes(words):
    refuse_secrets(words)


@pytest.mark.parametrize("command", ["compile", "console", "gen-types", "run"])
def test_words_that_nobody_understands_are_told_without_keys(command, capsys):
    with pytest.raises(SystemExit, match="2"):
        main([command, "--nonsense", f"0x{KEY}", f"--nonsense={KEY}"])
    said = "".join(capsys.readouterr())
    assert "--nonsense" in said
    assert KEY not in said


def test_other_hex_stays():
    assert (
        without_keys("0x70997970C51812dc3A010C7d01b50e0d17dc79C8")
        == "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
    )
    assert without_keys(f"a 0x{KEY} b") == "a 0x... b"
    assert without_keys("--rpcurl=https://x.example/v3/hunter2 y") == "--rpcurl=https://x.example/... y"

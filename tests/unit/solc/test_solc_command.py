"""`ingot solc`: list, which, install, link."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from solc_cases import NEWEST, OTHER

from ingot.cli import main
from ingot.compile.solc import Settings, Solc
from ingot.compile.solc.native import is_launcher


@pytest.fixture
def here(
    monkeypatch: pytest.MonkeyPatch, user_settings: Settings, tmp_path: Path, wasm: Callable[[str], Solc]
) -> Path:
    """A folder without a project; compiled modules at hand, native compilers not."""
    for version in (NEWEST, OTHER):
        wasm(version)
    for name, value in user_settings.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("INGOT_SOLC_ROUTES", "native cached")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("INGOT_CACHE_DIR", str(user_settings.cache))
    monkeypatch.setenv("INGOT_OFFLINE", "1")
    monkeypatch.delenv("SOLCX_BINARY_PATH", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


Captured = pytest.CaptureFixture[str]


@pytest.mark.usefixtures("here")
def test_list_names_versions_and_how_each_is_reached(capsys: Captured) -> None:
    assert main(["solc", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith(f"{NEWEST}   wasmtime (") for line in lines)
    assert [line.split()[0] for line in lines].index(NEWEST) < [line.split()[0] for line in lines].index(
        OTHER
    )


@pytest.mark.usefixtures("here")
def test_list_all_names_what_can_be_had_too(capsys: Captured) -> None:
    assert main(["solc", "list", "--all"]) == 0
    versions = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert {"0.4.11", "0.8.0", NEWEST} <= set(versions)
    assert "0.8.1" not in versions


def test_an_empty_list_says_what_to_do(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setenv("INGOT_CACHE_DIR", str(here / "cache"))
    monkeypatch.setenv("PATH", str(here))
    assert main(["solc", "list"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "no solc is at hand; `ingot solc list --all`" in captured.err


@pytest.mark.usefixtures("here")
def test_which_prints_the_file(capsys: Captured, wasm: Callable[[str], Solc]) -> None:
    assert main(["solc", "which", OTHER]) == 0
    captured = capsys.readouterr()
    assert captured.out == f"{wasm(OTHER).path}\n"
    assert "by the route wasmtime" in captured.err


@pytest.mark.usefixtures("here")
def test_install_says_that_a_version_is_ready(capsys: Captured) -> None:
    assert main(["solc", "install", OTHER, f"v{NEWEST}"]) == 0
    assert capsys.readouterr().out.count("is ready: wasmtime") == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["which", "0.7.9"], "there is no solc 0.7.9; the nearest is 0.7.6"),
        (["install", "newest"], "'newest' is not a version of solc"),
        (["link", "0.8.2"], "no launcher was written: no route leads to solc 0.8.2"),
    ],
)
@pytest.mark.usefixtures("here")
def test_what_cannot_be_had_is_one_message(words: list[str], message: str, capsys: Captured) -> None:
    assert main(["solc", *words]) == 2
    assert message in capsys.readouterr().err


def test_link_writes_where_py_solc_x_looks(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    assert main(["solc", "link", NEWEST, OTHER]) == 0
    paths = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert paths == [here / "home" / ".solcx" / f"solc-v{version}" for version in (NEWEST, OTHER)]
    assert all(map(is_launcher, paths))
    monkeypatch.setenv("SOLCX_BINARY_PATH", str(here / "other"))
    assert main(["solc", "link", OTHER]) == 0
    assert capsys.readouterr().out == f"{here}/other/solc-v{OTHER}\n"


def test_link_to_a_folder_of_the_path_writes_the_plain_name_too(here: Path, capsys: Captured) -> None:
    assert main(["solc", "link", OTHER, "--to", "bin"]) == 0
    assert capsys.readouterr().out == f"bin/solc-v{OTHER}\nbin/solc\n"
    assert main(["solc", "link", OTHER, NEWEST, "--to", "both"]) == 0
    assert sorted(path.name for path in (here / "both").iterdir()) == [f"solc-v{OTHER}", f"solc-v{NEWEST}"]


def test_an_action_is_required(capsys: Captured) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["solc"])
    assert caught.value.code == 2
    assert "list|which|install|link" in capsys.readouterr().err

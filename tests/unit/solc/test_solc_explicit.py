"""A compiler that the user names: it is used for everything or refused clearly, and nothing else is tried."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ingot.compile.solc import Resolver, Settings, Version
from ingot.compile.solc.launcher.script import launcher_text
from ingot.errors import SolcNotFound, UsageError

Make = Callable[..., Resolver]
Write = Callable[..., Path]


def test_the_configured_path_serves_its_version(
    make_resolver: Make, fake_solc: Write, tmp_path: Path
) -> None:
    path = fake_solc(name="my-solc", folder=tmp_path / "mine")
    resolver = make_resolver(explicit=path)
    assert resolver.installed_versions() == resolver.obtainable_versions() == [Version(0, 8, 24)]
    solc = resolver.resolve("0.8.24")
    assert (solc.route, solc.path) == ("explicit", path)


def test_another_version_than_the_named_compilers_is_refused(make_resolver: Make, fake_solc: Write) -> None:
    with pytest.raises(
        SolcNotFound, match=r"solc 0\.8\.20 is needed, but .*names .*/solc, which is 0\.8\.24"
    ):
        make_resolver(explicit=fake_solc()).resolve("0.8.20")


def test_the_variable_wins_over_the_configuration(
    make_resolver: Make, fake_solc: Write, tmp_path: Path
) -> None:
    path = fake_solc("0.8.20+commit.a1b79de6", folder=tmp_path / "mine")
    resolver = make_resolver(explicit="/does/not/exist", INGOT_SOLC=str(path))
    assert resolver.resolve("0.8.20").path == path


def test_a_relative_path_starts_at_the_project(make_resolver: Make, fake_solc: Write, tmp_path: Path) -> None:
    path = fake_solc(folder=tmp_path / "project" / "tools")
    assert make_resolver(explicit="tools/solc").resolve("0.8.24").path == path


def test_the_variable_starts_at_the_current_folder(
    make_resolver: Make, fake_solc: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = fake_solc(folder=tmp_path / "tools")
    monkeypatch.chdir(tmp_path)
    assert make_resolver(INGOT_SOLC="tools/solc").resolve("0.8.24").path == path


def _missing(tmp_path: Path) -> Path:
    return tmp_path / "missing"


def _folder(tmp_path: Path) -> Path:
    return tmp_path


def _text(tmp_path: Path) -> Path:
    path = tmp_path / "notes.txt"
    path.write_text("not a program")
    return path


def _other_program(tmp_path: Path) -> Path:
    path = tmp_path / "program"
    path.write_text("#!/bin/sh\necho 1.2.3\n")
    path.chmod(0o755)
    return path


def _launcher(tmp_path: Path) -> Path:
    path = tmp_path / "solc-v0.8.24"
    path.write_text(launcher_text(Version(0, 8, 24), python="/usr/bin/python3", root=tmp_path))
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("make_path", "words"),
    [
        (_missing, "does not exist"),
        (_folder, "does not exist"),
        (_text, "does not start: Permission denied"),
        (_other_program, "is not a solc: --version answers '1.2.3'"),
        (_launcher, "is a launcher of ingot's"),
    ],
)
def test_what_is_no_solc_is_refused_with_the_reason(
    make_resolver: Make, tmp_path: Path, make_path: Callable[[Path], Path], words: str
) -> None:
    with pytest.raises(SolcNotFound, match="remove the setting so that ingot finds one") as caught:
        make_resolver(explicit=make_path(tmp_path)).resolve("0.8.24")
    assert words in str(caught.value)
    assert [route for route, _ in caught.value.tried] == ["explicit"]


def test_a_soljson_may_be_named_too(
    make_resolver: Make, soljson: Path, with_tools: Callable[..., None]
) -> None:
    with_tools("node")
    solc = make_resolver(explicit=soljson).resolve("0.8.37")
    assert (solc.route, solc.long_version) == ("explicit", "0.8.37+commit.f401782d")


def test_a_script_that_is_no_soljson_is_refused(
    make_resolver: Make, tmp_path: Path, with_tools: Callable[..., None]
) -> None:
    with_tools("node")
    path = tmp_path / "app.js"
    path.write_text("module.exports = {};")
    with pytest.raises(SolcNotFound, match=r"app\.js is no soljson\.js"):
        make_resolver(explicit=path).resolve("0.8.37")


def test_a_soljson_without_node_says_what_is_missing(make_resolver: Make, tmp_path: Path) -> None:
    path = tmp_path / "soljson.js"
    path.write_text("")
    with pytest.raises(SolcNotFound, match="needs node, which is not on the PATH"):
        make_resolver(explicit=path).resolve("0.8.37")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("INGOT_OFFLINE", "maybe", "INGOT_OFFLINE is 'maybe'; set it to 1 or 0"),
        (
            "INGOT_SOLC_ROUTES",
            "native,docker",
            "INGOT_SOLC_ROUTES names 'docker'; the routes are native, cached",
        ),
        (
            "INGOT_SOLC_BUILD",
            "later",
            "INGOT_SOLC_BUILD is 'later'; choose one of auto, wait, background, never",
        ),
    ],
)
def test_a_variable_that_means_nothing_is_refused(name: str, value: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        Settings.from_environment(environ={"HOME": "/home/me", name: value})
    assert words in str(caught.value)


def test_variables_are_read(tmp_path: Path) -> None:
    settings = Settings.from_environment(
        environ={
            "HOME": "/home/me",
            "INGOT_OFFLINE": "yes",
            "INGOT_SOLC_ROUTES": "node native",
            "INGOT_SOLC_BUILD": "never",
        }
    )
    assert settings.offline
    assert settings.routes == ("native", "node")
    assert settings.build == "never"
    assert settings.cache == Path("/home/me/.cache/ingot")
    assert Settings.from_environment(environ={"XDG_CACHE_HOME": "/x"}).cache == Path("/x/ingot")
    assert Settings.from_environment(environ={"INGOT_CACHE_DIR": str(tmp_path)}).cache == tmp_path
    assert not Settings.from_environment(environ={"INGOT_OFFLINE": "0"}).offline

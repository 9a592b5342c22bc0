"""Which runs are ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingot import config
from ingot.testing.discovery import _names_plugin, _search_up, is_project

PYPROJECTS = {
    "": False,
    "[tool.ingot]\n": True,
    "[tool.ingot.solidity]\nversion = '0.8.24'\n": True,
    "[[tool.ingot.dependencies]]\n": True,
    "  [tool.ingot]\n": True,
    "[project]\nname = 'x'\n\n[tool.ingot]\n": True,
    "[tool.ingots]\n": False,
    "# [tool.ingot]\n": False,
    "name = '[tool.ingot]'\n": False,
    "\xff": False,
}


@pytest.mark.parametrize(("text", "is_ours"), PYPROJECTS.items())
def test_a_project_is_what_the_configuration_says_it_is(tmp_path: Path, text: str, is_ours: bool) -> None:
    (tmp_path / "pyproject.toml").write_text(text, encoding="latin-1")
    assert is_project(tmp_path) is config.is_project(tmp_path) is is_ours


@pytest.mark.parametrize("name", ["ape-config.yaml", "ape-config.yml", "ape-config.json", "ape.yaml"])
def test_apes_files_make_a_project(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("{}")
    assert is_project(tmp_path) is config.is_project(tmp_path) is (name != "ape.yaml")


def test_the_search_goes_up_to_the_repositorys_root(tmp_path: Path) -> None:
    (tmp_path / "ape-config.yaml").write_text("")
    inner = tmp_path / "library" / "tests"
    inner.mkdir(parents=True)
    assert _search_up(inner) == tmp_path
    (tmp_path / "library" / ".git").write_text("gitdir: elsewhere")
    assert _search_up(inner) is None
    (tmp_path / ".git").mkdir()
    (tmp_path / "library" / ".git").unlink()
    assert _search_up(inner) == tmp_path


def test_the_home_folder_claims_nothing_below_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    (tmp_path / "ape-config.yaml").write_text("")
    (tmp_path / "library").mkdir()
    assert _search_up(tmp_path / "library") is None
    assert _search_up(tmp_path) == tmp_path


@pytest.mark.parametrize(
    ("words", "is_apes"),
    [
        ("-p ape_test", True),
        ("-x -p ape.pytest.plugin tests", True),
        ("-pape_test", True),
        ("-p no:ape_test", False),
        ("-p ape_test_more", False),
        ("tests/ape_test.py", False),
    ],
)
def test_ape_can_be_asked_for(words: str, is_apes: bool) -> None:
    assert _names_plugin(words.split()) is is_apes

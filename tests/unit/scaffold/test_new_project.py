"""`ingot init`: all files or none, and nothing of the user's is touched."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from ingot.cli import main
from ingot.errors import UsageError
from ingot.scaffold import PLACEHOLDER, TEMPLATES, create_project, name_for

ROOT = Path(__file__).parents[3]
SAMPLES = {
    "contracts/SimpleStorage.sol": "contracts/SimpleStorage.sol",
    "contracts/Token.sol": "contracts/Token.sol",
    "tests/conftest.py": "tests/contracts/conftest.py",
    "tests/test_simple_storage.py": "tests/contracts/test_simple_storage.py",
    "tests/test_token.py": "tests/contracts/test_token.py",
    "tests/test_token_properties.py": "tests/contracts/test_token_properties.py",
}
OWN = {".gitignore", "README.md", "ape-config.yaml", "pyproject.toml", "scripts/deploy.py"}


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(("template", "sample"), SAMPLES.items())
def test_the_templates_are_the_samples(template: str, sample: str) -> None:
    assert (TEMPLATES / template).read_bytes() == (ROOT / sample).read_bytes(), (
        f"cp {sample} {(TEMPLATES / template).relative_to(ROOT)}"
    )


def test_a_new_project_has_exactly_these_files(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "My Project"
    files = create_project(folder)
    assert {str(path) for path in files} == set(tree(folder)) == set(SAMPLES) | OWN
    assert "name: my-project\n" in (folder / "ape-config.yaml").read_text()
    assert not [name for name, content in tree(folder).items() if PLACEHOLDER.encode() in content]


def test_what_is_there_already_stays(tmp_path: Path) -> None:
    (tmp_path / "LICENSE").write_text("mine")
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "Mine.sol").write_text("mine")
    create_project(tmp_path, name="mine")
    assert (tmp_path / "LICENSE").read_text() == (tmp_path / "contracts" / "Mine.sol").read_text() == "mine"
    assert (tmp_path / "contracts" / "Token.sol").exists()


def test_conflicts_are_listed_and_nothing_is_touched(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    (tmp_path / "tests").write_text("a file where a folder has to be")
    (tmp_path / ".gitignore").symlink_to(tmp_path / "nowhere")
    before = tree(tmp_path)
    with pytest.raises(UsageError) as caught:
        create_project(tmp_path, name="mine")
    listed = {line.strip() for line in str(caught.value).splitlines() if line.startswith("  ")}
    assert listed == {"README.md", "tests", ".gitignore"}
    assert tree(tmp_path) == before


def test_a_second_init_refuses(tmp_path: Path) -> None:
    create_project(tmp_path / "one")
    with pytest.raises(UsageError, match="nothing was made"):
        create_project(tmp_path / "one")


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a b", "a/b", "..", "a" * 65, "naïve", "a\n"])
def test_a_weird_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="is no project name"):
        create_project(tmp_path / "x", name=name)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("Token", "token"),
        ("my_token v2", "my-token-v2"),
        ("--x--", "x"),
        ("é" + "a" * 80, "a" * 64),
        ("a.b", "a-b"),
    ],
)
def test_a_folder_gives_its_name(folder: str, name: str) -> None:
    assert name_for(Path(folder)) == name


def test_a_folder_without_letters_needs_a_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--name"):
        create_project(tmp_path / "日本")
    create_project(tmp_path / "日本", name="nihon")
    assert "name: nihon\n" in (tmp_path / "日本" / "ape-config.yaml").read_text()


def test_a_failure_half_way_takes_everything_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []
    original = Path.open

    def disk_full(self: Path, mode: str = "r", **options: object) -> object:
        if mode == "xb":
            opened.append(self)
            if len(opened) == 5:
                raise OSError(28, "No space left on device", str(self))
        return original(self, mode, **options)

    monkeypatch.setattr(Path, "open", disk_full)
    with pytest.raises(UsageError, match=r"nothing was made: cannot write .*: No space left on device"):
        create_project(tmp_path / "a" / "b", name="b")
    assert list(tmp_path.iterdir()) == []


def test_the_command_names_the_files_and_what_is_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["init", "new"]) == 0
    printed = capsys.readouterr().out
    assert "contracts/Token.sol" in printed
    assert re.search(r"^  cd new$", printed, re.MULTILINE)

    monkeypatch.chdir(tmp_path / "new")
    assert main(["init"]) == 2
    assert "ape-config.yaml" in capsys.readouterr().err


def test_a_file_in_place_of_the_folder_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").write_text("")
    assert main(["init", str(tmp_path / "taken")]) == 2
    assert capsys.readouterr().err == f"ingot: {tmp_path / 'taken'} is a file: name a folder, or a new one\n"


def test_a_file_on_the_way_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").write_text("")
    assert main(["init", str(tmp_path / "taken" / "below")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.skipif(
    sys.platform != "linux" or not Path("/proc/self").exists(), reason="needs a folder that refuses root"
)
def test_a_folder_that_cannot_be_written_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "/proc/self/new"]) == 2
    printed = capsys.readouterr().err
    assert printed.startswith("ingot: nothing was made: cannot write /proc/self/new")
    assert printed.count("\n") == 1

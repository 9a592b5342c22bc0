"""Native compilers: which are taken, which are passed over, and what happens when one dies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ingot.compile.solc import Resolver, Version
from ingot.compile.solc.cache import Cache
from ingot.compile.solc.launcher.script import launcher_text
from ingot.compile.solc.native import identify
from ingot.compile.solc.process import LAUNCHER_GUARD
from ingot.errors import SolcCrashed, SolcNotFound

Make = Callable[..., Resolver]
Write = Callable[..., Path]


def test_solc_on_the_path_is_taken_if_it_has_the_version(make_resolver: Make, fake_solc: Write) -> None:
    path = fake_solc()
    solc = make_resolver().resolve("0.8.24")
    assert (solc.route, solc.path, solc.long_version) == ("native", path, "0.8.24+commit.e11b9ed9")
    assert solc.compile({}) == {"sources": {}}


def test_solc_on_the_path_of_another_version_is_passed_over(make_resolver: Make, fake_solc: Write) -> None:
    fake_solc("0.8.23+commit.f704f362.Linux.g++")
    with pytest.raises(SolcNotFound) as caught:
        make_resolver(INGOT_OFFLINE="1").resolve("0.8.24")
    route, reason = caught.value.tried[0]
    assert route == "native"
    assert reason.startswith("no solc 0.8.24 on the PATH or in")


def test_binaries_of_py_solc_x_are_found_in_the_home_and_where_the_variable_says(
    make_resolver: Make, fake_solc: Write, environ: dict[str, str], tmp_path: Path
) -> None:
    at_home = fake_solc(name="solc-v0.8.24", folder=Path(environ["HOME"]) / ".solcx")
    assert make_resolver().resolve("0.8.24").path == at_home
    elsewhere = fake_solc(name="solc-v0.8.24", folder=tmp_path / "elsewhere")
    assert make_resolver(SOLCX_BINARY_PATH=str(tmp_path / "elsewhere")).resolve("0.8.24").path == elsewhere


def test_a_name_that_lies_about_its_version_is_passed_over(
    make_resolver: Make, fake_solc: Write, environ: dict[str, str]
) -> None:
    fake_solc("0.8.19+commit.7dd6d404", name="solc-v0.8.24", folder=Path(environ["HOME"]) / ".solcx")
    with pytest.raises(SolcNotFound):
        make_resolver(INGOT_OFFLINE="1").resolve("0.8.24")


@pytest.mark.parametrize(
    "long_version", ["0.8.24-nightly.2024.1.5+commit.e11b9ed9", "0.8.24-develop.2024.1.5+commit.e11b9ed9"]
)
def test_nightlies_do_not_stand_for_the_release(
    make_resolver: Make, fake_solc: Write, long_version: str
) -> None:
    fake_solc(long_version)
    with pytest.raises(SolcNotFound):
        make_resolver(INGOT_OFFLINE="1").resolve("0.8.24")


def test_our_own_launchers_are_skipped(make_resolver: Make, tmp_path: Path) -> None:
    path = tmp_path / "bin" / "solc"
    path.write_text(launcher_text(Version(0, 8, 24), python="/nowhere/python", root=tmp_path))
    path.chmod(0o755)
    resolver = make_resolver(INGOT_OFFLINE="1")
    assert resolver.installed_versions() == []
    with pytest.raises(SolcNotFound):
        resolver.resolve("0.8.24")


@pytest.mark.parametrize("body", ["exit 1", "echo hello", "kill -9 $$", "echo Version: 0.8.24"])
def test_a_broken_solc_on_the_path_is_passed_over(make_resolver: Make, script: Write, body: str) -> None:
    script(body)
    assert make_resolver(INGOT_OFFLINE="1").installed_versions() == []


def test_compilers_run_with_the_guard_against_recursion(make_resolver: Make, script: Write) -> None:
    script(
        f'[ -n "${LAUNCHER_GUARD}" ] || exit 1; '
        """case "$1" in --version) echo "Version: 0.8.24+commit.e11b9ed9";; *) printf '{"guarded":true}';; esac"""
    )
    assert make_resolver().resolve("0.8.24").compile({}) == {"guarded": True}


def test_a_killed_solc_is_an_error_that_names_the_signal(make_resolver: Make, script: Write) -> None:
    script('case "$1" in --version) echo "Version: 0.8.24+commit.e11b9ed9";; *) kill -9 $$;; esac')
    with pytest.raises(SolcCrashed, match=r"solc 0\.8\.24 \(native\) was killed by SIGKILL"):
        make_resolver().resolve("0.8.24").compile({})


def test_a_failing_solc_is_an_error_with_its_last_words(make_resolver: Make, script: Write) -> None:
    script(
        'case "$1" in --version) echo "Version: 0.8.24+commit.e11b9ed9";; *) echo "std::bad_alloc" >&2; exit 2;; esac'
    )
    with pytest.raises(SolcCrashed, match=r"failed with exit code 2: std::bad_alloc"):
        make_resolver().resolve("0.8.24").compile({})


@pytest.mark.parametrize(
    ("answer", "words"), [("no json", "answered no JSON but"), ("[1]", "no JSON object")]
)
def test_an_answer_that_is_no_json_object_is_an_error(
    make_resolver: Make, fake_solc: Write, answer: str, words: str
) -> None:
    fake_solc(answer=answer)
    with pytest.raises(SolcCrashed, match=words):
        make_resolver().resolve("0.8.24").compile({})


def test_solc_runs_in_an_empty_folder_so_that_it_reads_no_stray_files(
    make_resolver: Make, script: Write
) -> None:
    script(
        """case "$1" in --version) echo "Version: 0.8.24+commit.e11b9ed9";; *) printf '{"files":"'; echo * | cat; printf '"}';; esac"""
    )
    answer = make_resolver().resolve("0.8.24").answer(b"{}")
    assert answer == b'{"files":"*\n"}'


def test_the_version_of_a_binary_is_remembered_until_it_changes(tmp_path: Path) -> None:
    binary = tmp_path / "solc"
    binary.write_bytes(b"\x7fELF but not really")
    binary.chmod(0o755)
    cache = Cache(tmp_path / "cache", warn=pytest.fail)
    status = binary.stat()
    stamp = f"{binary}:{status.st_size}:{status.st_mtime_ns}:{status.st_ino}"
    cache.write_json("natives.json", {stamp: "0.8.24+commit.e11b9ed9"})
    assert identify(binary, cache=cache).version == Version(0, 8, 24)
    binary.write_bytes(b"\x7fELF and now another one")
    with pytest.raises(SolcCrashed, match="does not start"):
        identify(binary, cache=cache)


def test_scripts_are_asked_each_time_for_they_may_choose_anew(tmp_path: Path, script: Write) -> None:
    choice = tmp_path / "choice"
    path = script(f'echo "Version: $(cat {choice})"')
    cache = Cache(tmp_path / "cache", warn=pytest.fail)
    for version in ("0.8.24", "0.8.25"):
        choice.write_text(f"{version}+commit.e11b9ed9")
        assert str(identify(path, cache=cache).version) == version


def test_a_solc_that_says_nothing_is_an_error(make_resolver: Make, fake_solc: Write) -> None:
    fake_solc(answer="")
    with pytest.raises(SolcCrashed, match=r"failed with exit code 0: no message"):
        make_resolver().resolve("0.8.24").compile({})

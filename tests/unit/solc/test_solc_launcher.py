"""Launchers: what other tools ask of a native solc, answered by a script."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from solc_cases import NEWEST, NODE_MODULES, OTHER, standard_json

from ingot.compile.solc import Settings, Solc, Version
from ingot.compile.solc.launcher.main import main
from ingot.compile.solc.launcher.options import parse_options
from ingot.compile.solc.launcher.script import launcher_text, write_launcher
from ingot.compile.solc.native import is_launcher
from ingot.compile.solc.process import LAUNCHER_GUARD
from ingot.errors import UsageError

HEADER = "// SPDX-License-Identifier: MIT\npragma solidity >=0.8.0;\n"
FORGE = NODE_MODULES / "@foundry-rs" / "forge-linux-amd64" / "bin" / "forge"


@pytest.fixture(scope="module")
def launchers(tmp_path_factory: pytest.TempPathFactory, wasm: Callable[[str], Solc]) -> Path:
    """A folder as py-solc-x has it, with launchers of two versions."""
    folder = tmp_path_factory.mktemp("solcx")
    for version in (NEWEST, OTHER):
        wasm(version)
        write_launcher(Version.parse(version), folder / f"solc-v{version}")
    return folder


@pytest.fixture
def solc(launchers: Path, user_settings: Settings) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the launcher of NEWEST."""

    def run(*words: str | Path, stdin: str = "", **options: Any) -> subprocess.CompletedProcess[str]:
        command = [str(launchers / f"solc-v{options.pop('version', NEWEST)}"), *map(str, words)]
        environ = {**user_settings.environ, **options.pop("environ", {})}
        return subprocess.run(
            command, input=stdin, capture_output=True, text=True, env=environ, check=False, **options
        )

    return run


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project: A imports B beside it, and L by a name that needs a remapping or an include path."""
    folder = tmp_path / "project"
    (folder / "src").mkdir(parents=True)
    (folder / "libs" / "math").mkdir(parents=True)
    (folder / "src" / "A.sol").write_text(
        HEADER + 'import "./B.sol";\nimport {L} from "math/L.sol";\n'
        "contract A is B { function f() external pure returns (uint) { return L.one(); } }\n"
    )
    (folder / "src" / "B.sol").write_text(HEADER + "contract B {}\n")
    (folder / "libs" / "math" / "L.sol").write_text(
        HEADER + "library L { function one() internal pure returns (uint) { return 1; } }\n"
    )
    monkeypatch.chdir(folder)
    return folder


Run = Callable[..., subprocess.CompletedProcess[str]]


def test_a_launcher_says_which_version_it_answers_for(solc: Run) -> None:
    done = solc("--version")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "solc, the solidity compiler commandline interface",
        "Version: 0.8.37+commit.f401782d.Emscripten.clang",
    ]
    assert (
        "0.8.24+commit.e11b9ed9"
        in solc("--version", version=OTHER, environ={"INGOT_SOLC": "/no/such/solc"}).stdout
    )


def test_standard_json_is_answered_as_by_the_compiler_itself(solc: Run, wasm: Callable[[str], Solc]) -> None:
    text = json.dumps(standard_json(HEADER + "contract A { uint public x; }"))
    done = solc("--standard-json", stdin=text)
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.encode() == wasm(NEWEST).answer(text.encode()).rstrip(b"\n") + b"\n"


def test_standard_json_may_come_from_a_file(solc: Run, tmp_path: Path) -> None:
    path = tmp_path / "input.json"
    path.write_text(json.dumps(standard_json(HEADER + "contract A {}")))
    assert "A.sol" in json.loads(solc("--standard-json", path).stdout)["contracts"]


def test_standard_json_that_is_broken_is_an_answer_too(solc: Run) -> None:
    done = solc("--standard-json", stdin="{")
    assert done.returncode == 0
    assert "parse error" in json.loads(done.stdout)["errors"][0]["message"].lower()


def test_missing_sources_are_read_from_base_and_include_path(
    solc: Run, sources: Path, tmp_path: Path
) -> None:
    standard = standard_json((sources / "src" / "A.sol").read_text(), name="src/A.sol")
    words = ("--standard-json", "--base-path", sources, "--include-path", sources / "libs")
    output = json.loads(solc(*words, stdin=json.dumps(standard), cwd=tmp_path).stdout)
    assert set(output["contracts"]) == {"src/A.sol", "src/B.sol", "math/L.sol"}


def test_remappings_of_the_json_are_heeded(solc: Run, sources: Path) -> None:
    standard = standard_json((sources / "src" / "A.sol").read_text(), name="src/A.sol")
    standard["settings"]["remappings"] = ["math/=libs/math/"]
    output = json.loads(solc("--standard-json", stdin=json.dumps(standard)).stdout)
    assert set(output["contracts"]) == {"src/A.sol", "src/B.sol", "libs/math/L.sol"}


def test_sources_may_be_given_by_their_paths(solc: Run, sources: Path) -> None:
    standard = standard_json("")
    standard["sources"] = {"B.sol": {"urls": ["missing.sol", str(sources / "src" / "B.sol")]}}
    output = json.loads(solc("--standard-json", "--allow-paths", sources, stdin=json.dumps(standard)).stdout)
    assert set(output["contracts"]) == {"B.sol"}


def test_nothing_is_read_where_that_is_forbidden(solc: Run, sources: Path, tmp_path: Path) -> None:
    text = json.dumps(standard_json(HEADER + 'import "./src/B.sol";'))
    refused = solc("--standard-json", "--no-import-callback", stdin=text, cwd=sources)
    assert "not found: File not supplied initially" in refused.stdout
    outside = json.dumps(standard_json(HEADER + f'import "{sources}/src/B.sol";'))
    assert "not found" in solc("--standard-json", stdin=outside, cwd=tmp_path / "project" / "libs").stdout
    allowed = solc(
        "--standard-json", "--allow-paths", sources, stdin=outside, cwd=tmp_path / "project" / "libs"
    )
    assert "not found" not in allowed.stdout


def test_combined_json_has_the_shape_that_crytic_compile_reads(solc: Run, sources: Path) -> None:
    words = "abi,ast,bin,bin-runtime,srcmap,srcmap-runtime,userdoc,devdoc,hashes"
    done = solc("math/=libs/math/", "src/A.sol", "--combined-json", words, "--allow-paths", f".,{sources}")
    assert done.returncode == 0, done.stderr
    output = json.loads(done.stdout)
    assert output["version"] == "0.8.37+commit.f401782d.Emscripten.clang"
    assert set(output["contracts"]) == {"src/A.sol:A", "src/B.sol:B", "libs/math/L.sol:L"}
    contract = output["contracts"]["src/A.sol:A"]
    assert set(contract) == set(words.split(",")) - {"ast"}
    assert contract["hashes"] == {"f()": "26121ff0"}
    assert contract["abi"][0]["name"] == "f"
    assert contract["bin"].startswith("60")
    assert output["sourceList"] == ["libs/math/L.sol", "src/A.sol", "src/B.sol"]
    assert output["sources"]["src/A.sol"]["AST"]["nodeType"] == "SourceUnit"


def test_combined_json_of_old_versions_has_text_where_new_ones_have_objects() -> None:
    from ingot.compile.solc.launcher.output import combined_json

    output = {"contracts": {"A.sol": {"A": {"abi": [], "evm": {"methodIdentifiers": {}}}}}}
    options = parse_options(["--combined-json", "abi,hashes"])
    old = json.loads(combined_json(output, options, Version(0, 7, 6), "0.7.6+commit.7338295f"))
    new = json.loads(combined_json(output, options, Version(0, 8, 0), "0.8.0+commit.c7dfd78e"))
    assert old["contracts"]["A.sol:A"] == {"abi": "[]", "hashes": {}}
    assert new["contracts"]["A.sol:A"] == {"abi": [], "hashes": {}}


def test_names_of_files_start_at_the_base_path_since_0_8_8(solc: Run, sources: Path) -> None:
    path = sources / "src" / "B.sol"
    output = json.loads(solc(path, "--combined-json", "abi").stdout)
    assert list(output["contracts"]) == ["src/B.sol:B"]
    output = json.loads(solc(path, "--base-path", sources / "src", "--combined-json", "abi").stdout)
    assert list(output["contracts"]) == ["B.sol:B"]


def test_single_outputs_are_printed_as_text_or_written_to_files(solc: Run, sources: Path) -> None:
    done = solc("--bin", "--abi", "--hashes", "--optimize", "--optimize-runs", "10000", "src/B.sol")
    assert done.stdout.startswith("\n======= src/B.sol:B =======\n")
    assert "\nContract JSON ABI:\n[]\n" in done.stdout
    assert "\nBinary:\n60" in done.stdout
    done = solc("--bin", "--abi", "-o", "out", "src/B.sol")
    assert (done.returncode, done.stdout) == (0, "")
    assert (sources / "out" / "B.abi").read_text() == "[]"
    again = solc("--bin", "-o", "out", "src/B.sol")
    assert again.returncode == 1
    assert "Refusing to overwrite existing file out/B.bin" in again.stderr
    assert solc("--bin", "-o", "out", "--overwrite", "src/B.sol").returncode == 0


def test_source_from_standard_input(solc: Run) -> None:
    done = solc("--combined-json", "bin", "-", stdin=HEADER + "contract A {}")
    assert list(json.loads(done.stdout)["contracts"]) == ["<stdin>:A"]


def test_errors_are_printed_and_the_exit_code_says_so(solc: Run) -> None:
    done = solc("--bin", "-", stdin=HEADER + "contract A { uint x = true; }")
    assert (done.returncode, done.stdout) == (1, "")
    assert "TypeError: Type bool is not implicitly convertible" in done.stderr
    warned = solc("--bin", "-", stdin="contract A {}")
    assert warned.returncode == 0
    assert "SPDX license identifier not provided" in warned.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--nonsense"], "unrecognised option '--nonsense'"),
        (["--combined-json"], "the required argument for option '--combined-json' is missing"),
        (["--combined-json", "abi,foo", "A.sol"], "Invalid option to --combined-json: foo"),
        (["--optimize-runs", "many"], "Invalid option to --optimize-runs: many"),
        (["--include-path", "lib", "A.sol"], "--include-path option requires a non-empty base path."),
        (["--libraries", "L", "A.sol"], "Invalid option to --libraries: L"),
        (["--link", "A.bin"], "--link is not among what ingot's launcher can do; it needs a native solc"),
        (["--bin", "absent.sol"], '"absent.sol" is not found.'),
        (["--bin"], "No input files given."),
    ],
)
def test_wrong_command_lines_are_refused_in_solcs_words(
    solc: Run, tmp_path: Path, words: list[str], message: str
) -> None:
    done = solc(*words, cwd=tmp_path)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_options_amount_to_settings() -> None:
    options = parse_options(
        [
            "--via-ir",
            "--evm-version=paris",
            "--optimize-runs",
            "7",
            "--libraries",
            "a.sol:L=0x12,M:0x34",
            "--metadata-hash",
            "none",
            "--no-cbor-metadata",
            "--metadata-literal",
            "--revert-strings",
            "strip",
            "x:y=z",
        ]
    )
    assert options.settings() == {
        "optimizer": {"enabled": True, "runs": 7},
        "viaIR": True,
        "evmVersion": "paris",
        "remappings": ["x:y=z"],
        "libraries": {"a.sol": {"L": "0x12"}, "": {"M": "0x34"}},
        "metadata": {"bytecodeHash": "none", "appendCBOR": False, "useLiteralContent": True},
        "debug": {"revertStrings": "strip"},
    }


def test_help_lists_the_outputs_where_py_solc_x_reads_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(NEWEST, ["--help"]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("  --combined-json"))
    assert {"abi", "ast", "bin", "srcmap-runtime"} <= set(line.split(" ")[-1].split(","))
    assert main("0.8.9", ["--help"]) == 1  # as the native one did


def test_a_launcher_started_by_our_own_search_refuses(solc: Run) -> None:
    done = solc("--version", environ={LAUNCHER_GUARD: "1"})
    assert done.returncode == 1
    assert "was started by ingot's own search" in done.stderr


def test_a_native_compiler_is_run_in_its_stead(
    solc: Run, fake_solc: Callable[..., Path], tmp_path: Path
) -> None:
    fake_solc("0.8.37+commit.f401782d.Linux.g++", answer='{"native":true}')
    environ = {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}", "INGOT_SOLC_ROUTES": "native"}
    assert json.loads(solc("--standard-json", stdin="{}", environ=environ).stdout) == {"native": True}


def test_a_file_named_as_a_module_in_the_callers_folder_is_not_run(solc: Run, tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('planted')")
    assert solc("--standard-json", stdin="{}", cwd=tmp_path).returncode == 0


def test_a_launcher_whose_python_is_gone_says_how_to_renew_it(tmp_path: Path) -> None:
    path = tmp_path / "solc"
    path.write_text(launcher_text(Version(0, 8, 24), python=f"{tmp_path}/it's gone/python", root=tmp_path))
    path.chmod(0o755)
    done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "it's gone/python is gone; write this launcher anew with: ingot solc link 0.8.24" in done.stderr


def test_a_launcher_replaces_a_launcher_and_nothing_else(
    tmp_path: Path, fake_solc: Callable[..., Path]
) -> None:
    path = write_launcher(Version(0, 8, 24), tmp_path / "deep" / "solc")
    assert is_launcher(path)
    assert path.stat().st_mode & stat.S_IXUSR
    assert "0.8.25" in write_launcher(Version(0, 8, 25), path).read_text()
    native = fake_solc(name="native")
    before = native.read_bytes()
    with pytest.raises(UsageError, match=r"native is there already and is no launcher of ingot's"):
        write_launcher(Version(0, 8, 24), native)
    assert native.read_bytes() == before
    with pytest.raises(UsageError, match=r"cannot be written: File exists; choose a folder with --to"):
        write_launcher(Version(0, 8, 24), path / "solc")


def test_py_solc_x_compiles_with_launchers(
    launchers: Path, monkeypatch: pytest.MonkeyPatch, user_settings: Settings, sources: Path
) -> None:
    import solcx

    monkeypatch.setenv("SOLCX_BINARY_PATH", str(launchers))
    for name in ("INGOT_SOLC_ROUTES", "INGOT_CACHE_DIR"):
        monkeypatch.setenv(name, user_settings.environ[name])
    assert [str(version) for version in solcx.get_installed_solc_versions()] == [NEWEST, OTHER]
    standard = standard_json((sources / "src" / "A.sol").read_text(), name="src/A.sol")
    standard["settings"]["remappings"] = ["math/=libs/math/"]
    # As ape-solidity calls it.
    output = solcx.compile_standard(standard, base_path=sources, allow_paths=[sources], solc_version=OTHER)
    assert output["contracts"]["src/A.sol"]["A"]["evm"]["bytecode"]["object"]
    output = solcx.compile_source(HEADER + "contract A {}", solc_version=NEWEST)
    assert output["<stdin>:A"]["abi"] == []
    with pytest.raises(solcx.exceptions.SolcError, match="TypeError"):
        solcx.compile_source(
            HEADER + "contract A { uint x = true; }", output_values=["bin"], solc_version=NEWEST
        )


@pytest.mark.skipif(not FORGE.exists(), reason="forge is not in node_modules")
def test_forge_builds_with_a_launcher(
    launchers: Path, sources: Path, user_settings: Settings, tmp_path: Path
) -> None:
    (sources / "foundry.toml").write_text(
        '[profile.default]\nsrc = "src"\nlibs = ["libs"]\nremappings = ["math/=libs/math/"]\n'
    )
    done = subprocess.run(
        [FORGE, "build", "--offline", "--use", launchers / f"solc-v{NEWEST}"],
        capture_output=True,
        text=True,
        check=False,
        env={**user_settings.environ, "HOME": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    assert "Compiler run successful" in done.stdout
    assert (sources / "out" / "A.sol" / "A.json").exists()

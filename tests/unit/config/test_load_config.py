"""Reading ape-config.yaml, [tool.ingot], [tool.ape] and remappings.txt; what is refused, and how."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ingot.config import DEFAULT_MNEMONIC, Config, Dependency, find_root, is_project, load_config
from ingot.errors import ConfigError, UsageError


def load(
    root: Path, yaml: str | None = None, toml: str | None = None, remappings: str | None = None
) -> Config:
    for name, text in (("ape-config.yaml", yaml), ("pyproject.toml", toml), ("remappings.txt", remappings)):
        if text is not None:
            (root / name).write_text(text, encoding="utf-8")
    return load_config(root)


def test_an_empty_configuration_has_the_defaults_of_ape(tmp_path: Path) -> None:
    config = load(tmp_path, yaml="")
    assert config.name == tmp_path.name
    assert config.contracts_folder == "contracts"
    assert config.solidity.optimize
    assert config.solidity.optimization_runs == 200
    assert config.test.mnemonic == DEFAULT_MNEMONIC
    assert config.test.balance == 10_000 * 10**18
    assert config.test.hd_path == "m/44'/60'/0'/0/{}"
    assert config.default_ecosystem == "ethereum"


def test_no_file_at_all_is_a_configuration_too(tmp_path: Path) -> None:
    assert load_config(tmp_path).solidity.version is None


def test_the_keys_of_ape(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        yaml="""
name: vaults
contracts-folder: ./src/
solidity:
  version: 0.8.24
  evm_version: paris
  via_ir: yes
  optimize: true
  optimization_runs: 10_000
  import_remapping:
    - "@oz=node_modules/@openzeppelin"
    - {key: "@two", value: lib/two}
dependencies:
  - name: OpenZeppelin
    npm: "@openzeppelin/contracts"
    version: 5.0.2
  - {name: safe, github: safe-global/safe-contracts, ref: main, contracts_folder: contracts}
test:
  mnemonic: candy maple cake sugar pudding cream honey rich smooth crumble sweet treat
  number_of_accounts: 3
  balance: 10_000 ETH
  hd_path: m/44'/60'/0'/0
default_ecosystem: ethereum
ethereum:
  default_network: local
  local: {default_provider: test}
deployments: {}
some_plugin: {anything: [1, 2]}
""",
    )
    assert config.contracts_folder == "src"
    assert config.solidity.version == "0.8.24"
    assert config.solidity.evm_version == "paris"
    assert config.solidity.via_ir is True
    assert config.solidity.optimization_runs == 10_000
    assert [str(remapping) for remapping in config.remappings] == [
        "@oz=node_modules/@openzeppelin",
        "@two=lib/two",
    ]
    assert config.dependencies == (
        Dependency("openzeppelin", "npm", "@openzeppelin/contracts", "5.0.2"),
        Dependency("safe", "github", "safe-global/safe-contracts", "main", "contracts"),
    )
    assert config.test.number_of_accounts == 3
    assert config.test.balance == 10_000 * 10**18
    assert config.test.hd_path == "m/44'/60'/0'/0/{}"
    assert config.extra["ethereum"] == {"default_network": "local", "local": {"default_provider": "test"}}
    assert config.extra["some_plugin"] == {"anything": [1, 2]}


def test_ours_wins_over_apes_file_which_wins_over_tool_ape(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        yaml="name: file\nsolidity: {optimize: false, optimization_runs: 2}\n",
        toml="[tool.ape]\nname = 'ape'\ncontracts_folder = 'c'\n[tool.ingot.solidity]\noptimization_runs = 3\n",
    )
    assert (config.name, config.contracts_folder) == ("file", "c")
    assert not config.solidity.optimize
    assert config.solidity.optimization_runs == 3


def test_settings_of_our_own_and_for_patterns(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        toml="""
[tool.ingot.solidity]
libraries = { "contracts/M.sol:M" = "0x0000000000000000000000000000000000000001" }
metadata = { bytecode_hash = "none", append_cbor = false }
revert_strings = "strip"

[[tool.ingot.solidity.overrides]]
files = ["contracts/heavy/*", "*Big.sol"]
via_ir = true
metadata = { bytecode_hash = "ipfs" }
""",
    )
    assert config.solidity.bytecode_hash == "none"
    assert config.solidity.append_cbor is False
    assert config.solidity.revert_strings == "strip"
    assert dict(config.solidity.libraries) == {"contracts/M.sol:M": "0x" + "00" * 19 + "01"}
    assert config.overrides[0].patterns == ("contracts/heavy/*", "*Big.sol")
    assert config.overrides[0].settings["via_ir"] is True


def test_environment_variables_are_replaced_and_never_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "legal winner thank year wave sausage worth useful legal winner thank yellow"
    monkeypatch.setenv("SAMPLE_MNEMONIC", secret)
    (tmp_path / ".ingot").mkdir()
    (tmp_path / "ape-config.yaml").write_text("name: ${SAMPLE_NAME}\ntest: {mnemonic: $SAMPLE_MNEMONIC}\n")
    time.sleep(0.06)
    for _ in range(2):
        config = load_config(tmp_path)
        assert config.test.mnemonic == secret
        assert config.name == "${SAMPLE_NAME}"
        assert config.uses_environment
        assert secret not in repr(config)
    cached = (tmp_path / ".ingot" / "config.json").read_text()
    assert "$SAMPLE_MNEMONIC" in cached
    assert secret not in cached


def test_sections_that_others_read_are_expanded_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMPLE_URL", "http://example")
    config = load(
        tmp_path,
        yaml="node: {urls: [$SAMPLE_URL/a, $UNKNOWN], n: 1}\n",
        toml="[tool.ingot.chain]\nchain_id = 5\n",
    )
    assert config.extra["node"] == {"urls": ["http://example/a", "$UNKNOWN"], "n": 1}
    assert config.extra["chain"] == {"chain_id": 5}


def test_numbers_that_are_texts_stay_as_written(tmp_path: Path) -> None:
    address = "0x1000000000000000000000000000000000000000"
    config = load(tmp_path, yaml=f"name: 0.10\nsolidity: {{libraries: {{M: {address}}}}}\n")
    assert config.name == "0.10"
    assert config.solidity.libraries["M"] == address


def test_anchors_and_merge_keys(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        yaml="base: &base {via_ir: true, optimize: false}\nsolidity:\n  <<: *base\n  optimize: true\n",
    )
    assert config.solidity.via_ir
    assert config.solidity.optimize


REFUSED = [
    ("name: [", r"ape-config\.yaml:\d: not valid YAML"),
    ("name: x\n\tfoo: y", r"ape-config\.yaml:2: not valid YAML: .*indented with spaces"),
    ("- a\n- b", r"ape-config\.yaml:1: the file must hold `key: value` lines"),
    ("name: a\nname: b", r"ape-config\.yaml:2: 'name' is written twice \(first on line 1\)"),
    ("a: &a\n  b: *a", r"nested too deeply|not valid YAML"),
    ("\n\nname: [x]", r"ape-config\.yaml:3: name: must be text, not a list"),
    ("solidity: 0.8.24", r"ape-config\.yaml:1: solidity: must hold `key: value` lines, not '0\.8\.24'"),
    (
        "solidity:\n  version: latest",
        r"ape-config\.yaml:2: solidity\.version: 'latest' is no version of solc: write one",
    ),
    (
        "solidity:\n  optimize: maybe",
        r"ape-config\.yaml:2: solidity\.optimize: must be true or false, not 'maybe'",
    ),
    ("solidity:\n  optimization_runs: -1", r"whole number from 0 to 4294967295, not -1"),
    ("solidity:\n  evm_version: pariss", r"'pariss' is none of .*did you mean 'paris'\?"),
    ("solidity:\n  optimise: true", r"ape-config\.yaml:2: solidity\.optimise: .*did you mean 'optimize'\?"),
    (
        "solidity:\n  import_remapping:\n    - a=b\n    - broken",
        r":4: solidity\.import_remapping\.1: 'broken' is no remapping",
    ),
    ("solidity:\n  import_remapping:\n    - =b", r"has nothing before the `=`"),
    ("solidity:\n  libraries: {M: 0x12}", r"solidity\.libraries\.M: '0x12' is no address of the library M"),
    ("solidity:\n  overrides:\n    - via_ir: true", r":3: solidity\.overrides\.0: lacks `files`"),
    (
        "solidity:\n  overrides:\n    - {files: a, viair: true}",
        r"viair: no such setting \(did you mean 'via_ir'\?\)",
    ),
    ("solidity:\n  metadata: {bytecode_hash: sha}", r"'sha' is none of ipfs, none, bzzr1"),
    ("contracts_folder: ../x", r"contracts_folder: '\.\./x' leaves the project"),
    ("contracts_folder: /x", r"contracts_folder: '/x' lies outside the project"),
    ("test:\n  number_of_accounts: 0", r":2: test\.number_of_accounts: must be a whole number from 1"),
    ("test:\n  balance: 10 apples", r":2: test\.balance: '10 apples'"),
    ("test:\n  hd_path: x/0", r"'x/0' is no path: write one such as m/44'/60'/0'/0/\{\}"),
    ("dependencies: openzeppelin", r"dependencies: must be a list such as"),
    ("dependencies:\n  - openzeppelin", r":2: dependencies\.0: must be a mapping such as"),
    (
        "dependencies:\n  - {name: oz}",
        r":2: dependencies\.0: says nowhere where it comes from: give one of npm",
    ),
    ("dependencies:\n  - {npm: oz}", r"has no name: give it one"),
    ("dependencies:\n  - {name: a, npm: b, local: c}", r"has both npm and local"),
    ("dependencies:\n  - {name: a, npm: b c}", r"'b c' must be an npm package: write it as|'b c'"),
    ("dependencies:\n  - {name: a, github: x}", r"'x' must be owner/repository"),
    ("dependencies:\n  - {name: a, npm: b}\n  - {name: A, npm: c}", r"two dependencies are called 'a'"),
]


@pytest.mark.parametrize(("yaml", "message"), REFUSED, ids=range(len(REFUSED)))
def test_bad_values_name_the_line_and_what_to_write(tmp_path: Path, yaml: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as raised:
        load(tmp_path, yaml=yaml)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("[tool.ingot]\nname = ", r"pyproject\.toml:2: not valid TOML"),
        (
            "[tool.ingot]\ncontract_folder = 'x'",
            r"pyproject\.toml:2: contract_folder: .*did you mean 'contracts_folder'\?",
        ),
        (
            "[project]\nname='x'\n\n[tool.ingot.solidity]\nvia_ir = 3",
            r"pyproject\.toml:5: solidity\.via_ir: must be true",
        ),
        (
            "[[tool.ingot.solidity.overrides]]\nvia_ir = true",
            r"pyproject\.toml:1: solidity\.overrides\.0: lacks `files`",
        ),
    ],
)
def test_bad_toml_names_the_line(tmp_path: Path, toml: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load(tmp_path, toml=toml)


def test_a_pyproject_of_somebody_else_is_not_read_at_all(tmp_path: Path) -> None:
    assert load(tmp_path, toml="[project\nname = broken").name == tmp_path.name


def test_a_malformed_remappings_txt(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"remappings\.txt:2: 'oops' is no remapping: write it as prefix=target"
    ):
        load(tmp_path, remappings="a/=b/\noops\n")


def test_files_that_are_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "ape-config.yaml").write_bytes(b"name: caf\xe9\n")
    with pytest.raises(
        ConfigError, match=r"ape-config\.yaml is not UTF-8 \(byte 9\): save it in that encoding"
    ):
        load_config(tmp_path)


def test_two_files_of_ape_are_one_too_many(tmp_path: Path) -> None:
    (tmp_path / "ape-config.yml").write_text("name: b\n")
    with pytest.raises(ConfigError, match=r"ape-config\.yaml and ape-config\.yml are both there: keep one"):
        load(tmp_path, yaml="name: a\n")


def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "ape-config.yaml").mkdir()
    assert load_config(tmp_path).name == tmp_path.name


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="5 is neither"):
        find_root(5)
    with pytest.raises(UsageError, match="there is no folder"):
        load_config(tmp_path / "gone")


# The cache -------------------------------------------------------------------------------------


def test_the_cache_is_used_and_follows_every_change(tmp_path: Path) -> None:
    (tmp_path / ".ingot").mkdir()
    load(tmp_path, yaml="name: one\n")
    time.sleep(0.06)
    assert load_config(tmp_path).name == "one"
    cache = tmp_path / ".ingot" / "config.json"
    assert cache.stat().st_mode & 0o777 == 0o600
    cache.write_text(cache.read_text().replace('"one"', '"cached"'))
    assert load_config(tmp_path).name == "cached"
    (tmp_path / "ape-config.yaml").write_text("name: two\n")
    assert load_config(tmp_path).name == "two"
    (tmp_path / "remappings.txt").write_text("a/=b/\n")
    assert [str(remapping) for remapping in load_config(tmp_path).remappings] == ["a/=b/"]
    (tmp_path / "ape-config.yaml").unlink()
    assert load_config(tmp_path).name == tmp_path.name


def test_a_refusal_from_the_cache_still_names_the_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".ingot").mkdir()
    (tmp_path / "ape-config.yaml").write_text("solidity:\n  evm_version: $SAMPLE_EVM\n")
    monkeypatch.setenv("SAMPLE_EVM", "paris")
    time.sleep(0.06)
    assert load_config(tmp_path).solidity.evm_version == "paris"
    monkeypatch.setenv("SAMPLE_EVM", "mars")
    with pytest.raises(ConfigError, match=r"ape-config\.yaml:2: solidity\.evm_version: 'mars' is none of"):
        load_config(tmp_path)


@pytest.mark.parametrize("rubbish", ["", "{}", "[1]", '{"format": 2}', "\x00"])
def test_a_torn_cache_is_ignored(tmp_path: Path, rubbish: str) -> None:
    (tmp_path / ".ingot").mkdir()
    (tmp_path / ".ingot" / "config.json").write_text(rubbish)
    assert load(tmp_path, yaml="name: one\n").name == "one"


def test_a_cached_configuration_needs_no_yaml(tmp_path: Path) -> None:
    (tmp_path / ".ingot").mkdir()
    (tmp_path / "ape-config.yaml").write_text("name: one\n")
    time.sleep(0.06)
    load_config(tmp_path)
    code = (
        "import sys; from ingot.config import load_config; load_config(sys.argv[1]);"
        "sys.exit(any(name in sys.modules for name in ('yaml', 'tomllib', 'web3', 'ape')))"
    )
    assert (
        subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False, timeout=60).returncode == 0
    )


# The root --------------------------------------------------------------------------------------


def test_the_root_is_found_from_below(tmp_path: Path) -> None:
    below = tmp_path / "contracts" / "deep"
    below.mkdir(parents=True)
    (tmp_path / "ape-config.yaml").touch()
    assert find_root(below) == tmp_path
    (below / "A.sol").touch()
    assert find_root(below / "A.sol") == tmp_path


def test_a_table_of_ours_makes_a_project_and_others_do_not(tmp_path: Path) -> None:
    pyproject = tmp_path / "pyproject.toml"
    pyproject.write_text("[tool.ingots]\n# [tool.ingot]\n")
    assert not is_project(tmp_path)
    for text in (
        "[tool.ingot]\n",
        "[tool.ingot.solidity]\n",
        "[[tool.ingot.solidity.overrides]]\n",
        "[ tool . ingot ]\n",
    ):
        pyproject.write_text(text)
        assert is_project(tmp_path), text


def test_a_folder_with_contracts_is_a_project_without_configuration(tmp_path: Path) -> None:
    (tmp_path / "contracts").mkdir()
    (tmp_path / ".git").mkdir()
    assert find_root(tmp_path) == tmp_path


def test_the_search_ends_at_the_repository(tmp_path: Path) -> None:
    (tmp_path / "ape-config.yaml").touch()
    inner = tmp_path / "inner"
    (inner / ".git").mkdir(parents=True)
    with pytest.raises(UsageError, match=r"is not in a project: .*`ingot init` makes a project"):
        find_root(inner)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        find_root(tmp_path / "gone")


def test_relative_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ape-config.yaml").touch()
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    assert find_root() == tmp_path
    assert find_root(os.pardir) == tmp_path

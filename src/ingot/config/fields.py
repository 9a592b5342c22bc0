"""From configuration data to `Config`: which keys there are, and what they may hold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from ingot.config.model import (
    DEFAULT_MNEMONIC,
    Config,
    Dependency,
    Remapping,
    SettingsOverride,
    SoliditySettings,
    TestSettings,
)
from ingot.config.section import Section, nearest
from ingot.errors import ConfigError, UsageError

__all__ = ["EVM_VERSIONS", "build_config", "parse_remapping"]

EVM_VERSIONS = (
    "homestead",
    "tangerineWhistle",
    "spuriousDragon",
    "byzantium",
    "constantinople",
    "petersburg",
    "istanbul",
    "berlin",
    "london",
    "paris",
    "shanghai",
    "cancun",
    "prague",
    "osaka",
)
"""Source: solc docs, "Using the Compiler", "Target Options"."""

_OVERRIDABLE = (
    "version",
    "optimize",
    "optimization_runs",
    "via_ir",
    "evm_version",
    "libraries",
    "metadata",
    "revert_strings",
)
_SOLIDITY_KEYS = (*_OVERRIDABLE, "import_remapping", "solc", "overrides")
_OUR_KEYS = ("name", "contracts_folder", "exclude", "solidity", "dependencies", "test", "default_ecosystem")
_READ_KEYS = (*_OUR_KEYS, "compile")
_OPEN_KEYS = (
    "chain",
    "deployments",
    "ethereum",
    "bsc",
    "polygon",
    "arbitrum",
    "optimism",
    "base",
    "node",
    "networks",
    "deploy",
    "verify",
    "campaign",
    "coverage",
)

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_MAX_RUNS = 2**32 - 1
_DEPENDENCY_EXAMPLE = '`- {name: openzeppelin, npm: "@openzeppelin/contracts", version: 5.7.0}`'
_OVERRIDE_EXAMPLE = "`- {files: contracts/heavy/*.sol, via_ir: true}`"


def build_config(
    root: Path,
    top: Section,
    *,
    remappings_txt: Sequence[tuple[str, int]] = (),
    ours: Sequence[str] = (),
) -> Config:
    """Check everything that ingot reads.

    remappings_txt: (line, its number).      ours: keys of [tool.ingot], in which every key must be known.
    Raises: ConfigError.
    """
    for key in ours:
        if key.replace("-", "_") not in (*_OUR_KEYS, *_OPEN_KEYS, *_custom_ecosystems(top)):
            top.refuse(
                key, f"[tool.ingot] has no such key{nearest(key, _OUR_KEYS)}; it has {', '.join(_OUR_KEYS)}"
            )
    solidity = top.section("solidity")
    _refuse_misspelt(solidity, _SOLIDITY_KEYS)
    settings = _solidity(solidity)
    return Config(
        root=root,
        name=top.text("name", "") or root.name,
        contracts_folder=_contracts_folder(root, top),
        exclude=(*top.texts("exclude"), *top.section("compile").texts("exclude")),
        solidity=settings,
        overrides=tuple(map(_override, solidity.sections("overrides", example=_OVERRIDE_EXAMPLE))),
        remappings=(*_remappings_txt(root, remappings_txt), *_config_remappings(solidity)),
        solc=solidity.optional_text("solc"),
        dependencies=_dependencies(top),
        test=_test(top.section("test")),
        default_ecosystem=top.text("default_ecosystem", "ethereum"),
        extra={key: top.expanded_deep(top.raw(key)) for key in top if key not in _READ_KEYS},
    )


def _custom_ecosystems(top: Section) -> list[str]:
    """Those that `networks: custom:` names: each may have a section of its own."""
    networks = top.raw("networks")
    entries = networks.get("custom") if isinstance(networks, Mapping) else None
    return [str(entry.get("ecosystem")) for entry in entries or () if isinstance(entry, Mapping)]


def _refuse_misspelt(section: Section, known: Sequence[str]) -> None:
    for key in section:
        if key.replace("-", "_") not in known and (hint := nearest(key, known)):
            section.refuse(key, f"there is no such setting{hint}")


def _contracts_folder(root: Path, top: Section) -> str:
    folder = top.optional_text("contracts_folder")
    if folder is None:
        return _default_folder(root)
    parts = [part for part in folder.replace("\\", "/").split("/") if part not in ("", ".")]
    if Path(folder).is_absolute():
        try:
            return Path(folder).relative_to(root).as_posix()
        except ValueError:
            top.refuse(
                "contracts_folder", f"{folder!r} lies outside the project: give a folder inside {root}"
            )
    if ".." in parts:
        top.refuse(
            "contracts_folder", f"{folder!r} leaves the project: give a folder inside it, such as 'contracts'"
        )
    return "/".join(parts) or "."


def _default_folder(root: Path) -> str:
    """`contracts`; as in ape, `src` where only that has sources."""
    if not (root / "contracts").is_dir() and next((root / "src").glob("**/*.sol"), None) is not None:
        return "src"
    return "contracts"


def _solidity(section: Section) -> SoliditySettings:
    return SoliditySettings(**_settings(section, _OVERRIDABLE))


def _override(section: Section) -> SettingsOverride:
    patterns = section.texts("files")
    if not patterns:
        section.refuse(None, f"lacks `files`: which files is it for? Write it as {_OVERRIDE_EXAMPLE}")
    for key in section:
        if key != "files" and key not in _OVERRIDABLE:
            section.refuse(
                key, f"no such setting{nearest(key, _OVERRIDABLE)}; there are {', '.join(_OVERRIDABLE)}"
            )
    return SettingsOverride(patterns, _settings(section, _OVERRIDABLE))


def _settings(section: Section, allowed: Sequence[str]) -> dict[str, Any]:
    """The fields of SoliditySettings that `section` sets."""
    found: dict[str, Any] = {}
    for key in allowed:
        if key in section:
            found.update(_setting(section, key))
    return found


def _setting(section: Section, key: str) -> dict[str, Any]:
    if key in ("optimize", "via_ir"):
        return {key: section.boolean(key, False)}
    if key == "optimization_runs":
        return {key: section.integer(key, 200, minimum=0, maximum=_MAX_RUNS)}
    if key == "version":
        return {key: _solc_version(section)}
    if key == "evm_version":
        return {key: section.one_of(key, EVM_VERSIONS)}
    if key == "revert_strings":
        return {key: section.one_of(key, ("default", "strip", "debug", "verboseDebug"))}
    if key == "libraries":
        return {key: section.section(key).each_text(_library_problem)}
    metadata = section.section("metadata")
    _refuse_misspelt(metadata, ("bytecode_hash", "append_cbor", "use_literal_content"))
    return {
        "bytecode_hash": metadata.one_of("bytecode_hash", ("ipfs", "none", "bzzr1")),
        "append_cbor": metadata.optional_boolean("append_cbor"),
        "use_literal_content": metadata.optional_boolean("use_literal_content"),
    }


def _solc_version(section: Section) -> str:
    value = section.text("version", "").strip()
    release = re.fullmatch(r"v?([0-9]+\.[0-9]+\.[0-9]+)(\+commit\.[0-9a-f]+)?", value)
    if release:
        return release[1]
    if not re.fullmatch(r"[0-9.\s<>=^~|,*xX-]*[0-9][0-9.\s<>=^~|,*xX-]*", value):
        section.refuse(
            "version",
            f"{value!r} is no version of solc: write one such as 0.8.37, or a range such as ^0.8.20",
        )
    return value


def _library_problem(name: str, address: str) -> str | None:
    if not _ADDRESS.fullmatch(address):
        return f"{address!r} is no address of the library {name}: 0x and 40 hex digits"
    return None


def _test(section: Section) -> TestSettings:
    return TestSettings(
        mnemonic=" ".join(section.text("mnemonic", DEFAULT_MNEMONIC).split()),
        number_of_accounts=section.integer("number_of_accounts", 10, minimum=1, maximum=100_000),
        balance=_balance(section),
        hd_path=_hd_path(section),
    )


def _balance(section: Section) -> int:
    value = section.raw("balance")
    if value is None:
        return TestSettings.balance
    from ingot.conversion import amount

    try:
        return amount(value if isinstance(value, int) else section.text("balance", ""))
    except UsageError as error:
        section.refuse("balance", str(error))


def _hd_path(section: Section) -> str:
    path = section.text("hd_path", TestSettings.hd_path)
    if not re.fullmatch(r"m(/[0-9]+'?)+(/\{\})?", path):
        section.refuse("hd_path", f"{path!r} is no path: write one such as m/44'/60'/0'/0/{{}}")
    return path if path.endswith("{}") else f"{path}/{{}}"


# Remappings ------------------------------------------------------------------------------------


def parse_remapping(text: str) -> Remapping:
    """`[context:]prefix=target`. Raises: ValueError, with what is wrong."""
    left, equals, target = text.strip().partition("=")
    if not equals:
        raise ValueError(
            f"{text!r} is no remapping: write it as prefix=target, such as @openzeppelin/=lib/openzeppelin/"
        )
    context, colon, prefix = left.rpartition(":")
    if not colon:
        prefix = left
    if not prefix:
        raise ValueError(
            f"{text!r} has nothing before the `=`: write the prefix of the imports that it is for"
        )
    return Remapping(context, prefix, target)


def _config_remappings(section: Section) -> tuple[Remapping, ...]:
    raw = section.raw("import_remapping")
    if isinstance(raw, dict):
        entries = [f"{key}={value}" for key, value in section.section("import_remapping").each_text().items()]
    elif isinstance(raw, list):
        # ape takes texts and mappings, also side by side.
        entries = [_remapping_entry(item) for item in raw]
    else:
        entries = list(section.texts("import_remapping"))
    found = []
    for index, entry in enumerate(entries):
        try:
            found.append(parse_remapping(section.expanded(entry)))
        except ValueError as error:
            section.refuse("import_remapping", str(error), below=(index,))
    return tuple(found)


def _remapping_entry(item: object) -> str:
    if isinstance(item, dict) and {"key", "value"} <= item.keys():
        return f"{item['key']}={item['value']}"
    return str(item)


def _remappings_txt(root: Path, lines: Sequence[tuple[str, int]]) -> tuple[Remapping, ...]:
    found = []
    for line, number in lines:
        try:
            found.append(parse_remapping(line))
        except ValueError as error:
            raise ConfigError(
                f"remappings.txt:{number}: {error}", path=str(root / "remappings.txt")
            ) from None
    return tuple(found)


# Dependencies ----------------------------------------------------------------------------------


def _dependencies(top: Section) -> tuple[Dependency, ...]:
    found: dict[str, Dependency] = {}
    for section in top.sections("dependencies", example=_DEPENDENCY_EXAMPLE):
        dependency = _dependency(section)
        if dependency.name in found:
            section.refuse("name", f"two dependencies are called {dependency.name!r}: rename one")
        found[dependency.name] = dependency
    return tuple(found.values())


_KINDS: Mapping[str, str] = {
    "npm": "npm",
    "github": "github",
    "local": "local",
    "python": "python",
    "site_package": "python",
    "pypi": "python",
}


def _dependency(section: Section) -> Dependency:
    kinds = [key for key in _KINDS if key in section]
    if len(kinds) != 1:
        problem = "says nowhere where it comes from" if not kinds else f"has both {' and '.join(kinds)}"
        section.refuse(None, f"{problem}: give one of npm, github, local, such as {_DEPENDENCY_EXAMPLE}")
    kind = kinds[0]
    reference = section.text(kind, "")
    if kind == "github" and not re.fullmatch(r"[\w.-]+/[\w.-]+", reference):
        section.refuse(
            kind, f"{reference!r} must be owner/repository, such as OpenZeppelin/openzeppelin-contracts"
        )
    if kind == "npm" and not re.fullmatch(r"(@[\w.-]+/)?[\w.-]+", reference):
        section.refuse(kind, f"{reference!r} is no npm package: write it as @openzeppelin/contracts")
    version = section.text("version", "") or section.text("ref", "")
    name = section.text("name", "") or _name_refused(section)
    folder = section.text("contracts_folder", "")
    return Dependency(name.lower(), _KINDS[kind], reference, version, folder)


def _name_refused(section: Section) -> NoReturn:
    section.refuse(None, f"has no name: give it one, such as {_DEPENDENCY_EXAMPLE}")

"""What solc prints: combined JSON, and the outputs of single options as text or files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ingot.compile.solc.launcher.options import COMBINED, PLAIN, Options
from ingot.compile.solc.version import Version
from ingot.errors import UsageError

__all__ = ["combined_json", "plain_text", "selection", "write_files"]

_AS_TEXT = ("abi", "devdoc", "userdoc", "storage-layout")  # before 0.8.0
_OBJECTS_SINCE = Version(0, 8, 0)
_SUFFIXES = {"bin": ".bin", "bin-runtime": ".bin-runtime", "abi": ".abi", "asm": ".evm", "opcodes": ".opcode"}


def selection(options: Options) -> dict[str, dict[str, list[str]]]:
    """The output selection of standard JSON that gives all that is asked for."""
    wanted = {COMBINED[word] for word in options.combined} - {""}
    wanted |= {PLAIN[flag[2:]][0] for flag in options.flags if flag[2:] in PLAIN}
    return {"*": {"*": sorted(wanted), "": ["ast", "legacyAST"] if "ast" in options.combined else []}}


def combined_json(output: Mapping[str, Any], options: Options, version: Version, long_version: str) -> str:
    """Answer to --combined-json. Source: solc, `CommandLineInterface::handleCombinedJSON`."""
    sources = output.get("sources", {})
    answer: dict[str, Any] = {}
    if any(COMBINED[word] for word in options.combined):
        answer["contracts"] = {
            f"{file}:{name}": {
                word: _field(contract, word, version) for word in options.combined if COMBINED[word]
            }
            for file, name, contract in _contracts(output)
        }
    if {"ast", "srcmap", "srcmap-runtime"} & set(options.combined):
        answer["sourceList"] = sorted(sources, key=lambda name: int(sources[name]["id"]))
    if "ast" in options.combined:
        compact = version >= _OBJECTS_SINCE or "compact-format" in options.combined
        answer["sources"] = {
            name: {"AST": source.get("ast" if compact or "legacyAST" not in source else "legacyAST")}
            for name, source in sources.items()
        }
    answer["version"] = long_version
    pretty = "--pretty-json" in options.flags or "--json-indent" in options.values
    return json.dumps(
        answer,
        indent=int(options.values.get("--json-indent", 2)) if pretty else None,
        separators=None if pretty else (",", ":"),
    )


def _contracts(output: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for file, contracts in output.get("contracts", {}).items():
        for name, contract in contracts.items():
            yield file, name, contract


def _field(contract: Mapping[str, Any], word: str, version: Version) -> Any:
    value = _at(contract, COMBINED[word])
    if word in _AS_TEXT and version < _OBJECTS_SINCE:
        return json.dumps(value, separators=(",", ":"))
    return value


def _at(contract: Mapping[str, Any], path: str) -> Any:
    value: Any = contract
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _text(value: Any, word: str) -> str:
    if word == "hashes":
        return "".join(f"{selector}: {signature}\n" for signature, selector in sorted((value or {}).items()))
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def plain_text(output: Mapping[str, Any], options: Options) -> str:
    """Answer to --bin, --abi and their like."""
    words = [word for word in PLAIN if f"--{word}" in options.flags]
    blocks = []
    for file, name, contract in _contracts(output):
        blocks.append(f"\n======= {file}:{name} =======\n")
        blocks += [f"{PLAIN[word][1]}:\n{_text(_at(contract, PLAIN[word][0]), word)}\n" for word in words]
    return "".join(blocks)


def write_files(output: Mapping[str, Any], options: Options, combined: str) -> None:
    """The same into --output-dir. Raises: UsageError, if a file is there and --overwrite is not given."""
    folder = Path(options.values["--output-dir"])
    files = {"combined.json": combined} if combined else {}
    for _, name, contract in _contracts(output):
        for word in PLAIN:
            if f"--{word}" in options.flags:
                suffix = _SUFFIXES.get(word, f"_{word}.json")
                files[f"{name}{suffix}"] = _text(_at(contract, PLAIN[word][0]), word)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        if path.exists() and "--overwrite" not in options.flags:
            raise UsageError(f"Refusing to overwrite existing file {path} (use --overwrite to force).")
        path.write_text(content, encoding="utf-8")

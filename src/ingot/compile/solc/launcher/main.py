"""A launcher at work: the command line of one solc, answered by whichever route leads to it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from ingot.compile.solc.compiler import Solc
from ingot.compile.solc.launcher.options import COMBINED, Options, parse_options
from ingot.compile.solc.process import LAUNCHER_GUARD, child_environment
from ingot.compile.solc.releases import known_releases
from ingot.compile.solc.version import Version
from ingot.errors import IngotError, UsageError

__all__ = ["main"]

_PLATFORM = "Emscripten.clang"
_MISSING = (b"File not supplied initially", b"No import callback supplied")
_HIDDEN = ("compact-format", "interface")  # of old solc versions
_HELP_FAILS_BEFORE = Version(0, 8, 10)


def main(version_text: str, words: Sequence[str]) -> int:
    """Answer as solc of that version. Returns the exit code: 0, or 1 as solc does for any failure."""
    version = Version.parse(version_text)
    try:
        if os.environ.get(LAUNCHER_GUARD):
            raise UsageError(f"this launcher of solc {version} was started by ingot's own search for a solc")
        return _answer(version, words)
    except IngotError as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except KeyboardInterrupt:
        return 130


def _answer(version: Version, words: Sequence[str]) -> int:
    options = parse_options(words)
    if "--help" in options.flags:
        _print(
            f"{_TITLE}\n\n{_HELP.format(combined=','.join(word for word in COMBINED if word not in _HIDDEN))}"
        )
        return 1 if version < _HELP_FAILS_BEFORE else 0
    if "--version" in options.flags:
        _print(f"{_TITLE}\nVersion: {_long_version(version)}\n")
        return 0
    solc = _resolve(version)
    if solc.route in ("native", "download"):
        os.execve(solc.path, [str(solc.path), *words], child_environment())
    if "--standard-json" in options.flags:
        return _standard_json(solc, options)
    return _compile_files(solc, options)


def _resolve(version: Version) -> Solc:
    from ingot.compile.solc.resolver import Resolver
    from ingot.compile.solc.settings import Settings

    # A launcher answers for its own version, whatever solc the user's projects are told to use.
    environ = {name: value for name, value in os.environ.items() if name != "INGOT_SOLC"}
    return Resolver(Settings.from_environment(environ=environ)).resolve(version)


def _long_version(version: Version) -> str:
    release = known_releases().get(version)
    return f"{release.long_version if release else _resolve(version).long_version}.{_PLATFORM}"


def _standard_json(solc: Solc, options: Options) -> int:
    if options.files and options.files != ("-",):
        with open(options.files[0], "rb") as file:  # noqa: PTH123  (pathlib is not needed otherwise)
            text = file.read()
    else:
        text = sys.stdin.buffer.read()
    # Most callers give all sources: they are only searched for when solc misses some.
    answer = solc.answer(text)
    if (
        any(words in answer for words in _MISSING)
        and "--no-import-callback" not in options.flags
        and (more := _with_sources(text, solc, options))
    ):
        answer = solc.answer(more)
    sys.stdout.buffer.write(answer.rstrip(b"\n") + b"\n")
    sys.stdout.buffer.flush()
    return 0


def _with_sources(text: bytes, solc: Solc, options: Options) -> bytes:
    """`text` with what its sources import, or b"" if nothing was found."""
    from ingot.compile.solc.launcher.sources import SourceReader

    standard: dict[str, Any] = json.loads(text)
    remappings = standard.get("settings", {}).get("remappings", [])
    reader = SourceReader(options, solc.version, remappings=remappings)
    given = {name: source["content"] for name, source in standard["sources"].items() if "content" in source}
    for name, source in standard["sources"].items():
        contents = (reader.read(url) for url in source.get("urls", ()))
        if name not in given and (content := next((c for c in contents if c is not None), None)) is not None:
            given[name] = content
    found = reader.complete(given)
    if found.keys() == standard["sources"].keys() and all(
        "content" in s for s in standard["sources"].values()
    ):
        return b""
    added = {name: {"content": content} for name, content in found.items()}
    return json.dumps({**standard, "sources": {**standard["sources"], **added}}).encode()


def _compile_files(solc: Solc, options: Options) -> int:
    from ingot.compile.solc.launcher.output import combined_json, plain_text, selection, write_files
    from ingot.compile.solc.launcher.sources import SourceReader

    reader = SourceReader(options, solc.version)
    files = [file for file in options.files if file != "-"]
    sources = dict(reader.named(file) for file in files)
    if "-" in options.files:
        sources["<stdin>"] = sys.stdin.read()
    if not sources:
        raise UsageError(
            'No input files given. If you wish to use the standard input please specify "-" explicitly.'
        )
    if "--no-import-callback" not in options.flags:
        sources = reader.complete(sources)
    settings = {**options.settings(), "outputSelection": selection(options)}
    standard = {
        "language": "Solidity",
        "sources": {name: {"content": content} for name, content in sources.items()},
        "settings": settings,
    }
    output = solc.compile(standard)
    errors = output.get("errors", ())
    for error in errors:
        print(error.get("formattedMessage") or error["message"], file=sys.stderr)
    if any(error["severity"] == "error" for error in errors):
        return 1
    combined = ""
    if options.combined:
        combined = combined_json(output, options, solc.version, f"{solc.long_version}.{_PLATFORM}")
    if "--output-dir" in options.values:
        write_files(output, options, combined)
    else:
        _print(f"{combined}\n" if combined else plain_text(output, options))
    return 0


def _print(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


_TITLE = "solc, the solidity compiler commandline interface"
# py-solc-x reads the words of --combined-json off the end of its line, which starts with two blanks.
_HELP = """Usage: solc [options] [input_file...] [context:prefix=path...]

This is ingot's launcher: it stands in for the native solc and knows these options.

  --version --help
  --standard-json [FILE]      read JSON from FILE or standard input
  --base-path P --include-path P --allow-paths P,...
  --combined-json {combined}
  --pretty-json --json-indent N
  --abi --bin --bin-runtime --hashes --metadata --asm --opcodes --storage-layout --ir --ir-optimized
  -o, --output-dir DIR --overwrite
  --optimize --optimize-runs N --via-ir --evm-version V --libraries L
  --metadata-hash H --metadata-literal --no-cbor-metadata --revert-strings S
"""

"""Looks for secrets in whatever a program leaves behind: raw, in hex, in base64 at any alignment, as a number."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Leak:
    """A secret that was found. form: how it was written.      where: in what."""

    secret: str
    form: str
    where: str


def forms(secret: bytes) -> Iterator[tuple[str, bytes]]:
    """Ways to write a secret, each with what to look for (in lower case where case says nothing)."""
    yield "raw", secret
    yield "hex", secret.hex().encode()
    yield "hex, upper case", secret.hex().upper().encode()
    yield "backslashed", repr(secret)[2:-1].encode()
    if len(secret) == 32:
        yield "number", str(int.from_bytes(secret, "big")).encode()
        yield "list of numbers", ", ".join(map(str, secret)).encode()
        yield "words of 64 bits", f"{int.from_bytes(secret[:8], 'big')}".encode()
    for shift in range(3):
        # what comes before and after shares a character with the first and the last bytes
        code = base64.b64encode(b"\0" * shift + secret)
        core = code[4 if shift else 0 : len(code) - 4]
        yield f"base64, shifted by {shift}", core
        yield f"base64 for URLs, shifted by {shift}", core.replace(b"+", b"-").replace(b"/", b"_")


def search(secrets: Mapping[str, bytes], places: Mapping[str, bytes]) -> list[Leak]:
    """Every secret that is in one of the places."""
    return [
        Leak(name, form, where)
        for name, secret in secrets.items()
        for form, looked_for in forms(secret)
        for where, content in places.items()
        if looked_for in content
    ]


def files_below(folder: Path) -> dict[str, bytes]:
    """Contents of all files, and their names as one place more; links are not followed."""
    found = {
        str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and not path.is_symlink()
    }
    found["file names"] = "\n".join(found).encode()
    return found


def command_lines() -> bytes:
    """Of all processes on this machine, as `ps` shows them."""
    lines = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                lines.append((entry / "cmdline").read_bytes().replace(b"\0", b" "))
            except OSError:
                continue
    return b"\n".join(lines)

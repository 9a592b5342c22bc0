"""One line that says what is being waited for, and is gone when there is something to read."""

from __future__ import annotations

import re
import shutil
import sys
from typing import TextIO

__all__ = ["ProgressLine"]

_SECONDS = re.compile(r" \(\d+ s\)$")


class ProgressLine:
    """On a terminal, each call replaces the line. Elsewhere a line is printed when it says something new, time aside."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._is_terminal = self._stream.isatty()
        self._said = ""

    def __call__(self, line: str) -> None:
        """Show `line`."""
        if self._is_terminal:
            width = shutil.get_terminal_size().columns
            self._write(f"\r\x1b[2K{line[: width - 1]}")
        elif _SECONDS.sub("", line) != self._said:
            self._write(f"{_SECONDS.sub('', line)}\n")
        self._said = _SECONDS.sub("", line)

    def clear(self) -> None:
        """Take the line away: something else is printed now."""
        if self._is_terminal and self._said:
            self._write("\r\x1b[2K")
        self._said = ""

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()

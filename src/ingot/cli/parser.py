"""The parser of every command."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import NoReturn

__all__ = ["Parser"]


class Parser(ArgumentParser):
    """argparse quotes what it does not understand, and that may be a key."""

    def error(self, message: str) -> NoReturn:
        """As argparse has it, without keys."""
        from ingot.cli.secret import without_keys

        super().error(without_keys(message))

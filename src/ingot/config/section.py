"""Typed reading of configuration data: every refusal names the file, the line and what to write instead."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NoReturn

from ingot.errors import ConfigError

__all__ = ["KeyPath", "Section", "nearest"]

KeyPath = tuple[str | int, ...]
"""Keys and list indices from the top."""

_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))")


def nearest(word: str, words: Collection[str]) -> str:
    """` (did you mean 'x'?)`, or "" where nothing is near."""
    from difflib import get_close_matches

    near = get_close_matches(word, words, n=1, cutoff=0.6)
    return f" (did you mean {near[0]!r}?)" if near else ""


class Section:
    """A mapping of the configuration.

    places: key path -> (file, "file:line").      environ: what `$NAME` in values stands for.
    """

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        path: KeyPath = (),
        places: Mapping[KeyPath, tuple[str, str]],
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._data = data
        self._path = path
        self._places = places
        self._environ = environ

    def __contains__(self, key: str) -> bool:
        return self._data.get(key) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def raw(self, key: str) -> Any:
        """The value as read, or None."""
        return self._data.get(key)

    def refuse(self, key: str | int | None, problem: str, *, below: KeyPath = ()) -> NoReturn:
        """Raise ConfigError for the value of `key` (None: for the section itself)."""
        path = self._path if key is None else (*self._path, key, *below)
        file, place = "", "the configuration"
        for length in range(len(path), -1, -1):
            if path[:length] in self._places:
                file, place = self._places[path[:length]]
                break
        dotted = ".".join(str(part) for part in path)
        raise ConfigError(f"{place}: {dotted}: {problem}" if dotted else f"{place}: {problem}", path=file)

    def text(self, key: str, default: str) -> str:
        """Text, with `$NAME` and `${NAME}` replaced from the environment where set. Numbers are taken as written."""
        found = self.optional_text(key)
        return default if found is None else found

    def optional_text(self, key: str) -> str | None:
        """Like `text`, None where the key is absent."""
        value = self._data.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            self.refuse(key, f"must be text, not {_kind(value)}")
        return self.expanded(str(value))

    def expanded(self, value: str) -> str:
        """With `$NAME` and `${NAME}` replaced from the environment where they are set, as ape does."""

        def replace(match: re.Match[str]) -> str:
            return self._environ.get(match[1] or match[2], match[0])

        return _VARIABLE.sub(replace, value) if "$" in value else value

    def expanded_deep(self, value: Any) -> Any:
        """`value` with all its texts expanded."""
        if isinstance(value, str):
            return self.expanded(value)
        if isinstance(value, list):
            return [self.expanded_deep(item) for item in value]
        if isinstance(value, dict):
            return {key: self.expanded_deep(item) for key, item in value.items()}
        return value

    def boolean(self, key: str, default: bool) -> bool:
        """True or false."""
        found = self.optional_boolean(key)
        return default if found is None else found

    def optional_boolean(self, key: str) -> bool | None:
        """true, false, or None where the key is absent."""
        value = self._data.get(key)
        if value is not None and not isinstance(value, bool):
            self.refuse(key, f"must be true or false, not {value!r}")
        return value

    def integer(self, key: str, default: int, *, minimum: int, maximum: int) -> int:
        """A whole number, minimum <= value <= maximum; `10_000` is understood."""
        value = self._data.get(key)
        if value is None:
            return default
        if isinstance(value, str):
            digits = self.expanded(value).replace("_", "")
            value = int(digits) if re.fullmatch(r"-?[0-9]+", digits) else value
        if isinstance(value, bool) or not isinstance(value, int) or not minimum <= value <= maximum:
            self.refuse(key, f"must be a whole number from {minimum} to {maximum}, not {value!r}")
        return value

    def one_of(self, key: str, choices: Collection[str]) -> str | None:
        """One of `choices`, or None where the key is absent."""
        value = self.optional_text(key)
        if value is not None and value not in choices:
            self.refuse(key, f"{value!r} is none of {', '.join(choices)}{nearest(value, choices)}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; a single text counts as a list of one."""
        value = self._data.get(key)
        if value is None:
            return ()
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list):
            self.refuse(key, f"must be a list, not {_kind(value)}")
        for index, item in enumerate(items):
            if not isinstance(item, str):
                self.refuse(key, f"must be text, not {_kind(item)}", below=(index,))
        return tuple(self.expanded(item) for item in items)

    def section(self, key: str) -> Section:
        """The mapping under `key`; an empty one where the key is absent."""
        value = self._data.get(key)
        if value is None:
            value = {}
        if not isinstance(value, dict):
            self.refuse(key, f"must hold `key: value` lines, not {_kind(value)}")
        return self._below(value, (key,))

    def sections(self, key: str, *, example: str) -> list[Section]:
        """The mappings in the list under `key`."""
        value = self._data.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.refuse(key, f"must be a list such as {example}, not {_kind(value)}")
        for index, item in enumerate(value):
            if not isinstance(item, dict):
                self.refuse(key, f"must be a mapping such as {example}, not {_kind(item)}", below=(index,))
        return [self._below(item, (key, index)) for index, item in enumerate(value)]

    def _below(self, data: Mapping[str, Any], path: KeyPath) -> Section:
        return Section(data, path=(*self._path, *path), places=self._places, environ=self._environ)

    def each_text(self, check: Callable[[str, str], str | None] | None = None) -> dict[str, str]:
        """All entries, as text. check: gives what is wrong with an entry, or None."""
        result = {}
        for key in self._data:
            value = self.text(key, "")
            problem = check(key, value) if check is not None else None
            if problem:
                self.refuse(key, problem)
            result[key] = value
        return result


def _kind(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return repr(value)

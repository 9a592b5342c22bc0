"""Decoded structs, events, errors and multiple results: tuples whose members have the ABI's names."""

from __future__ import annotations

from functools import lru_cache
from keyword import iskeyword
from operator import itemgetter
from typing import Any, ClassVar, SupportsIndex, overload

__all__ = ["Struct", "struct_class"]


class Struct(tuple[Any, ...]):
    """A tuple with names. Compares, hashes, unpacks and indexes as the tuple that it is.

    A member `amount` is `s.amount`, `s["amount"]` and `s[i]`. A name that Python cannot take as an attribute (`from`, `_x`)
    gets a `_` behind it: `s.from_`, `s._x_`. Of members with the same name the later ones are `a_`, `a__`; members without a
    name are `_0`, `_1`, ... after their position, reachable as `s["_0"]`.
    """

    __slots__ = ()

    _fields: ClassVar[tuple[str, ...]] = ()
    """The names, in order and unique."""
    _positions: ClassVar[dict[str, int]] = {}

    @overload
    def __getitem__(self, key: SupportsIndex, /) -> Any: ...
    @overload
    def __getitem__(self, key: slice, /) -> tuple[Any, ...]: ...
    @overload
    def __getitem__(self, key: str, /) -> Any: ...
    def __getitem__(self, key: SupportsIndex | slice | str, /) -> Any:
        if isinstance(key, str):
            try:
                key = self._positions[key]
            except KeyError:
                raise KeyError(f"{type(self).__name__} has no member {key!r}, only {self._names()}") from None
        return tuple.__getitem__(self, key)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"{type(self).__name__} has no member {name!r}, only {self._names()}")

    def __repr__(self) -> str:
        pairs = zip(self._fields, self, strict=True)
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in pairs)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self).__name__, self._fields, tuple(self))

    def _asdict(self) -> dict[str, Any]:
        """The members by name."""
        return dict(zip(self._fields, self, strict=True))

    def _names(self) -> str:
        return ", ".join(self._fields) or "()"


_RESERVED = frozenset(dir(Struct)) - {"count", "index"}


def attribute(key: str) -> str:
    """The attribute for the member `key`: itself, or with `_` behind it where Python cannot take it."""
    usable = key.isidentifier() and not iskeyword(key) and not key.startswith("_") and key not in _RESERVED
    return key if usable else f"{key}_"


@lru_cache(maxsize=4096)
def struct_class(name: str, keys: tuple[str, ...]) -> type[Struct]:
    """The class of Structs named `name` with the members `keys` (unique, in order)."""
    positions = {key: position for position, key in enumerate(keys)}
    members: dict[str, Any] = {"__slots__": (), "_fields": keys, "_positions": positions}
    for key in keys:
        alias = attribute(key)
        if alias != key and alias in positions:
            continue
        positions.setdefault(alias, positions[key])
        member = property(itemgetter(positions[key]), doc=f"Member {positions[key]}.")
        members[alias] = member
    return type(name or "Struct", (Struct,), members)


def _restore(name: str, keys: tuple[str, ...], values: tuple[Any, ...]) -> Struct:
    return struct_class("" if name == "Struct" else name, keys)(values)

"""A dict that can be as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from typing import Self

__all__ = ["Reversible"]

K = TypeVar("K")
V = TypeVar("V")

_ABSENT: Final = object()


class Reversible(dict[K, V]):
    """Writes down what each change replaced. Reading it costs what reading a dict does."""

    __slots__ = ("_replaced",)

    def __init__(self) -> None:
        super().__init__()
        self._replaced: list[tuple[K, Any]] = []

    def mark(self) -> int:
        """Returns: what `go_back` takes."""
        return len(self._replaced)

    def go_back(self, mark: int) -> None:
        """Be as it was at the mark; later ones are used up."""
        replaced = self._replaced
        while len(replaced) > mark:
            key, before = replaced.pop()
            if before is _ABSENT:
                super().pop(key)
            else:
                super().__setitem__(key, before)

    def __setitem__(self, key: K, value: V) -> None:
        before = self.get(key, _ABSENT)
        if before is not value:
            self._replaced.append((key, before))
            super().__setitem__(key, value)

    def __delitem__(self, key: K) -> None:
        self._replaced.append((key, self[key]))
        super().__delitem__(key)

    def setdefault(self, key: K, default: V) -> V:
        """As a dict's."""
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: K, default: Any = _ABSENT) -> Any:
        """As a dict's. Raises: KeyError, if the key is not there and there is no default."""
        if key not in self and default is not _ABSENT:
            return default
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[K, V]:
        """As a dict's. Raises: KeyError, if it is empty."""
        if not self:
            raise KeyError("it is empty")
        key = next(reversed(self))
        return key, self.pop(key)

    def clear(self) -> None:
        """As a dict's."""
        for key in list(self):
            del self[key]

    def update(self, *others: Any, **named: V) -> None:
        """As a dict's."""
        for key, value in dict(*others, **named).items():
            self[key] = value

    def __ior__(self, other: Any) -> Self:  # type: ignore[override,misc]
        self.update(other)
        return self

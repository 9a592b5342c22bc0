"""The tables of docs/json-rpc.md are the methods that are served."""

from __future__ import annotations

import re
from pathlib import Path

from ingot.rpc import METHODS

PAGE = (Path(__file__).parents[3] / "docs" / "json-rpc.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (`[a-z0-9]+_.*?) \| (yes|-) \| (.*) \|$", re.MULTILINE)


def test_the_table_has_every_method_with_its_parameters_and_no_other() -> None:
    rows = {first: what for first, _, what in ROW.findall(PAGE)}
    served = {}
    for method in METHODS.values():
        names = [f"`{method.signature}`", *(f"`{name}`" for name in method.names[1:])]
        served[", ".join(names)] = method.summary
    assert rows == served


def test_every_method_says_what_it_does_and_what_it_takes() -> None:
    for name, method in METHODS.items():
        assert re.fullmatch(r"[a-z0-9]+_[A-Za-z0-9_]+", name)
        assert method.summary.endswith("."), name
        names = [parameter.name for parameter in method.parameters]
        assert len(set(names)) == len(names), name
        optional = [parameter.is_optional for parameter in method.parameters]
        assert optional == sorted(optional), f"{name}: what may be left out comes last"

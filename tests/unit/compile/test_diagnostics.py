"""How errors and warnings look."""

from __future__ import annotations

from typing import Any

import pytest

from ingot.compile.diagnostic import Diagnostic, diagnostics_of, locate


def solc_error(source: str, marked: str, *, file: str = "contracts/A.sol", **more: Any) -> dict[str, Any]:
    start = source.encode().index(marked.encode())
    place = {"file": file, "start": start, "end": start + len(marked.encode())}
    return {
        "severity": "error",
        "errorCode": "7576",
        "message": "Undeclared identifier.",
        "sourceLocation": place,
        **more,
    }


def rendered(source: str, *errors: dict[str, Any], colour: bool = False) -> str:
    found = diagnostics_of(errors, {"contracts/A.sol": source.encode()})
    return "\n".join(diagnostic.render(colour=colour) for diagnostic in found)


def test_the_place_the_line_and_a_caret() -> None:
    source = "contract A {\n    uint x = y;\n}\n"
    assert rendered(source, solc_error(source, "y")).splitlines() == [
        "contracts/A.sol:2:14: error[7576]: Undeclared identifier.",
        "  2 |     uint x = y;",
        "    |              ^",
    ]


def test_columns_count_characters_and_the_underline_counts_what_a_terminal_shows() -> None:
    source = 'string s = "é日本"; uint x = naïve;'
    lines = rendered(source, solc_error(source, "naïve")).splitlines()
    assert lines[0].startswith("contracts/A.sol:1:28: ")
    assert lines[2] == "    | " + " " * 29 + "^^^^^"


def test_tabs_are_widened_in_the_line_and_in_the_underline() -> None:
    source = "\tuint x =\ty;"
    assert rendered(source, solc_error(source, "y")).splitlines()[1:] == [
        "  1 |     uint x =    y;",
        "    |                 ^",
    ]


def test_a_span_over_lines_is_underlined_on_its_first() -> None:
    source = "function f() public {\n  return 1;\n}"
    assert rendered(source, solc_error(source, source)).splitlines()[2] == "    | ^^^^^^^^^^^^^^^^^^^^^"


def test_windows_line_ends_leave_no_trace() -> None:
    source = "a\r\nb error\r\nc"
    assert rendered(source, solc_error(source, "error\r\nc")).splitlines()[1:] == [
        "  2 | b error",
        "    |   ^^^^^",
    ]


def test_secondary_places_are_notes() -> None:
    source = "uint x;\nuint x;\n"
    other = [
        {"file": "contracts/A.sol", "start": 0, "end": 6, "message": "The previous declaration is here:"}
    ]
    error = solc_error(source, "uint x;", secondarySourceLocations=other, message="Already declared.")
    error["sourceLocation"] = {"file": "contracts/A.sol", "start": 8, "end": 14}
    assert rendered(source, error).splitlines() == [
        "contracts/A.sol:2:1: error[7576]: Already declared.",
        "  2 | uint x;",
        "    | ^^^^^^",
        "  contracts/A.sol:1:1: note: The previous declaration is here:",
        "  1 | uint x;",
        "    | ------",
    ]


def test_without_a_place_there_is_only_the_message() -> None:
    error = {"severity": "warning", "message": "Something general.\nSecond line.", "sourceLocation": None}
    assert rendered("", error) == "warning: Something general.\n  Second line."


def test_a_place_in_a_file_that_we_do_not_have_names_the_file() -> None:
    error = {
        "severity": "error",
        "message": "m",
        "sourceLocation": {"file": "gone.sol", "start": -1, "end": -1},
    }
    assert rendered("", error) == "gone.sol: error: m"


def test_colours_are_only_there_when_asked_for() -> None:
    source = "y"
    assert "\x1b" not in rendered(source, solc_error(source, "y"))
    coloured = rendered(source, solc_error(source, "y"), colour=True)
    assert "\x1b[1;31merror[7576]\x1b[0m" in coloured


def test_the_same_complaint_counts_once() -> None:
    source = "y"
    error = solc_error(source, "y")
    assert len(diagnostics_of([error, error], {"contracts/A.sol": b"y"})) == 1


@pytest.mark.parametrize(("start", "end"), [(0, 0), (5, 5), (99, 120), (-5, 3)])
def test_places_beyond_the_source_are_clamped(start: int, end: int) -> None:
    found = locate(b"abcde", start, end)
    assert found["line"] == 1
    assert 1 <= found["column"] <= 6
    assert found["length"] >= 1


def test_diagnostics_survive_json() -> None:
    source = "uint x;\nuint x;\n"
    other = [{"file": "contracts/A.sol", "start": 0, "end": 6, "message": "here"}]
    for diagnostic in diagnostics_of(
        [solc_error(source, "x", secondarySourceLocations=other)], {"contracts/A.sol": source.encode()}
    ):
        assert Diagnostic.from_json(diagnostic.to_json()) == diagnostic

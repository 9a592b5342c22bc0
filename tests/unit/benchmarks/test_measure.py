"""The benchmarks' arithmetic: medians, paired ratios, verdicts, and contestants that drop out."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from benchmarks.measure import OURS, Row, Series, interleave, process_turn
from benchmarks.run import lines


def _row(ours: tuple[float, ...], peer: tuple[float, ...], **options: object) -> Row:
    return Row("row", "a row", "us", {OURS: Series(ours), "peer": Series(peer)}, **options)  # type: ignore[arg-type]


def test_the_ratio_is_the_median_of_the_paired_ratios() -> None:
    assert _row((1, 2, 10), (3, 4, 10)).ratio("peer") == 2
    assert _row((30, 20), (10, 10), more_is_better=True).ratio("peer") == 2.5
    assert _row((1,), (2,)).ratio("nobody") is None


@pytest.mark.parametrize(
    ("ours", "options", "met"),
    [
        ((9.0, 8.0, 1.0), {"target": 8.0}, True),
        ((9.0, 8.1, 1.0), {"target": 8.0}, False),
        ((100.0, 300.0, 250.0), {"target": 250.0, "more_is_better": True}, True),
        ((100.0, 300.0, 249.0), {"target": 250.0, "more_is_better": True}, False),
        ((13.0, 13.0, 13.0), {"ratio_target": 1.3, "ratio_peer": "peer"}, True),
        ((13.1, 13.1, 13.1), {"ratio_target": 1.3, "ratio_peer": "peer"}, False),
        ((1.0, 1.0, 1.0), {}, None),
    ],
)
def test_a_target_is_met_by_the_median(
    ours: tuple[float, ...], options: dict[str, object], met: bool | None
) -> None:
    assert _row(ours, (10.0, 10.0, 10.0), **options).met is met


def test_nothing_measured_is_neither_met_nor_missed() -> None:
    row = Row("row", "a row", "us", {}, target=1.0, failures={OURS: "it is not built"})
    assert row.met is None
    assert any("not measured: it is not built" in line for line in lines(row))


def test_every_contestant_gets_every_round_and_each_starts_once() -> None:
    order: list[str] = []

    def turn(name: str) -> float:
        order.append(name)
        return float(len(order))

    series, failures = interleave({name: (lambda name=name: turn(name)) for name in "abc"}, 3)  # type: ignore[misc]

    assert order == list("abcbcacab")
    assert {name: len(one.values) for name, one in series.items()} == {"a": 3, "b": 3, "c": 3}
    assert not failures


def test_a_contestant_that_fails_is_out_and_the_others_go_on() -> None:
    def broken() -> float:
        raise RuntimeError("no compiler\nlong story")

    series, failures = interleave({"good": lambda: 1.0, "bad": broken}, 7)

    assert series["good"].values == (1.0,) * 7
    assert failures == {"bad": "no compiler"}


def test_a_process_that_exits_with_an_error_says_its_last_line(tmp_path: Path) -> None:
    failing = [sys.executable, "-c", "import sys; print('first'); sys.exit('the reason')"]
    with pytest.raises(RuntimeError, match="exited with 1: the reason"):
        process_turn(failing, cwd=tmp_path, env={})()
    assert process_turn([sys.executable, "-c", "pass"], cwd=tmp_path, env={})() > 0

"""Measure ingot beside its peers and print the table.

python -m benchmarks                         every row
python -m benchmarks --only transfer,view    some of them
python -m benchmarks --json FILE             the figures of every round, too
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks import ape_suite, deployments, micro, nodes, processes, under_ape, web3_in_process
from benchmarks.measure import MIN_ROUNDS, OURS, Row
from benchmarks.peers import HOME


def main(argv: Sequence[str] | None = None) -> int:
    """Returns 0 if every target that was measured is met, else 1."""
    arguments = _arguments(argv)
    chosen = _chosen(arguments.only)
    if arguments.rounds < MIN_ROUNDS:
        print(f"fewer than {MIN_ROUNDS} rounds say little on a noisy machine", file=sys.stderr)
    HOME.mkdir(exist_ok=True)
    rows: list[Row] = []
    print(f"{_machine()}; {arguments.rounds} paired rounds; min / median\n")
    for row in _measured(chosen, arguments):
        rows.append(row)
        print("\n".join(lines(row)), flush=True)
    missed = [row.name for row in rows if row.met is False]
    unmeasured = [row.name for row in rows if OURS not in row.series]
    print(
        f"{sum(row.met is True for row in rows)} targets met, {len(missed)} missed{_listed(missed)}", end=""
    )
    print(f", {len(unmeasured)} not measured{_listed(unmeasured)}" if unmeasured else "")
    if arguments.json:
        _write_json(Path(arguments.json), rows, arguments.rounds)
    return 1 if missed or unmeasured else 0


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help=f"rows, separated by commas: {', '.join(_names())}")
    parser.add_argument("--rounds", type=int, default=9, help="paired rounds of each row (default 9)")
    parser.add_argument("--peers", default="", help="contestants, separated by commas (default all)")
    parser.add_argument("--json", metavar="FILE", help="write the figures there as JSON")
    return parser.parse_args(argv)


def _names() -> list[str]:
    return [
        *micro.TITLES,
        *processes.ROWS,
        *deployments.ROWS,
        *nodes.ROWS,
        *web3_in_process.ROWS,
        *under_ape.ROWS,
        *ape_suite.ROWS,
    ]


def _chosen(only: str) -> list[str]:
    names = [name.strip() for name in only.split(",") if name.strip()] or _names()
    unknown = [name for name in names if name not in _names()]
    if unknown:
        raise SystemExit(f"there is no row {unknown[0]!r}; there are: {', '.join(_names())}")
    return names


def _measured(chosen: Sequence[str], arguments: argparse.Namespace) -> Iterator[Row]:
    wanted = [name.strip() for name in arguments.peers.split(",") if name.strip()]
    contestants = [name for name in micro.CONTESTANTS if not wanted or name == OURS or name in wanted]
    small = [name for name in chosen if name in micro.TITLES]
    if small:
        yield from micro.measure(small, arguments.rounds, contestants=contestants)
    for name in chosen:
        if make := {
            **processes.ROWS,
            **deployments.ROWS,
            **nodes.ROWS,
            **web3_in_process.ROWS,
            **under_ape.ROWS,
        }.get(name):
            yield make(arguments.rounds)
        if several := ape_suite.ROWS.get(name):
            yield from several(arguments.rounds)


def lines(row: Row) -> list[str]:
    """The row as text: ours first, then each peer with the ratio."""
    goal = ""
    if row.ratio_target is not None:
        goal = f"  target <= {row.ratio_target:g} x {row.ratio_peer}"
    elif row.target is not None:
        goal = f"  target {'>=' if row.more_is_better else '<='} {_figure(row.target)} {row.unit}"
    verdict = {True: "  met", False: "  MISSED", None: ""}[row.met]
    out = [f"{row.name}: {row.title}{goal}{verdict}"]
    width = max(len(name) for name in [OURS, *row.series, *row.failures])
    for name, series in row.series.items():
        # for rates the best round is the largest
        best = series.maximum if row.more_is_better else series.minimum
        ratio = row.ratio(name) if name != OURS else None
        beside = f"   ingot is {ratio:.2f} x as fast" if ratio is not None else ""
        out.append(
            f"  {name:<{width}}  {_figure(best):>10} / {_figure(series.median):>10} {row.unit}{beside}"
        )
    out += [f"  {name:<{width}}  not measured: {reason}" for name, reason in row.failures.items()]
    return [*out, *(f"  {note}" for note in row.notes), ""]


def _figure(value: float) -> str:
    if abs(value) >= 10_000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _listed(names: Sequence[str]) -> str:
    return f" ({', '.join(names)})" if names else ""


def _machine() -> str:
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def _write_json(path: Path, rows: Sequence[Row], rounds: int) -> None:
    figures = [
        {
            **asdict(row),
            "ratios": {name: row.ratio(name) for name in row.series if name != OURS},
            "met": row.met,
        }
        for row in rows
    ]
    path.write_text(json.dumps({"machine": _machine(), "rounds": rounds, "rows": figures}, indent=1) + "\n")

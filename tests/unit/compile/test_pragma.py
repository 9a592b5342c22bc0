"""Version ranges, against npm's own semver where node is at hand."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from random import Random

import pytest

from ingot.compile.pragma import parse_range, parse_release, release_text

REPOSITORY = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("^0.8.20", "0.8.20 0.8.37", "0.8.19 0.9.0 1.8.20"),
        ("0.8.24", "0.8.24", "0.8.23 0.8.25"),
        ("=0.8.24", "0.8.24", "0.8.25"),
        (">=0.8.0 <0.9.0", "0.8.0 0.8.37", "0.7.6 0.9.0"),
        (">=0.8.0<0.9.0", "0.8.0 0.8.37", "0.7.6 0.9.0"),
        (">0.8.0", "0.8.1 1.0.0", "0.8.0"),
        ("<=0.8.4", "0.8.4 0.4.11", "0.8.5"),
        ("~0.8.4", "0.8.4 0.8.9", "0.9.0 0.8.3"),
        ("0.8", "0.8.0 0.8.37", "0.9.0 0.7.6"),
        ("0.8.*", "0.8.0 0.8.37", "0.9.0"),
        ("0.x", "0.4.11 0.8.37", "1.0.0"),
        ("*", "0.4.11 9.9.9", ""),
        ("0.6.0 - 0.8.4", "0.6.0 0.7.6 0.8.4", "0.5.17 0.8.5"),
        ("0.6.0 - 0.8", "0.6.0 0.8.37", "0.9.0"),
        ("^0.6.0 || ^0.8.0", "0.6.12 0.8.1", "0.7.6"),
        ("^0.6.0||0.8.4", "0.6.12 0.8.4", "0.8.5"),
        (">= 0.8.0", "0.8.0", "0.7.6"),
        ("v0.8.4", "0.8.4", "0.8.5"),
        ("^0", "0.8.4", "1.0.0"),
        ("^0.0.3", "0.0.3", "0.0.4"),
        (">=0.8.0,<0.9", "0.8.37", "0.9.0"),
        ("==0.8.4", "0.8.4", "0.8.5"),
    ],
)
def test_range(text: str, inside: str, outside: str) -> None:
    allowed = parse_range(text)
    assert all(parse_release(version) in allowed for version in inside.split())
    assert not any(parse_release(version) in allowed for version in outside.split())


@pytest.mark.parametrize("text", ["", "abc", "^", "0.8.20 foo", ">=0.8 ||", "0.8.1.2.3.x!"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no version range"):
        parse_range(text)


def test_the_newest_that_is_allowed() -> None:
    releases = [parse_release(version) for version in ("0.7.6", "0.8.4", "0.8.30")]
    newest = parse_range("<0.8.10").newest(releases)
    assert newest is not None
    assert release_text(newest) == "0.8.4"
    assert parse_range("^0.9.0").newest(releases) is None


def _random_range(random: Random) -> str:
    def version() -> str:
        parts = [str(random.choice([0, 0, 1])), str(random.randrange(4)), str(random.randrange(4))]
        parts = parts[: random.choice([1, 2, 3, 3, 3])]
        if random.random() < 0.15:
            parts[-1] = random.choice("xX*")
        return ".".join(parts)

    def alternative() -> str:
        if random.random() < 0.2:
            return f"{version()} - {version()}"
        operators = ["", "^", "~", ">=", ">", "<", "<=", "="]
        return " ".join(random.choice(operators) + version() for _ in range(random.choice([1, 1, 2])))

    return " || ".join(alternative() for _ in range(random.choice([1, 1, 1, 2])))


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_random_ranges_mean_what_npm_says() -> None:
    if not (REPOSITORY / "node_modules" / "semver").is_dir():
        pytest.skip("npm's semver is not installed")
    seed = 20240817
    random = Random(seed)
    ranges = sorted({_random_range(random) for _ in range(1500)})
    versions = [f"{major}.{minor}.{patch}" for major in (0, 1, 2) for minor in range(5) for patch in range(5)]
    script = (
        "const semver = require('semver'); const [ranges, versions] = JSON.parse(require('fs').readFileSync(0));"
        "console.log(JSON.stringify(ranges.map(r => versions.filter(v => semver.satisfies(v, r)))))"
    )
    done = subprocess.run(
        ["node", "-e", script],
        input=json.dumps([ranges, versions]),
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        timeout=60,
        check=True,
    )
    for text, expected in zip(ranges, json.loads(done.stdout), strict=True):
        allowed = parse_range(text)
        found = [version for version in versions if parse_release(version) in allowed]
        assert found == expected, f"{text!r} (seed {seed})"

"""Write src/ingot/compile/solc/releases.txt from a folder of soljson files named after their npm version.

    python tests/unit/solc/make_releases.py FOLDER      # FOLDER/0.8.24.js, FOLDER/0.8.7-fixed.js, ...

Each is run on node: what it says of itself counts, not its name. Fill the folder from `npm pack solc@VERSION`,
for all versions that `npm view solc versions` lists from 0.4.11 on.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

from ingot.compile.solc import releases
from ingot.compile.solc.node import find_node
from ingot.compile.solc.probe import PROBES, probe_hash
from ingot.compile.solc.version import Version, commit_of

HEADER = """# Releases of solc: version, commit, npm version, sha256 of soljson.js, sha256 of its answers to the probes ("-": none).
# Made by tests/unit/solc/make_releases.py.
"""
# Never published on npm: the package solc@0.8.1 contains 0.8.0.
ABSENT = {"0.8.1": "0.8.1 df193b15 - - -"}
PROBED_FROM = Version(0, 8, 0)


def main(folder: Path) -> None:
    node = find_node(os.environ)
    if node is None:
        sys.exit("node is not on the PATH")
    rows = {Version.parse(version): row for version, row in ABSENT.items()}
    files = sorted(folder.glob("*.js"), key=lambda path: ("-" in path.stem, path.stem))
    for path in files:
        long_version = node.version_of(path)
        version = Version.parse(long_version)
        name = path.stem
        if name not in (str(version), f"{version}-fixed") or version in rows:
            print(f"skipped {name}: it is {long_version}")
            continue
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        probe = "-"
        if version >= PROBED_FROM:
            answers = [node.compile(path, text, version=str(version)) for text in PROBES]
            probe = probe_hash(answers)
        rows[version] = f"{version} {commit_of(long_version)} {name} {sha256} {probe}"
        print(rows[version])
    target = Path(releases.__file__).with_name("releases.txt")
    target.write_text(HEADER + "".join(f"{rows[version]}\n" for version in sorted(rows)), encoding="ascii")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

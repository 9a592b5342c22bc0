"""What an examination found, in words."""

from __future__ import annotations

from collections.abc import Callable

from ingot.artifacts.build_info import build_info_of
from ingot.artifacts.source_map import place_of
from ingot.config.model import Config
from ingot.errors import UsageError
from ingot.verify.creation import arguments_in_words
from ingot.verify.examination import Examination
from ingot.verify.immutables import named_immutables
from ingot.verify.service import Verdict

__all__ = ["check_report", "difference_report", "verdict_line"]


def check_report(config: Config, found: Examination, *, progress: Callable[[str], None] | None = None) -> str:
    """Whether the code is ours, and what was put into it."""
    name = f"{found.artifact.qualified_name} at {found.address}"
    if not found.comparison.matches:
        return difference_report(found)
    if found.comparison.is_exact:
        metadata = (
            "metadata included" if found.comparison.has_metadata else "byte for byte (it has no metadata)"
        )
        lines = [f"{name}: the deployed code is ours, {metadata}"]
    else:
        lines = [
            f"{name}: the deployed code is ours but for the metadata hash: a comment, a name or a path in the sources, "
            "or a setting without effect on the code, is not as it was"
        ]
    if found.creation is not None:
        origin = "as the creation's code has them" if found.creation.is_from_chain else "as given"
        if found.creation.arguments:
            lines.append(
                f"  constructor{arguments_in_words(found.artifact, found.creation.arguments)}, {origin}"
            )
        if found.creation.transaction:
            lines.append(f"  created by transaction {found.creation.transaction}")
    elif found.doubt:
        lines.append(f"  {found.doubt}")
    values = named_immutables(config, found.artifact, found.comparison.immutables, progress=progress)
    lines += [f"  immutable {variable} = {value}" for variable, value in values.items()]
    for library, address in found.libraries.items():
        code = ", whose code is not ours" if library in found.strangers else ", whose code is ours"
        lines.append(f"  library {library} = {address}{code}")
    if found.proxy is not None:
        beacon = f" by the beacon {found.proxy.beacon}" if found.proxy.beacon else ""
        admin = f", admin {found.proxy.admin}" if found.proxy.admin else ""
        lines.append(f"  {found.proxy.kind} proxy for {found.proxy.implementation}{beacon}{admin}")
    if found.behind is not None:
        lines.append(f"  behind the {found.behind.kind} proxy {found.behind.address}")
    return "\n".join(lines)


def difference_report(found: Examination) -> str:
    """Where the code first differs from ours, and what may have led to it."""
    comparison, artifact = found.comparison, found.artifact
    name = f"{artifact.qualified_name} at {found.address}"
    if comparison.first_difference is None:
        return f"{name}: the deployed code is not ours: {', '.join(comparison.inconsistent)} has more than one value in it"
    offset = comparison.first_difference
    lines = [
        f"{name}: the deployed code is not ours: it differs first at byte {offset:,} "
        f"(it has {comparison.found_size:,} bytes, ours {comparison.own_size:,})",
        f"  ours     {_excerpt(comparison.expected)}",
        f"  deployed {_excerpt(comparison.found)}",
    ]
    place = None
    try:
        build_info = build_info_of(artifact)
        place = place_of(artifact.runtime_object, offset, build_info)
    except UsageError:
        lines.append("  (which line that is of is not known: its build-info is gone)")
    if place is not None:
        lines.append(f"  {place}")
    lines.append(f"  {_cause(found)}")
    return "\n".join(lines)


def _cause(found: Examination) -> str:
    comparison = found.comparison
    releases = (comparison.own_release, comparison.found_release)
    if all(releases) and releases[0] != releases[1]:
        return f"it was compiled with solc {releases[1]}, ours with {releases[0]}: set `solidity.version` and compile again"
    return "the sources or the settings (optimizer, runs, via_ir, evm_version) are not those that it was deployed with"


def _excerpt(code: bytes) -> str:
    return code.hex(" ") or "(ends here)"


def verdict_line(found: Examination, verdict: Verdict) -> str:
    """`contracts/Token.sol:Token at 0x...: verified by Sourcify (exact match): https://...`"""
    match = {"exact": "exact match", "partial": "match in all but the metadata"}.get(verdict.match, "")
    how = "; ".join(part for part in (match, verdict.note) if part)
    what = (
        f"had been verified before at {verdict.service}"
        if verdict.was_verified
        else f"verified by {verdict.service}"
    )
    page = f": {verdict.page}" if verdict.page else ""
    return f"{found.artifact.qualified_name} at {found.address}: {what}{f' ({how})' if how else ''}{page}"

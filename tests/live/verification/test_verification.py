"""Contracts on anvil, verified for real."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from anvil import Anvil
from stand_in import SEPOLIA

from ingot.conversion import to_address
from ingot.errors import VerifyError
from ingot.project import Project
from ingot.types import Address
from ingot.verify import Target, Verification, verify
from ingot.verify.comparison import compare
from ingot.verify.creation import encoded_arguments
from ingot.verify.patience import Patience, verdicts, verified
from ingot.verify.service import Refused, Request
from ingot.verify.trailer import trailers

ALICE = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
QUICK = Patience(first_s=0.05, longest_s=0.2, total_s=180)
Deploy = Callable[..., Address]


def proven(verification: Verification, address: Address, name: str = "") -> list[str]:
    """Verify; all must be exact matches of runtime and creation code. Returns: the names, as they were found."""
    found = verification.examine(Target(address, name))
    for outcome in verification.verify(found):
        assert outcome.error is None
        assert outcome.verdict is not None
        assert outcome.verdict.match == "exact", outcome.line
        # lib-sourcify looks at no trace of a transaction that itself creates a contract, as a proxy that makes its admin.
        creation = "not matched" if outcome.found.artifact.name == "ProxyAdmin" else "exact_match"
        assert outcome.verdict.message == f"creation code: {creation}, runtime code: exact_match"
    return [each.artifact.name for each in found]


def test_the_samples_are_exact_matches(at_sourcify: Verification, deploy: Deploy) -> None:
    storage = deploy("SimpleStorage")
    token = deploy("Token", 10**24)
    vault = deploy("Vault", token)
    for address, name in ((storage, "SimpleStorage"), (token, "Token"), (vault, "Vault")):
        assert proven(at_sourcify, address) == [name]
        assert at_sourcify.examine(Target(address)) == []


def test_several_are_submitted_first_and_waited_for_together(
    at_sourcify: Verification, deploy: Deploy
) -> None:
    waits: list[str] = []
    targets = [Target(deploy("Token", number), "Token") for number in (31, 32, 33)]
    lines: list[str] = []
    assert verify(replace(at_sourcify, progress=waits.append), targets, say=lines.append)
    done = {line.partition(" at ")[2].partition(":")[0] for line in lines}
    assert done == {str(target.address) for target in targets}
    first = f"Token at Sourcify ({targets[0].address}): submitted, and 2 more to wait for ("
    assert any(line.startswith(first) for line in waits)


def test_a_linked_library_and_what_uses_it_are_exact_matches(
    at_sourcify: Verification, deploy: Deploy
) -> None:
    library = deploy("Doubling")
    linked = deploy("Linked", 21, Doubling=library)
    assert proven(at_sourcify, library) == ["Doubling"]
    assert proven(at_sourcify, linked) == ["Linked"]


def test_a_contract_through_the_ir_is_an_exact_match(at_sourcify: Verification, deploy: Deploy) -> None:
    address = deploy("ViaIr", (1, 2, "first"))
    assert proven(at_sourcify, address, "ViaIr") == ["ViaIr"]


def test_a_proxy_and_its_implementation_are_exact_matches(
    at_sourcify: Verification, deploy: Deploy, project: Project
) -> None:
    counter = deploy("Counter")
    proxy = deploy("ERC1967Proxy", counter, project.Counter.interface.function("increment").encode([]))
    assert proven(at_sourcify, proxy) == ["ERC1967Proxy", "Counter"]


def test_a_transparent_proxy_its_admin_and_its_implementation_are_exact_matches(
    at_sourcify: Verification, deploy: Deploy, project: Project
) -> None:
    increment = project.Counter.interface.function("increment").encode([])
    proxy = deploy("TransparentUpgradeableProxy", deploy("Counter"), ALICE, increment)
    assert proven(at_sourcify, proxy) == ["TransparentUpgradeableProxy", "ProxyAdmin", "Counter"]


def test_a_beacon_proxy_its_beacon_and_its_implementation_are_exact_matches(
    at_sourcify: Verification, deploy: Deploy
) -> None:
    beacon = deploy("UpgradeableBeacon", deploy("Counter"), ALICE)
    assert proven(at_sourcify, deploy("BeaconProxy", beacon, "0x")) == [
        "BeaconProxy",
        "UpgradeableBeacon",
        "Counter",
    ]


def test_a_library_that_only_the_constructor_calls_is_found(
    at_sourcify: Verification, at_etherscan: Verification, deploy: Deploy
) -> None:
    library = deploy("Early")
    born = deploy("Born", Early=library)
    (found,) = at_etherscan.examine(Target(born))
    assert found.libraries == {"contracts/Born.sol:Early": library}
    (outcome,) = at_etherscan.verify([found])
    assert outcome.error is None
    assert proven(at_sourcify, born) == ["Born"]


def test_what_a_factory_made_is_an_exact_match(
    at_sourcify: Verification, deploy: Deploy, stand_in: Anvil, project: Project
) -> None:
    factory = deploy("Factory")
    selector = project.Factory.interface.function("made").selector
    fields = {"to": factory, "data": "0x" + selector.hex()}
    made = to_address("0x" + stand_in.call("eth_call", fields, "latest")[-40:])
    (found,) = at_sourcify.examine(Target(made))
    assert found.artifact.name == "Made"
    assert int.from_bytes(found.arguments, "big") == 7
    (outcome,) = at_sourcify.verify([found])
    assert outcome.verdict is not None
    assert outcome.verdict.match == "exact"


def test_what_stands_behind_the_arguments_is_told(at_sourcify: Verification, deploy: Deploy) -> None:
    token = deploy("Token", 5, junk=b"\x00" * 32)
    lines: list[str] = []
    assert verify(at_sourcify, [Target(token)], say=lines.append)
    assert lines[0].endswith(
        "verified by Sourcify (exact match; creation code: not matched, runtime code: exact_match)"
    )


def test_a_second_time_it_had_been_verified(at_sourcify: Verification, deploy: Deploy) -> None:
    address = deploy("SimpleStorage")
    lines: list[str] = []
    assert verify(at_sourcify, [Target(address, "SimpleStorage")], say=lines.append)
    again = replace(at_sourcify)
    assert verify(again, [Target(address)], say=lines.append)
    assert lines[0].endswith("verified by Sourcify (exact match)")
    assert lines[1].endswith("had been verified before at Sourcify (exact match)")


def request_for(verification: Verification, address: Address, name: str) -> Request:
    (found,) = verification.examine(Target(address, name))
    assert found.creation is not None
    return Request(
        SEPOLIA,
        address,
        verification.document(found),
        found.arguments,
        found.libraries,
        found.creation.transaction,
    )


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"optimizer": {"enabled": False}}, "bytecode_length_mismatch"),
        ({"viaIR": True}, "bytecode_length_mismatch"),
        ({"evmVersion": "paris"}, "bytecode_length_mismatch"),
    ],
)
def test_a_wrong_setting_is_refused_and_explained(
    at_sourcify: Verification, deploy: Deploy, settings: dict[str, Any], code: str
) -> None:
    request = request_for(at_sourcify, deploy("SimpleStorage"), "SimpleStorage")
    standard_json = request.document.standard_json
    wrong = {**standard_json, "settings": {**standard_json["settings"], **settings}}
    request = replace(request, document=replace(request.document, standard_json=wrong))
    with pytest.raises(Refused, match="sources, settings or compiler are others") as caught:
        verified(at_sourcify.services[0], request, patience=QUICK, progress=lambda _line: None)
    assert caught.value.code == code


def test_a_changed_comment_is_only_a_partial_match(at_sourcify: Verification, deploy: Deploy) -> None:
    request = request_for(at_sourcify, deploy("SimpleStorage"), "SimpleStorage")
    standard_json = request.document.standard_json
    sources = {
        unit: {"content": source["content"] + "// more\n"}
        for unit, source in standard_json["sources"].items()
    }
    request = replace(
        request, document=replace(request.document, standard_json={**standard_json, "sources": sources})
    )
    verdict = verified(at_sourcify.services[0], request, patience=QUICK, progress=lambda _line: None)
    assert verdict.match == "partial"


def test_sources_that_do_not_compile_are_refused_and_explained(
    at_sourcify: Verification, deploy: Deploy
) -> None:
    request = request_for(at_sourcify, deploy("SimpleStorage"), "SimpleStorage")
    standard_json = request.document.standard_json
    broken = {
        **standard_json,
        "sources": {unit: {"content": "contract {"} for unit in standard_json["sources"]},
    }
    request = replace(request, document=replace(request.document, standard_json=broken))
    with pytest.raises(Refused, match="its compiler refuses the sources") as caught:
        verified(at_sourcify.services[0], request, patience=QUICK, progress=lambda _line: None)
    assert caught.value.code == "compiler_error"


def test_etherscan_takes_the_arguments_that_we_recover(at_etherscan: Verification, deploy: Deploy) -> None:
    token = deploy("Token", 5)
    lines: list[str] = []
    assert verify(at_etherscan, [Target(token)], say=lines.append)
    assert lines == [f"contracts/Token.sol:Token at {token}: verified by Etherscan"]


def test_etherscan_takes_libraries_in_the_settings(at_etherscan: Verification, deploy: Deploy) -> None:
    linked = deploy("Linked", 4, Doubling=deploy("Doubling"))
    lines: list[str] = []
    assert verify(at_etherscan, [Target(linked, "Linked")], say=lines.append)


def test_a_wrong_argument_is_refused_and_explained(
    at_etherscan: Verification, deploy: Deploy, project: Project
) -> None:
    request = request_for(at_etherscan, deploy("Token", 6), "Token")
    wrong = encoded_arguments(project.artifacts["Token"], [7])
    with pytest.raises(Refused, match="ingot verify --check") as caught:
        verified(
            at_etherscan.services[0],
            replace(request, constructor_arguments=wrong),
            patience=QUICK,
            progress=lambda _line: None,
        )
    assert "does NOT match the transaction deployment bytecode" in caught.value.reason


def test_a_wrong_argument_is_told_before_anything_is_sent(
    at_etherscan: Verification, deploy: Deploy, project: Project
) -> None:
    token = deploy("Token", 8)
    wrong = encoded_arguments(project.artifacts["Token"], [9])
    lines: list[str] = []
    assert not verify(at_etherscan, [Target(token, "Token", wrong)], say=lines.append)
    (line,) = lines
    assert "was not created with (initialSupply=9) but with (initialSupply=8)" in line


def test_other_sources_are_told_before_anything_is_sent(at_sourcify: Verification, deploy: Deploy) -> None:
    address = deploy("SimpleStorage")
    lines: list[str] = []
    assert not verify(at_sourcify, [Target(address, "Counter")], say=lines.append)
    (line,) = lines
    assert "differs first at byte" in line
    assert "contracts/Proxied.sol:" in line
    assert line.endswith("nothing was sent")


def changed(code: bytes, offset: int) -> bytes:
    return code[:offset] + bytes([code[offset] ^ 1]) + code[offset + 1 :]


def test_our_comparison_and_theirs_come_to_the_same_verdict(
    at_sourcify: Verification, deploy: Deploy, project: Project, stand_in: Anvil
) -> None:
    """Code with something changed in it, put on the chain as it is."""
    artifact = project.artifacts["Linked"]
    linked = deploy("Linked", 9, Doubling=deploy("Doubling"))
    code = bytes.fromhex(stand_in.call("eth_getCode", linked, "latest")[2:])
    (own,) = trailers(code)
    immutable = next(iter(artifact.immutable_references.values()))[0][0]
    library = artifact.runtime_object.link_references[0].offset
    variants = {
        "nothing": code,
        "the metadata hash": changed(code, own.offset + 20),
        "the compiler in the metadata": changed(code, own.end - 3),
        "an instruction": changed(code, 200),
        "the first byte": changed(code, 0),
        "one place of an immutable": changed(code, immutable + 5),
        "the address of the library": changed(code, library + 5),
        "a byte more": code + b"\x00",
        "a byte less": code[:-1],
    }
    document = at_sourcify.document(at_sourcify.examine(Target(linked))[0])
    requests = {}
    for number, (what, variant) in enumerate(variants.items(), 0xC0DE):
        address = to_address(number.to_bytes(20, "big"))
        stand_in.call("anvil_setCode", address, "0x" + variant.hex())
        requests[what] = Request(SEPOLIA, address, document)
    answers = verdicts(
        at_sourcify.services[0], list(requests.values()), patience=QUICK, progress=lambda _line: None
    )
    theirs = {
        request.address: "" if isinstance(answer, VerifyError) else answer.match
        for request, answer in answers
    }
    ours = {}
    for what, request in requests.items():
        found = compare(artifact, variants[what])
        ours[what] = "exact" if found.is_exact else "partial" if found.matches else ""
        if what not in ONLY_WE_SEE:
            assert ours[what] == theirs[request.address], what
    assert list(ours.values()) == ["exact", "partial", "partial", "", "", "", "exact", "", ""]


ONLY_WE_SEE = ("one place of an immutable",)
"""lib-sourcify takes each place of an immutable for itself."""

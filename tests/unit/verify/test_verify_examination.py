from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingot.errors import AbiError, UsageError, VerifyError
from ingot.verify.creation import arguments_in_words, encoded_arguments, recovered_arguments
from ingot.verify.examination import Target, examine
from ingot.verify.immutables import in_words
from ingot.verify.node import Node
from ingot.verify.report import check_report, difference_report


@pytest.fixture
def look(sample, node):
    return lambda *words, **settings: examine(sample.artifacts, node, Target(*words, **settings))


def test_a_contract_is_found_by_its_code_and_its_arguments_in_its_creation(look, sample, ledger):
    (found,) = look(ledger.address)
    assert found.artifact.qualified_name == "contracts/Ledger.sol:Ledger"
    assert found.comparison.is_exact
    assert found.arguments == sample.Ledger.constructor.encode_input("units", 1000)
    assert found.creation.is_from_chain
    assert found.creation.transaction == ledger.receipt.txn_hash
    assert arguments_in_words(found.artifact, found.arguments) == "(name_='units', supply=1000)"


def test_a_node_without_an_index_is_searched_by_block(sample, local, local_node, ledger, alice):
    sample.Failing.deploy(sender=alice)
    local.mine(50)
    node = local_node(indexes=False, keeps=130)
    (found,) = examine(sample.artifacts, Node(node), Target(ledger.address))
    assert found.creation.transaction == ledger.receipt.txn_hash
    assert node.asked.count("eth_getCode") < 15


def test_what_is_new_is_found_by_a_node_that_keeps_recent_states_only(sample, local, local_node, alice):
    local.mine(300)
    made = sample.Ledger.deploy("new", 1, sender=alice)
    local.mine(5)
    (found,) = examine(sample.artifacts, Node(local_node(indexes=False, keeps=16)), Target(made.address))
    assert found.creation.transaction == made.receipt.txn_hash
    local.mine(40)
    (found,) = examine(sample.artifacts, Node(local_node(indexes=False, keeps=16)), Target(made.address))
    assert "the node does not know which transaction created it" in found.doubt


def test_what_a_contract_created_is_recovered_from_a_trace(look, sample, alice):
    factory = sample.Factory.deploy(sender=alice)
    receipt = factory.make("made", 500, sender=alice)
    made = receipt.events[0].ledger
    (found,) = look(made)
    assert found.creation.transaction == receipt.txn_hash
    assert arguments_in_words(found.artifact, found.arguments) == "(name_='made', supply=500)"


def test_what_create2_made_is_recovered_too(look, sample, alice):
    made = sample.Ledger.deploy("salty", 3, sender=alice, salt=1)
    (found,) = look(made.address)
    assert arguments_in_words(found.artifact, found.arguments) == "(name_='salty', supply=3)"


def test_the_create2_deployer_needs_no_trace(sample, local_node, alice):
    made = sample.Ledger.deploy("salty", 3, sender=alice, salt=1)
    (found,) = examine(sample.artifacts, Node(local_node(traces=False)), Target(made.address))
    assert arguments_in_words(found.artifact, found.arguments) == "(name_='salty', supply=3)"


def test_a_transaction_that_created_something_else_says_nothing(sample, local_node, ledger, alice):
    other = sample.Ledger.deploy("other", 9, sender=alice)
    target = Target(ledger.address, "Ledger", creation_transaction=other.receipt.txn_hash)
    (found,) = examine(sample.artifacts, Node(local_node()), target)
    assert found.creation is None
    assert f"transaction {other.receipt.txn_hash} does not show its code" in found.doubt


def test_without_traces_arguments_must_be_given(sample, local_node, alice):
    factory = sample.Factory.deploy(sender=alice)
    made = factory.make("made", 3, sender=alice).events[0].ledger
    node = Node(local_node(traces=False))
    (found,) = examine(sample.artifacts, node, Target(made))
    assert found.creation is None
    with pytest.raises(VerifyError, match="--arguments"):
        _ = found.arguments
    given = sample.Ledger.constructor.encode_input("made", 3)
    (found,) = examine(sample.artifacts, node, Target(made, arguments=given))
    assert found.arguments == given
    assert not found.creation.is_from_chain


def test_an_explorer_is_asked_when_the_node_does_not_know(sample, ledger, local_node):
    asked = []

    def explorer(address):
        asked.append(address)
        return ledger.receipt.txn_hash

    node = Node(local_node(indexes=False, keeps=0))
    (found,) = examine(sample.artifacts, node, Target(ledger.address), find_creation=explorer)
    assert asked == [ledger.address]
    assert found.creation.is_from_chain


def test_arguments_that_were_not_used_are_refused_in_words(look, sample, ledger):
    wrong = sample.Ledger.constructor.encode_input("units", 1001)
    with pytest.raises(
        VerifyError, match=r"not created with \(name_='units', supply=1001\) but with .*supply=1000\)"
    ):
        look(ledger.address, "Ledger", arguments=wrong)
    right = sample.Ledger.constructor.encode_input("units", 1000)
    assert look(ledger.address, "Ledger", arguments=right)[0].creation.is_from_chain


def test_an_address_without_code_is_refused(look, alice):
    with pytest.raises(VerifyError, match="no contract at"):
        look(alice.address, "Ledger")


def test_the_wrong_name_is_compared_and_told_where(look, sample, ledger):
    (found,) = look(ledger.address, "Failing")
    assert not found.comparison.matches
    report = difference_report(found)
    assert "is not ours: it differs first at byte" in report
    assert "contracts/Failing.sol:" in report
    assert "the sources or the settings" in report
    assert check_report(sample.config, found) == report


def test_code_of_nobody_is_refused(look, local):
    address = "0x" + "00" * 18 + "abcd"
    local.set_code(address, bytes.fromhex("60016002"))
    with pytest.raises(VerifyError, match="of no contract of this project"):
        look(local_address(address))


def local_address(text):
    from ingot.conversion import to_address

    return to_address(text)


def test_an_interface_is_refused(look, ledger):
    with pytest.raises(UsageError, match="name the one that was deployed"):
        look(ledger.address, "IPurse")


def test_a_report_names_immutables_libraries_arguments(look, sample, alice):
    library = sample.Doubling.deploy(sender=alice)
    doubler = sample.Doubler.deploy(7, sender=alice, libraries={"Doubling": library})
    (found,) = look(doubler.address)
    report = check_report(sample.config, found)
    assert report.splitlines() == [
        f"contracts/Factory.sol:Doubler at {doubler.address}: the deployed code is ours, metadata included",
        "  constructor(factor_=7), as the creation's code has them",
        f"  created by transaction {doubler.receipt.txn_hash}",
        "  immutable factor = 7",
        f"  library contracts/Factory.sol:Doubling = {library.address}, whose code is ours",
    ]


def test_a_library_with_other_code_is_told(look, sample, alice, ledger):
    doubler = sample.Doubler.deploy(7, sender=alice, libraries={"Doubling": ledger})
    (found,) = look(doubler.address)
    assert found.comparison.is_exact
    assert f"Doubling = {ledger.address}, whose code is not ours" in check_report(sample.config, found)


def test_another_compiler_is_recognised(look, ledger, local):
    code = bytearray(local.get_code(ledger))
    code[-3] -= 1
    code[100] ^= 1
    local.set_code(ledger.address, bytes(code))
    (found,) = look(ledger.address, "Ledger")
    assert "compiled with solc 0.8.36, ours with 0.8.37" in difference_report(found)


def test_without_build_info_a_report_says_what_it_cannot_know(look, sample, alice):
    library = sample.Doubling.deploy(sender=alice)
    doubler = sample.Doubler.deploy(7, sender=alice, libraries={"Doubling": library})
    (found,) = look(doubler.address)
    gone = replace(found, artifact=replace(found.artifact, build_id="gone"))
    ((ast_id, _),) = found.artifact.immutable_references.items()
    assert f"  immutable #{ast_id} = 0x{7:064x}" in check_report(sample.config, gone)
    (other,) = look(doubler.address, "Ledger")
    gone = replace(other, artifact=replace(other.artifact, build_id="gone"))
    assert "its build-info is gone" in difference_report(gone)


@pytest.mark.parametrize(
    ("kind", "word", "text"),
    [
        ("uint256", 5, "5"),
        ("int8", 2**256 - 1, "-1"),
        ("bool", 1, "true"),
        ("bool", 0, "false"),
        ("address", 0xABCD, "0x000000000000000000000000000000000000ABcD"),
        ("contract IERC20", 0xABCD, "0x000000000000000000000000000000000000ABcD"),
        ("enum State", 2, "2"),
        ("bytes4", 0x12345678 << 224, "0x12345678"),
        ("Amount", 1, "0x" + f"{1:064x}"),
    ],
)
def test_immutables_are_told_by_their_types(kind, word, text):
    assert in_words(word.to_bytes(32, "big"), kind) == text


def test_code_without_metadata_is_told_as_such(look, sample, ledger):
    (found,) = look(ledger.address)
    bare = replace(found, comparison=replace(found.comparison, has_metadata=False))
    assert "byte for byte (it has no metadata)" in check_report(sample.config, bare)


def test_other_metadata_is_told_as_such(look, sample, ledger, local):
    code = bytearray(local.get_code(ledger))
    code[-30] ^= 1
    local.set_code(ledger.address, bytes(code))
    (found,) = look(ledger.address)
    assert "ours but for the metadata hash" in check_report(sample.config, found)


IMPLEMENTATION_SLOT = 0x360894A13BA1A3210667C828492DB98DCA3E2076CC3735A920A3CA505D382BBC
ADMIN_SLOT = 0xB53127684A568B3173AE13B9F8A6016E243E63B6E8EE1178D6A717850B5D6103
BEACON_SLOT = 0xA3F0AD74E5423AEBFD80D3EF4346578335A9A72AEAEE59FF6CB3582B35133D50


def test_behind_a_proxy_the_implementation_is_found(look, sample, local, ledger, alice):
    proxy = sample.Failing.deploy(sender=alice)
    local.set_storage(proxy.address, IMPLEMENTATION_SLOT, int(ledger.address, 16))
    for name in ("", "Failing", "Ledger"):
        first, second = look(proxy.address, name)
        assert (first.artifact.name, second.artifact.name) == ("Failing", "Ledger")
        assert first.proxy.implementation == second.address == ledger.address
        assert second.proxy is None
        assert second.behind == first.proxy
        assert f"  behind the ERC-1967 proxy {proxy.address}" in check_report(sample.config, second)
    assert f"ERC-1967 proxy for {ledger.address}" in check_report(sample.config, first)


def test_a_proxy_of_somebody_else_leaves_the_implementation(look, sample, local, ledger):
    proxy = local_address("0x" + "00" * 18 + "abcd")
    local.set_code(proxy, bytes.fromhex("60016002"))
    local.set_storage(proxy, IMPLEMENTATION_SLOT, int(ledger.address, 16))
    (found,) = look(proxy, "Ledger")
    assert found.address == ledger.address
    given = sample.Ledger.constructor.encode_input("units", 1000)
    assert look(proxy, "Ledger", arguments=given)[0].arguments == given


def test_a_proxy_of_which_nothing_is_ours_is_refused(look, local):
    proxy, implementation = (local_address("0x" + "00" * 18 + end) for end in ("abcd", "1234"))
    for address in (proxy, implementation):
        local.set_code(address, bytes.fromhex("60016002"))
    local.set_storage(proxy, IMPLEMENTATION_SLOT, int(implementation, 16))
    with pytest.raises(VerifyError, match=f"is an ERC-1967 proxy for {implementation}, and neither"):
        look(proxy)
    (found,) = look(proxy, "Ledger")
    assert (found.address, found.comparison.matches) == (implementation, False)


def test_a_beacon_names_the_implementation(look, sample, local, ledger, alice):
    proxy = sample.Failing.deploy(sender=alice)
    beacon = local_address("0x" + "00" * 18 + "beac")
    # PUSH20 implementation, PUSH0, MSTORE, 32 bytes from 0: answers every call with it.
    local.set_code(beacon, b"\x73" + bytes(ledger.address) + bytes.fromhex("5f5260205ff3"))
    local.set_storage(proxy.address, BEACON_SLOT, int(beacon, 16))
    first, second = look(proxy.address)
    assert (first.proxy.kind, first.proxy.beacon) == ("beacon", beacon)
    assert second.address == ledger.address
    assert f"by the beacon {beacon}" in check_report(sample.config, first)


def test_the_admin_of_a_proxy_is_verified_too(look, sample, local, ledger, alice):
    proxy, admin = sample.Failing.deploy(sender=alice), sample.Factory.deploy(sender=alice)
    local.set_storage(proxy.address, IMPLEMENTATION_SLOT, int(ledger.address, 16))
    local.set_storage(proxy.address, ADMIN_SLOT, int(admin.address, 16))
    found = look(proxy.address)
    assert [each.artifact.name for each in found] == ["Failing", "Factory", "Ledger"]
    assert [each.behind is not None for each in found] == [False, False, True]
    assert f"proxy for {ledger.address}, admin {admin.address}" in check_report(sample.config, found[0])


def test_a_clone_leads_to_its_original(look, local, ledger):
    clone = local_address("0x" + "00" * 18 + "c10e")
    code = "363d3d373d3d3d363d73" + bytes(ledger.address).hex() + "5af43d82803e903d91602b57fd5bf3"
    local.set_code(clone, bytes.fromhex(code))
    (found,) = look(clone)
    assert found.address == ledger.address


def test_arguments_are_taken_as_words_or_as_hex(sample):
    artifact = sample.artifacts["Ledger"]
    encoded = sample.Ledger.constructor.encode_input("units", 1000)
    assert encoded_arguments(artifact, ["units", "1000"]) == encoded
    assert encoded_arguments(artifact, ["0x" + encoded.hex()]) == encoded
    with pytest.raises(AbiError):
        encoded_arguments(artifact, ["units"])
    with pytest.raises(VerifyError, match="are no arguments of Ledger's constructor"):
        encoded_arguments(artifact, ["0x" + "ff" * 64])


@given(st.text(max_size=80), st.integers(0, 2**256 - 1))
def test_arguments_come_back_from_the_creation_code(sample, name, supply):
    artifact = sample.artifacts["Ledger"]
    encoded = sample.Ledger.constructor.encode_input(name, supply)
    assert recovered_arguments(artifact, artifact.initcode + encoded) == encoded
    assert arguments_in_words(artifact, encoded) == f"(name_={name!r}, supply={supply})"


def test_creation_code_of_something_else_is_refused(sample):
    with pytest.raises(VerifyError, match=r"differ first at byte"):
        recovered_arguments(sample.artifacts["Ledger"], sample.artifacts["Failing"].initcode)
    with pytest.raises(VerifyError, match="has no constructor arguments, but 32 bytes"):
        recovered_arguments(sample.artifacts["Failing"], sample.artifacts["Failing"].initcode + bytes(32))

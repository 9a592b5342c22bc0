from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingot.artifacts.build_info import build_info_of
from ingot.artifacts.source_map import counters_of, place_of
from ingot.verify.comparison import compare, creation_matches
from ingot.verify.trailer import trailers


def test_deployed_code_is_ours_to_the_last_byte(sample, ledger, local):
    found = compare(sample.artifacts["Ledger"], local.get_code(ledger))
    assert found.matches
    assert found.is_exact
    assert found.first_difference is None
    assert found.own_size == found.found_size


def test_immutables_and_libraries_are_read_not_compared(sample, alice, local):
    library = sample.Doubling.deploy(sender=alice)
    doubler = sample.Doubler.deploy(7, sender=alice, libraries={"Doubling": library})
    found = compare(sample.artifacts["Doubler"], local.get_code(doubler))
    assert found.is_exact
    assert [int.from_bytes(each.word, "big") for each in found.immutables] == [7]
    assert found.libraries == {"contracts/Factory.sol:Doubling": library.address}


def test_the_address_that_a_library_carries_is_its_own_affair(sample, alice, local):
    library = sample.Doubling.deploy(sender=alice)
    code = local.get_code(library)
    assert code[1:21] == bytes(library.address)
    assert compare(sample.artifacts["Doubling"], code).is_exact


def test_other_metadata_matches_but_not_exactly(sample):
    artifact = sample.artifacts["Ledger"]
    code = bytearray(artifact.runtime_code)
    code[trailers(bytes(code))[-1].offset + 12] ^= 1
    found = compare(artifact, bytes(code))
    assert found.matches
    assert not found.is_exact


def test_what_is_no_metadata_in_its_place_is_another_code(sample):
    artifact = sample.artifacts["Ledger"]
    own = artifact.runtime_code
    (end,) = trailers(own)
    found = compare(artifact, own[: end.offset] + b"\x5b" * end.length)
    assert not found.matches
    assert found.first_difference == end.offset


def test_metadata_of_another_length_matches_but_not_exactly(sample):
    artifact = sample.artifacts["Ledger"]
    own = artifact.runtime_code
    end = trailers(own)[-1]
    shorter = bytes.fromhex("a164736f6c6343000825") + b"\x00\x0a"
    found = compare(artifact, own[: end.offset] + shorter)
    assert found.matches
    assert not found.is_exact
    assert (found.own_release, found.found_release) == ("0.8.37", "0.8.37")


def test_other_metadata_of_a_contract_that_this_one_creates_matches(sample):
    artifact = sample.artifacts["Factory"]
    code = bytearray(artifact.runtime_code)
    code[trailers(bytes(code))[0].offset + 12] ^= 1
    assert compare(artifact, bytes(code)).matches


def test_the_first_difference_is_where_it_is(sample):
    artifact = sample.artifacts["Ledger"]
    code = bytearray(artifact.runtime_code)
    code[321] ^= 1
    code[400] ^= 1
    found = compare(artifact, bytes(code))
    assert not found.matches
    assert found.first_difference == 321
    assert found.expected == artifact.runtime_code[321:337]
    assert found.found == bytes(code[321:337])


@pytest.mark.parametrize("code", [b"", b"\x60", bytes(3000)])
def test_foreign_code_is_not_ours(sample, code):
    found = compare(sample.artifacts["Ledger"], code)
    assert not found.matches
    assert found.first_difference is not None


def test_code_that_was_cut_off_differs_at_its_end(sample):
    artifact = sample.artifacts["Factory.sol:Purse"]
    cut = artifact.runtime_code[:40]
    assert compare(artifact, cut).first_difference == 40


def test_an_immutable_with_two_values_is_not_ours(sample, alice, local):
    artifact = sample.artifacts["Doubler"]
    ((ast_id, places),) = artifact.immutable_references.items()
    twice = {ast_id: (*places, (places[0][0] + 40, 32))}
    doubled = replace(artifact, runtime_object=replace(artifact.runtime_object, immutable_references=twice))
    library = sample.Doubling.deploy(sender=alice)
    doubler = sample.Doubler.deploy(7, sender=alice, libraries={"Doubling": library})
    found = compare(doubled, local.get_code(doubler))
    assert not found.matches
    assert found.inconsistent == (f"the immutable {ast_id}",)
    assert compare(artifact, local.get_code(doubler)).matches


def test_creation_code_is_compared_without_what_stands_behind_it(sample):
    artifact = sample.artifacts["Ledger"]
    arguments = sample.Ledger.constructor.encode_input("units", 1000)
    assert creation_matches(artifact, artifact.initcode + arguments) is None
    assert creation_matches(artifact, artifact.initcode) is None
    assert creation_matches(artifact, artifact.initcode[:-1]) == len(artifact.initcode) - 1
    assert creation_matches(artifact, b"\x00" + artifact.initcode[1:]) == 0


@given(st.data())
def test_any_one_byte_that_is_changed_is_found(sample, data):
    artifact = sample.artifacts["Ledger"]
    own = artifact.runtime_code
    offset = data.draw(st.integers(0, len(own) - 1))
    changed = data.draw(st.integers(1, 255))
    code = bytearray(own)
    code[offset] ^= changed
    found = compare(artifact, bytes(code))
    assert not found.is_exact
    (end,) = trailers(own)
    if end.offset <= offset < end.end:
        # A damaged length or key makes it something else than metadata of another hash.
        assert found.first_difference in (None, offset)
    else:
        assert found.first_difference == offset


def test_an_offset_leads_to_the_line_that_made_it(sample):
    artifact = sample.artifacts["Ledger"]
    build_info = build_info_of(artifact)
    size = artifact.runtime_object.size
    source = (sample.path / "contracts/Ledger.sol").read_text().splitlines()
    lines = {}
    for offset in range(size):
        place = place_of(artifact.runtime_object, offset, build_info)
        if place is not None:
            assert place.unit == "contracts/Ledger.sol"
            assert place.text == source[place.line - 1].strip()
            lines[place.line] = place
    told = "\n".join(place.text for place in lines.values())
    assert "balanceOf" in told
    assert len(lines) > 5
    assert place_of(artifact.runtime_object, size - 1, build_info) is None


def test_pushed_data_belongs_to_its_push():
    code = bytes.fromhex("6001" + "7f" + "5b" * 32 + "00")
    assert list(counters_of(code)) == [0, 2, 35]
    assert list(counters_of(b"")) == []

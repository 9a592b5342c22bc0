from hypothesis import given
from hypothesis import strategies as st

from ingot.verify.trailer import trailers

IPFS = bytes.fromhex("1220") + bytes(range(32))


def test_the_metadata_at_the_end_of_compiled_code_is_found(sample):
    code = sample.artifacts["Ledger"].runtime_code
    (found,) = trailers(code)
    assert found.end == len(code)
    assert found.length == 53
    assert found.solc == sample.artifacts["Ledger"].compiler.partition("+")[0]
    assert len(found.source_hash) == 34


def test_code_that_creates_contracts_carries_their_metadata_too(sample):
    code = sample.artifacts["Factory"].runtime_code
    assert len(trailers(code)) == 2
    assert trailers(code)[0].end < len(code) == trailers(code)[1].end


def test_code_without_metadata_has_none():
    assert trailers(b"") == []
    assert trailers(bytes.fromhex("6080604052")) == []


def entry(key, value):
    encoded = bytes([0x60 + len(key)]) + key.encode()
    if isinstance(value, bool):
        return encoded + (b"\xf5" if value else b"\xf4")
    head = bytes([0x40 + len(value)]) if len(value) < 24 else bytes([0x58, len(value)])
    return encoded + head + value


def trailer_of(**entries):
    body = bytes([0xA0 + len(entries)]) + b"".join(entry(key, value) for key, value in entries.items())
    return body + len(body).to_bytes(2, "big")


def test_swarm_hashes_and_the_experimental_flag_are_understood():
    code = (
        b"\x00" + trailer_of(bzzr0=bytes(32)) + trailer_of(ipfs=IPFS, experimental=True, solc=b"\x00\x05\x11")
    )
    first, second = trailers(code)
    assert (first.source_hash, first.solc) == (bytes(32), "")
    assert (second.source_hash, second.solc) == (IPFS, "0.5.17")


def test_a_map_whose_length_is_not_behind_it_is_no_metadata():
    good = trailer_of(solc=b"\x00\x08\x25")
    assert trailers(good)
    assert trailers(good[:-1] + b"\x00") == []
    assert trailers(good[:-3]) == []


@given(st.binary(max_size=80), st.binary(max_size=80), st.binary(min_size=32, max_size=32))
def test_metadata_is_found_wherever_it_stands(before, after, digest):
    trailer = trailer_of(ipfs=b"\x12\x20" + digest, solc=b"\x00\x08\x25")
    found = trailers(before + trailer + after)
    assert [each.source_hash[2:] for each in found if each.length == len(trailer)] == [digest]


@given(st.binary(max_size=200))
def test_no_bytes_confuse_it(code):
    assert all(0 <= each.offset < each.end <= len(code) for each in trailers(code))

"""console.log, as contracts call it."""

import time
from itertools import product

import pytest
from anvil import Anvil, require_anvil
from console_calls import ADDRESS, FORWARDS, written
from hypothesis import example, given
from hypothesis import strategies as st

from ingot import Chain
from ingot.abi import encode
from ingot.engine import RECORD_FRAMES, keccak256
from ingot.receipt.console import CONSOLE, console_line, console_lines, mentions_console


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (written("log(string)", "hello"), "hello"),
        (written("log(string,uint256)", "%s apples", 5), "5 apples"),
        (written("log(string,uint)", "%s apples, before 2023", 5), "5 apples, before 2023"),
        (written("log(uint256,uint256)", 1, 2**256 - 1), f"1 {2**256 - 1}"),
        (written("log(bool,address)", True, ADDRESS), f"true {ADDRESS}"),
        (written("log(bytes)", b"\x12\x34"), "0x1234"),
        (written("log(bytes4)", b"\x12\x34\x56\x78"), "0x12345678"),
        (written("log(int256)", -5), "-5"),
        (written("log()"), ""),
        (written("log(string,string,string)", "%s %s", "a", "b"), "a b"),
        (written("log(string,bool,uint256,address)", "left:", False, 7, ADDRESS), f"left: false 7 {ADDRESS}"),
        (bytes.fromhex("23cdd8e8") + encode(["string", "bytes"], ["(uint256,string)", encode(["uint256", "string"], [3, "x"])]), "3 x"),
        (keccak256(b"log(string)")[:4] + encode(["bytes"], [b"\xff!"]), "\N{REPLACEMENT CHARACTER}!"),
    ],
)  # fmt: skip
def test_what_is_written_is_read(call, line):
    assert console_line(call) == line


def test_every_overload_of_four_values_is_known():
    values = {"uint256": 1, "uint": 1, "string": "s", "bool": True, "address": ADDRESS}
    for uint in ("uint256", "uint"):
        for types in product((uint, "string", "bool", "address"), repeat=4):
            line = console_line(written(f"log({','.join(types)})", *(values[kind] for kind in types)))
            assert line == " ".join("true" if kind == "bool" else str(values[kind]) for kind in types)


@pytest.mark.parametrize("call", [b"", b"\x01", b"\xde\xad\xbe\xef", written("log(string)", "x")[:-32]])
def test_what_is_no_line_is_none(call):
    assert console_line(call) is None


@given(
    st.binary(max_size=200), st.sampled_from([b"", bytes.fromhex("23cdd8e8"), keccak256(b"log(string)")[:4]])
)
@example(encode(["string", "bytes"], ["(uint256[],())", b""]), bytes.fromhex("23cdd8e8"))
def test_no_bytes_are_too_strange(data, selector):
    assert isinstance(console_line(selector + data), str | None)


def test_lines_are_found_in_a_recording_in_order_and_where_the_call_fails_later():
    chain = Chain()
    chain.set_code(ADDRESS, FORWARDS[:-1] + bytes.fromhex("60006000fd"))
    outcome = chain.call(to=ADDRESS, data=written("log(string)", "hello"), recording=RECORD_FRAMES)
    assert not outcome.succeeded
    assert console_lines(outcome) == ["hello"]
    assert console_lines(chain.call(to=ADDRESS, data=b"", recording=RECORD_FRAMES)) == []
    assert console_lines(chain.call(to=ADDRESS, data=b"")) == []


def test_code_that_writes_has_the_address_in_it():
    assert mentions_console(FORWARDS)
    assert not mentions_console(FORWARDS.replace(b"console", b"konsole"))
    assert bytes.fromhex(CONSOLE[2:]).endswith(b"console.log")


def test_texts_are_formatted_as_anvil_formats_them():
    require_anvil()
    numbers = [("uint256", each) for each in (1, 10, 5 * 10**18, 12345000, 2**256 - 1)]
    others = [("bool", True), ("address", ADDRESS), ("string", "12"), ("string", "x")]
    cases = [
        (("string", kind), (f"a %{style} b", value)) for style in "sdixeo" for kind, value in numbers + others
    ]
    cases += [(("string", "int256"), (f"%{style}", value)) for style in "sdixeo" for value in (-1, -12345000)]
    cases += [
        (("string",), ("100%% %s %d %",)),
        (("string", "uint256"), ("%18e %%", 12345 * 10**15)),
        (("string", "uint256"), ("%5d %z %", 5)),
        (("string", "uint256", "uint256"), ("%%%s", 5, 6)),
        (("string", "string"), ("%s", "%s")),
        (("uint256", "string"), (5, "%s")),
        (("bool", "bool", "address"), (True, False, ADDRESS)),
    ]
    with Anvil(http=True) as anvil:
        anvil.call("anvil_setCode", ADDRESS, "0x" + FORWARDS.hex())
        calls = [written(f"log({','.join(types)})", *values) for types, values in cases]
        end = written("log(string)", "that was all")
        for each in (*calls, end):  # a batch would run them side by side
            anvil.call("eth_call", {"to": ADDRESS, "data": f"0x{each.hex()}"}, "latest")
        deadline = time.monotonic() + 10
        while "that was all\n" not in (log := anvil.log.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.01)
    said = [line for line in log.partition("anvil_setCode\n")[2].split("\n") if line not in ("", "eth_call")]
    assert said == [*map(console_line, calls), "that was all"]

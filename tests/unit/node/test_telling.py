"""What a node says about transactions, calls and blocks."""

import itertools
import json
import shutil
from pathlib import Path

import pytest
from console_calls import ADDRESS, FORWARDS, written
from hypothesis import given
from hypothesis import strategies as st

import ingot
from ingot.abi import Function, encode
from ingot.engine import RECORD_FRAMES
from ingot.errors import IngotError
from ingot.node.events import Answered, BlocksPassed, Execution, Mined, NotMined, WentBack
from ingot.node.explanation import Explainer
from ingot.node.json_lines import JsonTeller
from ingot.node.sources import Sources
from ingot.node.telling import Teller, Wanted, harmless


@pytest.fixture(scope="session")
def sources(sample):
    return Sources(sample.path)


def teller_of(chain, sources, kind=Teller, **wanted):
    return kind(Explainer(chain.engine, sources), Wanted(**wanted))


def mined(chain, teller):
    return teller(Mined(chain.engine.block(chain.block_number)))


def calldata(signature, *values):
    return Function(f"function {signature}").encode(values)


def called(chain, to, data):
    """The event of an eth_call."""
    terms = {"to": to, "data": data}
    outcome = chain.engine.call(block=chain.block_number, **terms)
    return Answered("eth_call", 0.001, None, "", (Execution(terms, chain.block_number, outcome),))


def test_a_creation_is_named(local, alice, sample, sources):
    token = sample.Ledger.deploy("units", 1000, sender=alice)
    lines = mined(local, teller_of(local, sources)).splitlines()
    block = local.engine.block(local.block_number)
    assert lines[1] == f"    Transaction: 0x{block.transactions[0].hash.hex()}"
    assert lines[2].startswith("    Call: Ledger.constructor(")
    assert lines[3] == f"    Contract created: {token.address} Ledger"
    assert lines[4] == f"    Gas used: {block.gas_used}"
    assert lines[6:8] == [f"    Block Number: {block.number}", f"    Block Hash: 0x{block.hash.hex()}"]
    assert lines[8].startswith("    Block Time: ")
    assert lines[8].endswith(f"+0000 ({block.timestamp})")


@pytest.mark.parametrize(
    ("signature", "reason", "text"),
    [
        ("withString()", "reverted with: too late", 'revert("too late");'),
        ("withBare()", "reverted with: Bare()", "revert Bare();"),
        ("withNothing()", "reverted without a reason", "revert();"),
        ("withAssert()", "reverted with: panic 0x01: assertion failed", "assert(one == 2);"),
        ("withOverflow()", "reverted with: panic 0x11: ", "return one - 2;"),
        ("withIndex()", "reverted with: panic 0x32: ", "return items[one];"),
        ("withUnknown()", "reverted with data that no known error explains: 0xdeadbeef", "revert(0, 4)"),
        ("withInvalid()", "invalid opcode", "invalid()"),
    ],
)
def test_a_failure_has_its_reason_and_its_line(local, failing, sources, sample, signature, reason, text):
    lines = teller_of(local, sources)(called(local, failing.address, calldata(signature))).splitlines()
    source = (sample.path / "contracts/Failing.sol").read_text().splitlines()
    number = next(index for index, line in enumerate(source, 1) if line.strip() == text)
    assert lines[1].startswith(f"    Error: {reason}")
    assert lines[2:] == [
        f"        at Failing.{signature} (contracts/Failing.sol:{number})",
        f"            {text}",
    ]


def test_a_failure_is_followed_through_the_calls(local, alice, failing, ledger, sources):
    data = calldata("deeper(address,address,uint256)", failing.address, ledger.address, 5)
    local.engine.send(sender=alice.address, to=failing.address, data=data, gas_limit=1_000_000)
    lines = mined(local, teller_of(local, sources)).splitlines()
    places = [line.strip().split("(contracts/")[1].split(":")[0] for line in lines if "(contracts/" in line]
    assert places == ["Ledger.sol", "Failing.sol", "Failing.sol"]
    texts = [after.strip() for before, after in itertools.pairwise(lines) if "(contracts/" in before]
    assert texts[1:] == ["ledger.transfer(address(this), value);", "other.inside(ledger, value);"]
    assert any(line.startswith("    Error: reverted with: Lacking") for line in lines)


@pytest.mark.parametrize(
    ("value", "inner", "outer"),
    [
        (
            3,
            "half(uint256)",
            {"half": 'if (value % 2 == 1) revert("odd");', "layered": "one += half(value);"},
        ),
        (
            100,
            "below(uint256,uint256)",
            {
                "below": 'require(value < limit, "too much");',
                "layered": "function layered(uint256 value) external below(100, value) {",
            },
        ),
    ],
)
def test_a_failure_is_followed_through_functions_and_modifiers(
    local, failing, sources, sample, value, inner, outer
):
    lines = teller_of(local, sources)(called(local, failing.address, calldata("layered(uint256)", value)))
    source = (sample.path / "contracts/Failing.sol").read_text().splitlines()
    at = [
        next(index for index, line in enumerate(source, 1) if line.strip() == text) for text in outer.values()
    ]
    assert lines.splitlines()[2:] == [
        f"        at Failing.{inner} (contracts/Failing.sol:{at[0]})",
        f"            {source[at[0] - 1].strip()}",
        f"        at Failing.layered(value={value}) (contracts/Failing.sol:{at[1]})",
        f"            {source[at[1] - 1].strip()}",
    ]


def test_without_syntax_trees_the_calls_are_told(local, failing, sample, monkeypatch):
    def fail(*_):
        raise IngotError("no compiler")

    monkeypatch.setattr("ingot.compile.ast.load_asts", fail)
    said = teller_of(local, Sources(sample.path))(called(local, failing.address, calldata("withString()")))
    assert said.endswith("    Error: reverted with: too late\n        at Failing.withString()\n")


def test_code_that_has_lost_its_places_is_told_by_plain_code(local, alice, tmp_path):
    """By way of Yul, the optimizer leaves no place in the statements that fail here."""
    contracts = Path(__file__).parents[3] / "plugins/ape-ingot/tests/sources/contracts"
    (tmp_path / "contracts").mkdir()
    for name in ("Halves", "Limits", "Store"):
        shutil.copy(contracts / f"{name}.sol", tmp_path / "contracts")
    (tmp_path / "ape-config.yaml").write_text("solidity: {version: 0.8.37, via_ir: true}\n")
    store = ingot.load(tmp_path).Store.deploy(100, sender=alice)
    teller, data = teller_of(local, Sources(tmp_path)), calldata("add(uint256)", 3)
    stops = [
        "        at Limits.checkEven(uint256) (contracts/Limits.sol:19)",
        '            revert("odd"); // dev: must be even',
        "        at Store.add(amount=3) (contracts/Store.sol:18)",
        "            checkEven(amount);",
    ]
    assert teller(called(local, store.address, data)).splitlines()[2:] == stops
    local.engine.send(sender=alice.address, to=store.address, data=data, gas_limit=100_000)
    assert "\n".join(stops) in mined(local, teller)


def test_where_no_project_is_known_the_reason_is(local, failing, tmp_path):
    teller = teller_of(local, Sources(tmp_path))
    said = teller(called(local, failing.address, calldata("withString()")))
    assert "    Error: reverted with: too late\n" in said
    assert ".sol" not in said


def test_what_ran_for_long_has_its_line(local, failing, sources, sample):
    """Two million steps, of which the last few thousand tell where it was."""
    said = teller_of(local, sources)(called(local, failing.address, calldata("withAllGas()"))).splitlines()
    source = (sample.path / "contracts/Failing.sol").read_text().splitlines()
    number = next(index for index, line in enumerate(source, 1) if line.strip() == "while (true) one++;")
    assert said[1:] == [
        "    Error: out of gas",
        f"        at Failing.withAllGas() (contracts/Failing.sol:{number})",
        "            while (true) one++;",
    ]


def test_deep_recursion_is_told_from_both_ends(local, failing, sources):
    said = teller_of(local, sources)(called(local, failing.address, calldata("sink(uint256)", 200)))
    stops = [line.split("(contracts/")[0].strip() for line in said.splitlines() if "Failing.sink" in line]
    assert len(stops) == 48
    assert stops[0] == "at Failing.sink(uint256)"
    assert stops[-1] == "at Failing.sink(depth=200)"
    assert "\n        ... and 153 more\n" in said


@pytest.mark.parametrize("is_recorded", [True, False])
def test_console_lines_stand_below_the_request(local, sources, is_recorded):
    local.set_code(ADDRESS, FORWARDS)
    terms = {"to": ADDRESS, "data": written("log(string)", "one\n\x1b[31mtwo")}
    outcome = local.engine.call(**terms, recording=RECORD_FRAMES if is_recorded else None)
    event = Answered("eth_call", 0.001, None, "", (Execution(terms, None, outcome),))
    said = teller_of(local, sources, can_log=True)(event).splitlines()
    assert said[1:] == ["    console.log:", "        one", "        \\x1b[31mtwo"]
    assert len(teller_of(local, sources, can_log=True, logs=False)(event).splitlines()) == 1


def test_an_estimate_is_looked_at_once(local, sources):
    local.set_code(ADDRESS, FORWARDS)
    terms = {"to": ADDRESS, "data": written("log(string)", "hello")}
    event = Answered("eth_estimateGas", 0.001, None, "", (Execution(terms, None, None),))
    assert teller_of(local, sources, can_log=True)(event).count("hello") == 1


def test_what_has_changed_since_is_not_told(local, failing, sources):
    event = called(local, failing.address, calldata("withString()"))
    changed = event.executions[0].__class__(event.executions[0].terms, None, event.executions[0].outcome)
    local.set_code(failing.address, b"\0")
    said = teller_of(local, sources)(event._replace(executions=(changed,)))
    assert "    Error: reverted with: too late\n" in said
    assert " at " not in said


def test_traces_show_what_was_called(local, failing, ledger, sources):
    event = called(local, failing.address, calldata("inside(address,uint256)", ledger.address, 5))
    for wanted in ({"calls": True}, {"failed_calls": True}):
        said = teller_of(local, sources, **wanted)(event)
        assert "    Traces:\n        CALL: Failing.inside(" in said
        assert "\n          CALL: Ledger.transfer(" in said
    assert "Traces" not in teller_of(local, sources)(event)


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (Answered("eth_chainId", 0.0015), "eth_chainId                               1.50 ms"),
        (Answered("a\x1bb", 0.0, -32601, "no\n\x07"), "a\\x1bb                                    0.00 ms  -32601 no\\n\\x07"),
        (BlocksPassed(1, 5), "    Blocks 1 to 5"),
        (WentBack(4), "    Back to block 4"),
        (NotMined("no gas"), "    No block could be mined: no gas"),
    ],
)  # fmt: skip
def test_simple_events_are_a_line(local, sources, event, line):
    assert teller_of(local, sources)(event) == line + "\n"
    assert json.loads(teller_of(local, sources, JsonTeller)(event))["event"]


@given(st.text())
def test_nothing_of_others_reaches_the_terminal(text):
    assert harmless(text).isprintable()


def test_a_block_that_was_undone_meanwhile_is_told(local, alice, failing, sources):
    snapshot = local.snapshot()
    local.engine.send(
        sender=alice.address, to=failing.address, data=calldata("withString()"), gas_limit=100_000
    )
    event = Mined(local.engine.block(local.block_number))
    local.restore(snapshot)
    said = teller_of(local, sources)(event)
    assert "    Error: reverted with: too late\n" in said
    assert "    Block Hash: (undone since)\n" in said
    assert json.loads(teller_of(local, sources, JsonTeller)(event).splitlines()[1])["hash"] is None


def test_long_texts_end():
    assert harmless("x" * 3000) == "x" * 2000 + " ..."
    assert harmless("\x1b" * 3000).endswith(" ...")


def test_json_says_the_same(local, alice, failing, ledger, sources):
    teller = teller_of(local, sources, JsonTeller, can_log=True)
    data = calldata("inside(address,uint256)", ledger.address, 5)
    local.engine.send(sender=alice.address, to=failing.address, data=data, gas_limit=1_000_000)
    transaction, block = map(json.loads, mined(local, teller).splitlines())
    assert (transaction["event"], block["event"]) == ("transaction", "block")
    assert transaction["hash"] == f"0x{local.engine.block(local.block_number).transactions[0].hash.hex()}"
    assert transaction["error"].startswith("reverted with: Lacking")
    assert [each["source"] for each in transaction["at"]] == ["contracts/Ledger.sol", "contracts/Failing.sol"]
    assert block["transactions"] == 1
    request, call = map(json.loads, teller(called(local, failing.address, data)).splitlines())
    assert (request["event"], call["event"], call["at"]) == ("request", "call", transaction["at"])


def test_json_sends_nothing_to_a_terminal(local, sources):
    event = Answered("a\x1b\x9b\N{RIGHT-TO-LEFT OVERRIDE}\U000e0001", 0.0)
    said = teller_of(local, sources, JsonTeller)(event)
    assert said.rstrip("\n").isprintable()
    assert json.loads(said)["method"] == event.method


def test_a_project_that_is_compiled_later_is_found(local, failing, sample, tmp_path):
    shutil.copytree(sample.path, tmp_path / "project", ignore=shutil.ignore_patterns(".ingot"))
    late = Sources(tmp_path / "project")
    code = local.get_code(failing.address)
    assert late.of_code(code) is None
    shutil.copytree(sample.path / ".ingot", tmp_path / "project/.ingot")
    late._looked = -1e9
    found = late.of_code(code)
    assert found is not None
    assert found.name == "Failing"
    (tmp_path / "project/.ingot/state.json").unlink()
    late._looked = -1e9
    assert late.of_code(code) is None


def test_a_creation_that_fails_is_named(local, alice, sample, sources):
    initcode = sample.Ledger.interface.artifact.initcode + encode(["string", "uint256"], ["units", 1000])
    terms = {"data": initcode, "sender": alice.address, "gas_limit": 150_000}
    outcome = local.engine.call(**terms)
    assert not outcome.succeeded
    event = Answered("eth_estimateGas", 0.0, None, "", (Execution(terms, None, outcome),))
    said = teller_of(local, sources)(event)
    assert "    Error: out of gas\n        at the creation of Ledger at " in said

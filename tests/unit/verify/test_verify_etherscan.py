"""Etherscan's API V2 and Blockscout's, as documented, every status string included."""

import json

import pytest

from ingot.errors import UsageError, VerifyError
from ingot.verify.etherscan import blockscout, etherscan
from ingot.verify.patience import linked, verified
from ingot.verify.service import Later, Refused

KEY = "SECRETSECRETSECRET"
GUID = "ezq878u486pzijkvvmerl6a9mzwhv6sefgvqi5tkwceejc7tvn"
PROXY = "0xbC46363a7669f6e12353fa95bb067aead3675c29"


def ok(result):
    return {"status": "1", "message": "OK", "result": result}


def not_ok(result):
    return {"status": "0", "message": "NOTOK", "result": result}


@pytest.fixture
def scan(script, clock):
    return etherscan(f"{script.url}/v2/api", KEY, site="https://sepolia.etherscan.io", sleep=clock.sleep)


@pytest.fixture
def scout(script, clock):
    return blockscout(f"{script.url}/api", site="https://eth-sepolia.blockscout.com", sleep=clock.sleep)


@pytest.fixture
def verify(request_of_ledger, patience):
    lines = []

    def run(service):
        return verified(service, request_of_ledger, patience=patience, progress=lines.append)

    run.lines = lines
    return run


def test_what_is_sent_to_etherscan(script, scan, verify, request_of_ledger):
    script.will(ok(GUID), ok("Pass - Verified"))
    verdict = verify(scan)
    assert (verdict.service, verdict.was_verified) == ("Etherscan", False)
    assert verdict.page == f"https://sepolia.etherscan.io/address/{request_of_ledger.address}#code"
    sent, polled = script.requests
    assert (sent.method, sent.path) == ("POST", "/v2/api")
    assert sent.query == {
        "chainid": "11155111",
        "module": "contract",
        "action": "verifysourcecode",
        "apikey": KEY,
    }
    document = request_of_ledger.document
    assert json.loads(sent.form["sourceCode"]) == document.standard_json
    assert sent.form["codeformat"] == "solidity-standard-json-input"
    assert sent.form["contractaddress"] == request_of_ledger.address
    assert sent.form["contractname"] == "contracts/Ledger.sol:Ledger"
    assert sent.form["compilerversion"] == f"v{document.compiler}"
    arguments = request_of_ledger.constructor_arguments.hex()
    assert sent.form["constructorArguments"] == sent.form["constructorArguements"] == arguments
    assert (polled.method, polled.path) == ("GET", "/v2/api")
    assert polled.query == {
        "chainid": "11155111",
        "module": "contract",
        "action": "checkverifystatus",
        "guid": GUID,
        "apikey": KEY,
    }


def test_what_is_sent_to_blockscout(script, scout, verify, request_of_ledger):
    script.will(ok(GUID), ok("Pass - Verified"))
    verdict = verify(scout)
    assert verdict.page == f"https://eth-sepolia.blockscout.com/address/{request_of_ledger.address}#code"
    sent, polled = script.requests
    assert sent.path == "/api"
    assert sent.query == {"module": "contract", "action": "verifysourcecode"}
    assert polled.query == {"module": "contract", "action": "checkverifystatus", "guid": GUID}


def test_libraries_go_into_the_settings(script, scan, request_of_ledger, patience):
    from dataclasses import replace

    library = "0x" + "11" * 20
    script.will(ok(GUID), ok("Pass - Verified"))
    request = replace(request_of_ledger, libraries={"contracts/Math.sol:Math": library})
    verified(scan, request, patience=patience, progress=lambda _line: None)
    settings = json.loads(script.requests[0].form["sourceCode"])["settings"]
    assert settings["libraries"] == {"contracts/Math.sol": {"Math": library}}


@pytest.mark.parametrize(
    "answer",
    [
        not_ok("Contract source code already verified"),
        not_ok("Already Verified"),
        not_ok("Smart-contract already verified."),
        {"status": "1", "message": "OK", "result": "Contract source code already verified"},
    ],
)
def test_already_verified_is_success(script, scan, scout, verify, answer):
    for service in (scan, scout):
        script.will(answer)
        assert verify(service).was_verified
        script.will(ok(GUID), answer)
        assert verify(service).was_verified


@pytest.mark.parametrize(
    "answer",
    [
        not_ok("Unable to locate ContractCode at 0x5FbDB2315678afecb367f032d93F642f64180aa3"),
        not_ok("The address is not a smart contract"),
        not_ok("Max rate limit reached, please use API Key for higher rate limit"),
        not_ok("Max calls per sec rate limit reached (3/sec)"),
        not_ok("Too many invalid api key attempts, please try again later"),
    ],
)
def test_what_is_not_indexed_yet_or_too_much_is_sent_again_with_longer_pauses(
    script, scan, scout, verify, clock, answer
):
    for service in (scan, scout):
        clock.pauses.clear()
        script.will(answer, answer, answer, ok(GUID), ok("Pass - Verified"))
        assert not verify(service).was_verified
        assert clock.pauses == [1, 1.5, 2.25, 3.375]
        actions = [asked.query["action"] for asked in script.requests]
        assert actions == ["verifysourcecode"] * 4 + ["checkverifystatus"]


@pytest.mark.parametrize("pending", ["Pending in queue", "In progress", "Pending in Queue"])
def test_pending_is_polled(script, scan, verify, pending):
    script.will(ok(GUID), not_ok(pending), ok(pending), ok("Pass - Verified"))
    verify(scan)
    assert len(script.requests) == 4
    assert verify.lines[0] == "Ledger at Etherscan: submitted (0 s)"
    assert verify.lines[-1].startswith("Ledger at Etherscan: pending in its queue (")


def test_a_lost_request_is_sent_again(script, scout, verify):
    script.will(ok(GUID), not_ok("Unknown UID"), ok("another"), ok("Pass - Verified"))
    verify(scout)
    assert [asked.query.get("guid") for asked in script.requests] == [None, GUID, None, "another"]


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("Fail - Unable to verify", "ingot verify --check"),
        (
            "Fail - Unable to verify. Compiled contract deployment bytecode does NOT match the transaction deployment "
            "bytecode.",
            "ingot verify --check",
        ),
        ("Fail - Unable to verify. Invalid constructor arguments provided.", "leave them out"),
        ("Fail - Unable to verify. Library was required but suitable match not found", "a library's address"),
        ("Fail - Unable to verify. Solidity Compilation Error: Identifier not found or not unique", "--dump"),
        ("Unable to locate ContractName, did you specify the correct Contract Name ?", "path:Name"),
    ],
)
def test_a_refusal_says_what_the_service_said_and_what_to_do(script, scan, verify, text, advice):
    script.will(ok(GUID), not_ok(text))
    with pytest.raises(Refused, match=advice) as caught:
        verify(scan)
    assert caught.value.reason == text
    assert text in str(caught.value)
    assert caught.value.service == "Etherscan"


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        (
            "Missing or unsupported chainid parameter (required for v2 api), please see chainlist",
            "--service sourcify",
        ),
        (
            "Free API access is not supported for this chain. Please upgrade your api plan",
            "--service sourcify",
        ),
        ("Daily limit of 250 source code submissions reached", "wait a day"),
        ("Max daily rate limit reached. 110 (100%) of 100 day/limit", "daily"),
        ("Error! Missing Or invalid Action name", "is its URL right"),
        ("Invalid or not supported solc compiler version", "does not know this compiler"),
        ("Something nobody has documented", "Something nobody has documented"),
    ],
)
def test_an_error_at_submission_ends_it(script, scan, verify, text, advice):
    script.will(not_ok(text))
    with pytest.raises(VerifyError, match=advice):
        verify(scan)
    assert len(script.requests) == 1


@pytest.mark.parametrize("text", ["Invalid API Key", "Missing/Invalid API Key", "Invalid API Key (#err2)|"])
def test_an_invalid_key_is_the_users_affair_and_not_shown(script, scan, verify, text):
    script.will(not_ok(f"{text} {KEY}"))
    with pytest.raises(UsageError, match="ETHERSCAN_API_KEY") as caught:
        verify(scan)
    assert KEY not in str(caught.value)
    assert len(script.requests) == 1
    assert KEY not in repr(scan)


@pytest.mark.parametrize(
    "answer",
    [
        [1, 2],
        "Pass - Verified",
        {"status": "1", "message": "OK"},
        {"status": "1", "message": "OK", "result": None},
        {"status": "1", "message": "OK", "result": [{"SourceCode": KEY}]},
        None,
    ],
)
def test_another_shape_is_refused(script, scan, verify, answer):
    script.will((200, json.dumps(answer).encode()))
    with pytest.raises(VerifyError) as caught:
        verify(scan)
    assert KEY not in str(caught.value)


def test_it_gives_up_in_the_end(script, scan, verify, clock):
    script.will(ok(GUID), not_ok("Pending in queue"))
    with pytest.raises(
        VerifyError, match=r"no verdict after .* pending in its queue. Run `ingot verify` again"
    ):
        verify(scan)
    assert 240 < clock.now <= 300
    assert max(clock.pauses) == 15


DONE = (
    f"The proxy's ({PROXY.lower()}) implementation contract is found at 0xe45a5176bc0f2c1198e2451c4e4501d4ed9b65a6 and is "
    "successfully updated."
)


def test_a_proxy_is_linked(script, scan, scout, patience):
    for service in (scan, scout):
        script.will(ok(GUID), not_ok("Verification in progress"), ok(DONE))
        said = linked(
            service, 11155111, PROXY, "0x" + "11" * 20, patience=patience, progress=lambda _line: None
        )
        assert said == DONE
        sent, *polled = script.requests
        assert sent.query["action"] == "verifyproxycontract"
        assert (sent.form["address"], sent.form["expectedimplementation"]) == (PROXY, "0x" + "11" * 20)
        assert {asked.query["action"] for asked in polled} == {"checkproxyverification"}


def test_a_proxy_without_an_implementation_is_told(script, scan, patience):
    missing = "A corresponding implementation contract was unfortunately not detected for the proxy address."
    script.will(ok(GUID), not_ok(missing))
    with pytest.raises(Refused, match="again in some minutes") as caught:
        linked(scan, 1, PROXY, "0x" + "11" * 20, patience=patience, progress=lambda _line: None)
    assert caught.value.reason == missing


def test_the_creating_transaction_is_asked_for(script, scan):
    script.will(ok([{"contractAddress": PROXY, "contractCreator": "0x", "txHash": "0xabc"}]))
    assert scan.creation_transaction(1, PROXY) == "0xabc"
    assert script.requests[0].query["contractaddresses"] == PROXY
    for answer in (not_ok("No data found"), ok([]), (200, b"<html>")):
        script.will(answer)
        assert scan.creation_transaction(1, PROXY) == ""


def test_too_many_requests_by_status_is_later(script, scan, request_of_ledger):
    script.will((429, {"error": "slow down"}))
    with pytest.raises(Later):
        scan.poll(request_of_ledger, GUID)

"""Sourcify's API v2, as documented."""

import pytest

from ingot.errors import VerifyError
from ingot.verify.patience import linked, verified
from ingot.verify.service import Refused
from ingot.verify.sourcify import sourcify

TICKET = "72b5a2a0-3d0b-4d3c-9d5b-5b0f6a9d7c11"


@pytest.fixture
def server(script, clock):
    return sourcify(f"{script.url}/server", site="https://repo.sourcify.dev", sleep=clock.sleep)


@pytest.fixture
def verify(server, request_of_ledger, patience):
    return lambda: verified(server, request_of_ledger, patience=patience, progress=lambda _line: None)


def job(match=None, *, error=None, done=True, creation=None):
    contract = {"match": match, "creationMatch": creation, "runtimeMatch": match}
    return {
        "isJobCompleted": done,
        "verificationId": TICKET,
        "contract": contract,
        **({"error": error} if error else {}),
    }


def error(code, message="in its words"):
    return {"customCode": code, "message": message, "errorId": "1f"}


SUBMITTED = (202, {"verificationId": TICKET})


def test_what_is_sent(script, verify, request_of_ledger):
    script.will(SUBMITTED, job("exact_match", creation="exact_match"))
    verdict = verify()
    assert (verdict.match, verdict.was_verified) == ("exact", False)
    assert verdict.page == f"https://repo.sourcify.dev/11155111/{request_of_ledger.address}"
    assert verdict.message == "creation code: exact_match, runtime code: exact_match"
    sent, polled = script.requests
    assert sent.path == f"/server/v2/verify/11155111/{request_of_ledger.address}"
    assert sent.body == {
        "stdJsonInput": request_of_ledger.document.standard_json,
        "compilerVersion": request_of_ledger.document.compiler,
        "contractIdentifier": "contracts/Ledger.sol:Ledger",
        "creationTransactionHash": request_of_ledger.creation_transaction,
    }
    assert (polled.method, polled.path) == ("GET", f"/server/v2/verify/{TICKET}")


def test_a_partial_match_is_told_as_one(script, verify):
    script.will(SUBMITTED, job("match"))
    assert verify().match == "partial"


def test_it_waits_for_the_job(script, verify):
    script.will(SUBMITTED, job(done=False), job(done=False), job("exact_match"))
    assert verify().match == "exact"
    assert len(script.requests) == 4


def test_already_verified_is_success_with_the_match_that_it_has(script, verify, request_of_ledger):
    script.will((409, error("already_verified")), {"match": "exact_match"})
    verdict = verify()
    assert verdict.was_verified
    assert verdict.match == "exact"
    assert script.requests[1].path == f"/server/v2/contract/11155111/{request_of_ledger.address}"
    script.will(SUBMITTED, job(error=error("already_verified")), {"match": "match"})
    assert verify().match == "partial"


@pytest.mark.parametrize("code", ["contract_not_deployed", "cannot_fetch_bytecode"])
def test_what_its_node_does_not_have_yet_is_sent_again(script, verify, code):
    script.will(SUBMITTED, job(error=error(code)), SUBMITTED, job("exact_match"))
    assert verify().match == "exact"
    assert [asked.method for asked in script.requests] == ["POST", "GET", "POST", "GET"]


def test_a_duplicate_request_and_too_many_are_tried_again(script, verify):
    busy = (429, error("duplicate_verification_request"))
    script.will(busy, busy, busy, busy, SUBMITTED, job("exact_match"))
    assert verify().match == "exact"
    script.will(SUBMITTED, (404, error("job_not_found")), SUBMITTED, job("exact_match"))
    assert verify().match == "exact"


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("no_match", "--check"),
        ("bytecode_length_mismatch", "--check"),
        ("extra_file_input_bug", "sources that the contract does not import"),
        ("compiler_error", "--dump"),
        ("contract_not_found_in_compiler_output", "path:Name"),
        ("invalid_compiler_version", "another --service"),
        ("compiled_bytecode_is_zero", "abstract"),
        ("internal_error", "its own fault"),
        ("some_code_of_next_year", "--dump"),
    ],
)
def test_a_refusal_says_why_and_what_to_do(script, verify, code, advice):
    script.will(SUBMITTED, job(error=error(code)))
    with pytest.raises(Refused, match=advice) as caught:
        verify()
    assert caught.value.code == code
    assert "in its words" in str(caught.value)


def test_a_finished_job_without_a_match_is_a_refusal(script, verify):
    script.will(SUBMITTED, job(None))
    with pytest.raises(Refused, match="do not match"):
        verify()


@pytest.mark.parametrize(
    ("status", "code", "advice"),
    [
        (404, "unsupported_chain", "--service-url"),
        (400, "invalid_parameter", "--dump"),
        (500, "internal_error", "fault"),
    ],
)
def test_a_refused_submission_ends_it(script, verify, status, code, advice):
    script.will((status, error(code)))
    with pytest.raises(Refused, match=advice):
        verify()


@pytest.mark.parametrize("answer", [[], "ok", 7])
def test_another_shape_is_refused(script, verify, answer):
    script.will(answer)
    with pytest.raises(VerifyError, match="not what its documentation says"):
        verify()


def test_an_answer_without_a_ticket_is_a_refusal(script, verify):
    script.will({})
    with pytest.raises(Refused, match="HTTP status 200"):
        verify()


def test_proxies_need_no_request(server, script, patience):
    script.will({})
    assert linked(server, 1, "0x1", "0x2", patience=patience, progress=lambda _line: None) == ""
    assert script.requests == []
    with pytest.raises(VerifyError):
        server.poll_proxy(1, "x")


def test_the_creating_transaction_of_what_is_verified_is_known(server, script):
    script.will({"deployment": {"transactionHash": "0xabc"}})
    assert server.creation_transaction(1, "0x1") == "0xabc"
    assert script.requests[0].query == {"fields": "deployment"}
    for answer in ((404, error("not_found")), {"deployment": {"transactionHash": None}}, (200, b"<html>")):
        script.will(answer)
        assert server.creation_transaction(1, "0x1") == ""

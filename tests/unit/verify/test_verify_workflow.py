"""From targets to lines for people, against a server with a script."""

import pytest

from ingot.errors import UsageError
from ingot.verify import Target, Verification, verify
from ingot.verify.etherscan import blockscout, etherscan
from ingot.verify.sourcify import sourcify

IMPLEMENTATION_SLOT = 0x360894A13BA1A3210667C828492DB98DCA3E2076CC3735A920A3CA505D382BBC
OK = {"status": "1", "message": "OK"}
VERIFIED = {**OK, "result": "Pass - Verified"}


@pytest.fixture
def run(sample, node, patience, script, clock):
    """Verify targets at an Etherscan that answers by script. Gives whether all is verified, and the lines."""

    def verified(*targets, services=None):
        chosen = services or [etherscan(f"{script.url}/v2/api", "key", sleep=clock.sleep)]
        verification = Verification(
            sample.config, sample.artifacts, node, chosen, patience, run_progress.append
        )
        lines = []
        return verify(verification, targets, say=lines.append), lines

    run_progress = verified.progress = []
    return verified


def test_one_that_fails_keeps_none_of_the_others_back(run, script, ledger, failing, alice):
    script.will({**OK, "result": "guid"}, VERIFIED)
    targets = [
        Target(alice.address, "Ledger"),
        Target(failing.address, "Ledger"),
        Target(failing.address, "Nobody"),
        Target(ledger.address, "Ledger"),
    ]
    is_complete, lines = run(*targets)
    assert not is_complete
    assert lines[0].startswith("not verified: there is no contract at")
    assert lines[1].startswith(f"Nobody at {failing.address}: not verified: sample has no contract 'Nobody'")
    assert "contracts/Ledger.sol:Ledger at" in lines[2]
    assert lines[2].endswith("nothing was sent")
    assert lines[3] == f"contracts/Ledger.sol:Ledger at {ledger.address}: verified by Etherscan"
    assert len(script.requests) == 2


def test_a_service_that_refuses_one_is_told_for_that_one(run, script, ledger, failing):
    script.will(
        {**OK, "result": "first"},
        {**OK, "result": "second"},
        {"status": "0", "message": "NOTOK", "result": "Fail - Unable to verify"},
        VERIFIED,
    )
    is_complete, lines = run(Target(ledger.address), Target(failing.address))
    assert not is_complete
    assert "Ledger at" in lines[0]
    assert "not verified by Etherscan: Etherscan refuses: Fail - Unable to verify" in lines[0]
    assert lines[1].endswith("verified by Etherscan")
    assert [asked.query["action"] for asked in script.requests] == ["verifysourcecode"] * 2 + [
        "checkverifystatus"
    ] * 2


def test_an_invalid_key_ends_it(run, script, ledger, failing):
    script.will({"status": "0", "message": "NOTOK", "result": "Invalid API Key"})
    with pytest.raises(UsageError, match="ETHERSCAN_API_KEY"):
        run(Target(ledger.address), Target(failing.address))
    assert len(script.requests) == 1


def test_a_service_that_is_down_does_not_keep_the_next_from_being_asked(run, script, ledger, clock):
    script.will({**OK, "result": "guid"}, VERIFIED)
    down = sourcify("http://127.0.0.1:1", sleep=clock.sleep)
    scout = blockscout(f"{script.url}/api", site="https://scan.org", sleep=clock.sleep)
    is_complete, lines = run(Target(ledger.address), services=[down, scout])
    assert not is_complete
    assert "not verified by Sourcify: Sourcify does not answer at http://127.0.0.1:1" in lines[0]
    assert lines[1].endswith(f"verified by Blockscout: https://scan.org/address/{ledger.address}#code")


def test_a_proxy_is_linked_when_both_are_verified(run, script, sample, local, ledger, alice):
    proxy = sample.Failing.deploy(sender=alice)
    local.set_storage(proxy.address, IMPLEMENTATION_SLOT, int(ledger.address, 16))
    done = f"The proxy's ({proxy.address}) implementation contract is found at {ledger.address} and is successfully updated."
    script.will(
        {**OK, "result": "1"},
        {**OK, "result": "2"},
        VERIFIED,
        VERIFIED,
        {**OK, "result": "3"},
        {**OK, "result": done},
    )
    is_complete, lines = run(Target(proxy.address))
    assert is_complete
    assert [line.partition(" at ")[0] for line in lines[:2]] == [
        "contracts/Failing.sol:Failing",
        "contracts/Ledger.sol:Ledger",
    ]
    assert lines[2] == f"Etherscan: {done}"
    assert script.requests[4].form["expectedimplementation"] == ledger.address


def test_a_proxy_of_somebody_else_is_linked_to_our_implementation(run, script, local, ledger):
    proxy = "0x000000000000000000000000000000000000ABcD"
    local.set_code(proxy, bytes.fromhex("60016002"))
    local.set_storage(proxy, IMPLEMENTATION_SLOT, int(ledger.address, 16))
    missing = "A corresponding implementation contract was unfortunately not detected for the proxy address."
    script.will(
        {**OK, "result": "1"},
        VERIFIED,
        {**OK, "result": "2"},
        {"status": "0", "message": "NOTOK", "result": missing},
    )
    _, lines = run(Target(proxy, "Ledger"))
    assert lines[0].endswith("verified by Etherscan")
    assert lines[1].startswith(
        f"{proxy}: not linked to its implementation {ledger.address}: Etherscan finds no"
    )


def test_what_is_asked_for_twice_is_verified_once(run, script, ledger):
    script.will({**OK, "result": "guid"}, VERIFIED)
    is_complete, lines = run(Target(ledger.address), Target(ledger.address, "Ledger"))
    assert is_complete
    assert len(lines) == 1

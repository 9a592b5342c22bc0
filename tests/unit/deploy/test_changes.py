"""Who decides about a step that is done and has changed, and what they are told."""

from dataclasses import replace

import pytest

from ingot.deploy.changes import OnChange, dependents_of
from ingot.deploy.entries import Intended, Signed
from ingot.deploy.intent import Code, Intent, differences, without_metadata
from ingot.deploy.state import fold
from ingot.engine import keccak256
from ingot.errors import DeployError, UsageError
from ingot.types import Address

SENDER = Address("0x70997970C51812dc3A010C7d01b50e0d17dc79C8")
METADATA = bytes.fromhex("a264697066735822" + "1220" + "11" * 32 + "64736f6c63430008250033")
OTHER_METADATA = bytes.fromhex("a264697066735822" + "1220" + "22" * 32 + "64736f6c63430008250033")


def intent(initcode=b"\x60\x01" + METADATA, arguments=b"", **changes):
    code = Code(
        contract="contracts/Token.sol:Token",
        compiler="0.8.37",
        build_id="",
        initcode=initcode,
        arguments=arguments,
        libraries=changes.pop("libraries", {}),
        runtime_size=10,
    )
    given = {
        "step": "Token",
        "action": "create",
        "words": "Token()",
        "sender": SENDER,
        "to": None,
        "data": initcode + arguments,
        "code": code,
        **changes,
    }
    return Intent(**given)


def done(made):
    code = made.code
    facts = {}
    if code is not None:
        facts = {
            "contract": code.contract,
            "code_hash": code.hash,
            "bare_code_hash": code.bare_hash,
            "arguments": f"0x{code.arguments.hex()}",
            "libraries": code.libraries,
        }
    return Intended(
        step=made.step,
        action=made.action,
        words=made.words,
        sender=made.sender,
        to=made.to,
        value=made.value,
        content=made.content,
        nonce=0,
        gas_limit=1,
        **facts,
    )


CALL = Intent(step="call", action="call", words="f()", sender=SENDER, to=SENDER, data=b"1234")


@pytest.mark.parametrize(
    ("now", "found"),
    [
        (intent(), ()),
        (intent(b"\x60\x01" + OTHER_METADATA), ("metadata",)),
        (intent(b"\x60\x02" + METADATA), ("code",)),
        (intent(arguments=b"\1"), ("arguments",)),
        (intent(b"\x60\x02" + METADATA, b"\1"), ("code", "arguments")),
        (intent(libraries={"L": SENDER}), ("libraries",)),
        (intent(value=5), ("value",)),
        (intent(sender=Address("0x" + "11" * 20)), ("sender",)),
    ],
)
def test_what_differs_of_a_creation_is_named(now, found):
    assert differences(done(intent()), now) == found


@pytest.mark.parametrize(
    ("now", "found"),
    [
        (CALL, ()),
        (replace(CALL, data=b"5678"), ("call",)),
        (replace(CALL, value=1), ("value",)),
        (replace(CALL, to=Address("0x" + "11" * 20)), ("target",)),
    ],
)
def test_what_differs_of_a_call_is_named(now, found):
    assert differences(done(CALL), now) == found


def test_metadata_is_blanked_wherever_it_is():
    code = b"\x60" + METADATA + b"\x61" + OTHER_METADATA
    assert without_metadata(code) == b"\x60" + bytes(len(METADATA)) + b"\x61" + bytes(len(METADATA))
    assert keccak256(without_metadata(b"\x60" * 100)) == keccak256(b"\x60" * 100)


def journal(made):
    return fold([done(made), Signed(step=made.step, hash="0x01", raw="0xaa")])


def decide(choice, now, *, answer=None, is_proxied=False):
    said = []
    ask = None if answer is None else (lambda question: said.append(question) or answer)
    on_change = OnChange(choice, ask, said.append)
    return on_change.about(now, journal(intent()), is_proxied=is_proxied), said


CHANGED = intent(b"\x60\x02" + METADATA)


def test_what_did_not_change_is_no_question():
    assert decide("fail", intent()) == (None, [])


@pytest.mark.parametrize(("answer", "means"), [("r", "redeploy"), ("keep\n", "keep"), ("upgrade", "upgrade")])
def test_who_is_asked_decides(answer, means):
    got, said = decide("ask", CHANGED, answer=answer, is_proxied=True)
    assert got == means
    assert "its code" in said[0]


@pytest.mark.parametrize("answer", ["", "stop\n", "s"])
def test_who_is_asked_may_stop(answer):
    with pytest.raises(DeployError, match="stopped"):
        decide("ask", CHANGED, answer=answer)


def test_only_metadata_is_kept_and_told():
    got, said = decide("ask", intent(b"\x60\x01" + OTHER_METADATA))
    assert got == "keep"
    assert "only the compiler's metadata" in said[0]
    with pytest.raises(DeployError):
        decide("fail", intent(b"\x60\x01" + OTHER_METADATA))


def test_an_upgrade_is_for_what_is_behind_a_proxy():
    assert decide("upgrade", CHANGED, is_proxied=True)[0] == "upgrade"
    with pytest.raises(DeployError, match="behind a proxy, and this is not"):
        decide("upgrade", CHANGED)


def test_other_words_are_refused():
    with pytest.raises(UsageError, match="redeploy"):
        OnChange("again", None, print)


def test_dependents_are_named_through_others():
    second = replace(done(CALL), step="vault", after=("Token",))
    third = replace(done(CALL), step="strategy", after=("vault",))
    state = fold([done(intent()), second, third, replace(done(CALL), step="alone")])
    assert dependents_of("Token", state) == ["vault", "strategy"]

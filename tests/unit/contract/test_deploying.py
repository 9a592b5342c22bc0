import pytest

import ingot
from ingot.contract.deployer import CREATE2_DEPLOYER
from ingot.engine import create2_address
from ingot.errors import AbiError, ProviderError, UsageError


def test_a_deployed_contract_knows_its_receipt(sample, alice):
    ledger = sample.Ledger.deploy("units", 5, sender=alice)
    assert ledger.receipt.contract_address == ledger
    assert ledger.receipt.receiver is None
    assert ledger.receipt.return_value is None
    assert ledger.txn_hash == ledger.receipt.txn_hash
    assert ledger.code
    assert sample.Ledger.at(ledger, chain=ledger.chain) == ledger
    with pytest.raises(UsageError, match="was not deployed by this object"):
        _ = sample.Ledger.at(ledger, chain=ledger.chain).receipt


def test_the_constructor_takes_names_and_ether(sample, alice):
    ledger = sample.Ledger.deploy(supply=5, name_="units", value="1 ether", sender=alice)
    assert (ledger.name(), ledger.balance) == ("units", 10**18)


@pytest.mark.parametrize(
    ("args", "options", "error", "says"),
    [
        ((), {}, AbiError, "constructor"),
        (("units",), {}, AbiError, "constructor"),
        (("units", -1), {}, AbiError, "supply"),
        (("units", 1), {"suply": 1}, UsageError, "did you mean"),
        (("units", 1), {"salt": "pepper"}, UsageError, "salt is"),
        (("units", 1), {"salt": -1}, UsageError, "salt is"),
        (("units", 1), {"libraries": {"X": CREATE2_DEPLOYER}}, UsageError, "X"),
    ],
)
def test_wrong_arguments_are_refused(sample, alice, args, options, error, says):
    with pytest.raises(error, match=says):
        sample.Ledger.deploy(*args, sender=alice, **options)


def test_a_constructor_that_reverts_says_why(sample, alice):
    with pytest.raises(sample.Ledger.Lacking) as caught:
        sample.Ledger.deploy("units", 13, sender=alice)
    assert caught.value.needed == 13
    assert f"in Ledger.constructor(name_='units', supply=13) from {alice.address}" in str(caught.value)
    with ingot.reverts(sample.Ledger.Lacking, needed=13):
        sample.Ledger.deploy("units", 13, sender=alice)


def test_a_constructor_that_takes_no_ether_is_told_from_one_that_does(sample, alice):
    with pytest.raises(UsageError, match=r"Failing\.deploy is not payable"):
        sample.Failing.deploy(sender=alice, value=1)


@pytest.mark.parametrize("name", ["IPurse", "Unfinished"])
def test_what_has_no_code_is_not_deployed(sample, alice, name):
    with pytest.raises(UsageError, match="interface or abstract"):
        sample[name].deploy(sender=alice)


def test_a_sender_is_needed_and_tells_the_chain(sample, local):
    with pytest.raises(UsageError, match="say who sends it"):
        sample.Failing.deploy(chain=local)
    other = ingot.Chain()
    assert sample.Failing.deploy(sender=other.accounts[0]).chain is other
    with local.prank(local.accounts[3]):
        assert sample.Failing.deploy(chain=local).receipt.sender == local.accounts[3]


def test_without_automine_there_is_no_contract_yet(sample, local, alice):
    local.automine = False
    for options in ({}, {"salt": 1}):
        with pytest.raises(UsageError, match="automine"):
            sample.Failing.deploy(sender=alice, **options)
    assert local.pending_transactions == []


def test_a_salt_decides_the_address(sample, alice, bob):
    first = sample.Ledger.deploy("units", 5, sender=alice, salt=7)
    initcode = sample.Ledger.artifact.initcode + sample.Ledger.constructor.encode_input("units", 5)
    assert first == create2_address(CREATE2_DEPLOYER, (7).to_bytes(32, "big"), initcode)
    assert first.name() == "units"
    assert first.balanceOf(CREATE2_DEPLOYER) == 5
    with pytest.raises(UsageError, match="already, with this salt"):
        sample.Ledger.deploy("units", 5, sender=bob, salt=7)
    assert sample.Ledger.deploy("units", 5, sender=bob, salt=b"\7" * 32) != first
    assert sample.Ledger.deploy("units", 5, sender=bob, salt="0x" + "08" * 32) != first


def test_a_constructor_that_reverts_under_a_salt_says_why_too(sample, alice):
    with pytest.raises(sample.Ledger.Lacking, match=r"Ledger.constructor\(name_='units', supply=13\)"):
        sample.Ledger.deploy("units", 13, sender=alice, salt=1)


def test_a_chain_without_the_create2_deployer_says_so(sample, local, alice):
    local.set_code(CREATE2_DEPLOYER, b"")
    with pytest.raises(UsageError, match="no CREATE2 deployer"):
        sample.Ledger.deploy("units", 5, sender=alice, salt=7)


def test_libraries_are_deployed_once_and_linked(sample, alice):
    before = alice.nonce
    doubler = sample.Doubler.deploy(3, sender=alice)
    assert doubler.times(7) == 42
    assert doubler.factor() == 3
    assert alice.nonce == before + 2
    sample.Doubler.deploy(4, sender=alice)
    assert alice.nonce == before + 3


def test_a_library_that_was_undone_is_deployed_again(sample, local, alice):
    with local.isolate():
        sample.Doubler.deploy(3, sender=alice)
    assert sample.Doubler.deploy(3, sender=alice).times(1) == 6


def test_a_library_may_be_given(sample, alice):
    library = sample.Doubling.deploy(sender=alice)
    before = alice.nonce
    assert sample.Doubler.deploy(5, sender=alice, libraries={"Doubling": library}).times(1) == 10
    assert alice.nonce == before + 1


def test_the_deployer_shows_what_there_is(sample, ledger):
    assert repr(sample.Ledger) == "<contract Ledger of contracts/Ledger.sol>"
    assert {"deploy", "at", "Moved", "Lacking"} <= set(dir(sample.Ledger))
    assert "constructor(string name_, uint256 supply) payable" in sample.Ledger.constructor.__doc__
    with pytest.raises(AttributeError, match="needs a deployed contract"):
        _ = sample.Ledger.transfer
    with pytest.raises(AttributeError, match="did you mean 'Lacking'"):
        _ = sample.Ledger.Laking
    assert sample.Ledger.at(ledger, chain=ledger.chain).name() == "units"
    with pytest.raises(ProviderError, match="no code"):
        sample.Ledger.at("0x" + "11" * 20, chain=ledger.chain)


def test_a_deployment_can_be_prepared(sample, alice):
    prepared = sample.Ledger.constructor.as_transaction("units", 5, sender=alice)
    receipt = alice.call(prepared)
    assert sample.Ledger.at(receipt.contract_address, chain=alice.chain).name() == "units"


def test_what_was_undone_is_not_taken_for_what_comes_to_its_address(sample, local, alice):
    with local.isolate():
        gone = sample.Ledger.deploy("units", 5, sender=alice)
    receipt = alice.call(sample.Failing.constructor.as_transaction(sender=alice))
    assert receipt.contract_address == gone
    with pytest.raises(sample.Failing.Bare):
        alice.transfer(gone, data=sample.Failing.at(gone, chain=local).withBare.encode_input())
    assert local.interfaces[gone.address].name == "Failing"


def test_code_that_is_too_large_is_refused(local, alice):
    initcode = bytes.fromhex("6160016000f3")  # returns 24,577 zero bytes
    receipt = alice.transfer(alice, 0)
    assert receipt.succeeded
    outcome = local.send(sender=alice, data=initcode).outcome
    assert outcome.status == "halt"
    big = ingot.Chain(code_size_limit=False)
    assert big.send(sender=big.accounts[0], data=initcode).outcome.succeeded

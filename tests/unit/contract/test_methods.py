import inspect
import pydoc
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ingot
from ingot.abi import encode
from ingot.errors import AbiError, ProviderError, UsageError
from ingot.interface import Interface

NOBODY = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"


def test_a_view_gives_its_value_and_a_transaction_its_receipt(ledger, alice, bob):
    assert ledger.balanceOf(alice) == 1000
    receipt = ledger.transfer(bob, 5, sender=alice)
    assert receipt.status == 1
    assert receipt.return_value is True
    assert ledger.balanceOf(bob) == 5


def test_call_and_transact_choose_the_way(ledger, alice, bob, local):
    height = local.blocks.height
    assert ledger.transfer.call(bob, 5, sender=alice) is True
    assert (ledger.balanceOf(bob), local.blocks.height) == (0, height)
    receipt = ledger.balanceOf.transact(alice, sender=bob)
    assert receipt.return_value == 1000
    assert local.blocks.height == height + 1


def test_arguments_by_name(ledger, alice, bob):
    ledger.transfer(to=bob, value=5, sender=alice)
    ledger.transfer(bob, value=5, sender=alice)
    assert ledger.balanceOf(bob) == 10
    assert ledger.transfer.call(value=5, to=bob, sender=alice) is True


def test_value_goes_to_the_argument_where_the_function_takes_no_ether(ledger, alice, bob):
    assert ledger.transfer(to=bob, value=0, sender=alice).value == 0
    for send in (ledger.transfer, ledger.transfer.call, ledger.transfer.estimate_gas):
        with pytest.raises(UsageError, match="not payable"):
            send(bob, 5, value=5, sender=alice)


def test_value_is_ether_where_the_argument_is_given_by_position(ledger, alice):
    before = alice.balance
    receipt = ledger.deposit(3, value="1 ether", sender=alice)
    assert receipt.return_value == (3, 10**18)
    assert receipt.return_value.sent == 10**18
    assert ledger.balance == 10**18
    assert before - alice.balance == 10**18 + receipt.total_fees_paid


def test_value_that_may_mean_either_is_refused(ledger, alice):
    with pytest.raises(UsageError, match="give the arguments by position"):
        ledger.deposit(value=3, sender=alice)


def test_a_view_with_an_argument_called_sender(ledger, alice, bob):
    assert ledger.owes(alice, 5, sender=bob) == (alice, 5, bob)
    assert ledger.owes(sender=alice, value=5)[:2] == (alice, 5)
    with ledger.chain.prank(bob):
        assert ledger.owes(sender=alice, value=5).caller == bob


@pytest.mark.parametrize(
    ("args", "options", "error", "says"),
    [
        ((), {}, AbiError, "transfer"),
        ((1,), {}, AbiError, "transfer"),
        ((1, 2, 3), {}, AbiError, "transfer"),
        ((NOBODY, -1), {}, AbiError, "value: -1"),
        ((NOBODY, 2**256), {}, AbiError, "value"),
        ((NOBODY, "5"), {}, AbiError, "value"),
        ((NOBODY, True), {}, AbiError, "value"),
        ((NOBODY.swapcase().replace("0X", "0x"), 1), {}, AbiError, "to"),
        ((NOBODY[:-1], 1), {}, AbiError, "to"),
        ((NOBODY,), {"valeu": 5}, UsageError, "did you mean 'value'"),
        ((NOBODY, 5), {"to": NOBODY}, UsageError, "given twice"),
        ((NOBODY, 5), {"gas_limit": "lots"}, UsageError, "gas_limit"),
        ((NOBODY, 5), {"gaslimit": 5}, UsageError, "did you mean 'gas_limit'"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_sent(
    ledger, alice, local, args, options, error, says
):
    height = local.blocks.height
    with pytest.raises(error, match=says):
        ledger.transfer(*args, sender=alice, **options)
    assert local.blocks.height == height


def test_a_transaction_needs_a_sender(ledger, bob):
    with pytest.raises(UsageError, match=r"Ledger.transfer\(\.\.\., sender=accounts\[0\]\)"):
        ledger.transfer(bob, 5)


@pytest.mark.parametrize("sender", ["nobody", "0x12", 5, b"x"])
def test_a_sender_that_is_no_address_is_refused(ledger, bob, sender):
    with pytest.raises((AbiError, UsageError)):
        ledger.transfer(bob, 5, sender=sender)


def test_raise_on_revert_false_gives_the_failed_receipt(ledger, alice, bob):
    receipt = ledger.transfer(alice, 5, sender=bob, raise_on_revert=False)
    assert receipt.failed
    assert receipt.status == 0
    assert receipt.return_value is None
    assert receipt.events == []
    assert isinstance(receipt.error, ledger.Lacking)
    with pytest.raises(ledger.Lacking):
        receipt.raise_for_status()


def test_gas_limits_are_kept(ledger, alice, bob):
    assert ledger.transfer(bob, 5, sender=alice, gas_limit=100_000).gas_limit == 100_000
    assert ledger.transfer(bob, 5, sender=alice, gas_limit="max").gas_limit > 100_000
    receipt = ledger.transfer(alice, 5, sender=alice, gas_limit=22_500, raise_on_revert=False)
    assert receipt.ran_out_of_gas
    with pytest.raises(ingot.InvalidTransaction):
        ledger.transfer(bob, 5, sender=alice, gas_limit=20_000)


def test_estimates_suffice_and_are_tight(ledger, alice, bob, local):
    estimate = ledger.transfer.estimate_gas(bob, 5, sender=alice)
    assert ledger.transfer.estimate_gas_cost(bob, 5, sender=alice) == estimate
    with local.isolate():
        assert ledger.transfer(bob, 5, sender=alice, gas_limit=estimate).succeeded
    with pytest.raises(ledger.Lacking):
        ledger.transfer.estimate_gas(alice, 5, sender=bob)


def test_calldata_there_and_back(ledger, bob):
    calldata = ledger.transfer.encode_input(bob, 5)
    assert calldata == bytes.fromhex("a9059cbb") + encode(["address", "uint256"], [bob, 5])
    expected = ("transfer(address,uint256)", {"to": bob.address, "value": 5})
    assert ledger.transfer.decode_input(calldata) == expected
    assert ledger.transfer.decode_input(calldata[4:]) == expected
    assert ledger.decode_input(calldata) == expected
    with pytest.raises(UsageError, match="no function with selector 0xdeadbeef"):
        ledger.decode_input(bytes.fromhex("deadbeef"))


def test_a_prepared_transaction_is_sent_by_an_account(ledger, alice, bob):
    prepared = ledger.transfer.as_transaction(bob, 5, sender=alice)
    assert prepared.data == ledger.transfer.encode_input(bob, 5)
    assert ledger.balanceOf(bob) == 0
    assert alice.call(prepared).status == 1
    assert ledger.balanceOf(bob) == 5


def test_the_past_can_be_asked(ledger, alice, bob, local):
    height = local.blocks.height
    ledger.transfer(bob, 5, sender=alice)
    assert ledger.balanceOf(bob, block_id=height) == 0
    assert ledger.balanceOf(bob, block_id="latest") == 5
    assert ledger.balanceOf(bob, block_identifier=-2) == 0
    with pytest.raises(UsageError, match="block_id"):
        ledger.balanceOf(bob, block_id="yesterday")


def test_our_names_and_the_abis(ledger):
    assert ledger.name() == "units"
    assert ledger.nonce() == 7
    assert ledger.balance == 0
    assert ledger["balance"]() == ledger.methods.balance() == 8
    assert "nonce" in dir(ledger)
    with pytest.raises(AttributeError):
        ledger.nonce = 3


def test_what_a_contract_lacks_is_told(ledger):
    with pytest.raises(AttributeError, match="did you mean 'transfer'"):
        _ = ledger.tranfer
    with pytest.raises(UsageError, match="did you mean 'transfer'"):
        _ = ledger["tranfer"]
    with pytest.raises(UsageError, match=r"there is transfer\(address,uint256\)"):
        _ = ledger["transfer(uint8)"]
    assert not hasattr(ledger, "__len__")


def test_an_address_without_code_is_told(local, sample):
    for attempt in (
        lambda: sample.Ledger.at(NOBODY, chain=local),
        lambda: ingot.Contract(NOBODY, abi=sample.Ledger, chain=local),
    ):
        with pytest.raises(ProviderError, match=f"no code at {NOBODY}"):
            attempt()


def test_a_contract_that_was_undone_is_told(sample, local, alice):
    with local.isolate():
        gone = sample.Ledger.deploy("units", 1, sender=alice)
        assert gone.balanceOf(alice) == 1
    for attempt in (
        lambda: gone.balanceOf(alice),
        lambda: gone.balanceOf.call(alice),
        lambda: gone.transfer(alice, 1, sender=alice),
        lambda: gone.transfer(alice, 1, sender=alice, gas_limit=100_000),
    ):
        with pytest.raises(ProviderError, match=f"no code at {gone.address}"):
            attempt()


def test_the_wrong_abi_is_suspected(ledger):
    wrong = ingot.Contract(ledger.address, abi=_abi_with("name", "string", "uint8[2]"), chain=ledger.chain)
    with pytest.raises(AbiError, match="really a"):
        wrong.name.call()


def _abi_with(name, *outputs):
    parameters = [{"name": "", "type": kind} for kind in outputs]
    return [
        {"type": "function", "name": name, "stateMutability": "view", "inputs": [], "outputs": parameters}
    ]


def test_help_and_signatures_explain(ledger):
    shown = pydoc.plain(pydoc.render_doc(ledger.transfer))
    assert "function transfer(address to, uint256 value) returns (bool)" in shown
    assert "Move units to somebody else." in shown
    assert "to: Who gets them." in shown
    assert list(inspect.signature(ledger.transfer).parameters) == ["to", "value", "sender"]
    assert list(inspect.signature(ledger.deposit).parameters) == ["value", "sender"]
    assert "transfer" in dir(ledger)
    assert "Moved" in dir(ledger)
    assert repr(ledger) == f"<Ledger {ledger.address}>"
    assert repr(ledger.transfer).startswith("<Ledger.transfer(address to, uint256 value) -> (bool)")


def test_a_contract_is_equal_to_its_address(ledger, failing):
    assert ledger == ledger.address == ledger
    assert ledger != failing
    assert ledger != 3
    assert str(ledger) == ledger.address
    assert len({ledger, ledger.address}) == 1


def test_receive_and_fallback(sample, alice):
    purse = sample["contracts/Factory.sol:Purse"].deploy(sender=alice)
    receipt = purse(value="1 ether", sender=alice)
    assert receipt.events == [purse.Received(10**18)]
    assert purse.balance == 10**18
    assert purse(data=b"\1\2", sender=alice).events == [purse.Called(b"\1\2")]
    assert purse(data="0x0102", sender=alice).events == [purse.Called(data="0x0102")]
    with pytest.raises(ingot.Revert):
        purse(data=b"\1\2", value=1, sender=alice)
    with pytest.raises(UsageError, match="odd number of digits"):
        purse(data="0x123", sender=alice)
    with pytest.raises(UsageError, match="did you mean 'gas_limit'"):
        purse(sender=alice, gas_limt=5)


def test_contract_takes_an_abi_in_every_form(sample, ledger, alice, tmp_path):
    import json

    path = tmp_path / "Ledger.json"
    path.write_text(json.dumps({"contractName": "Ledger", "abi": ledger.abi}))
    forms = [
        ledger.abi,
        json.dumps(ledger.abi),
        path,
        str(path),
        sample.Ledger,
        ledger,
        sample.artifacts["Ledger"],
    ]
    for abi in forms:
        assert ingot.Contract(ledger.address, abi=abi, chain=ledger.chain).balanceOf(alice) == 1000
    assert ingot.Contract(ledger.address, chain=ledger.chain).name() == "units"


@pytest.mark.parametrize(
    ("abi", "says"),
    [
        ("[{]", "not valid JSON"),
        ("/no/such/file.json", "cannot read"),
        (5, "give a list"),
        ("{}", "give a list"),
    ],
)
def test_contract_refuses_what_is_no_abi(ledger, abi, says):
    with pytest.raises(UsageError, match=says):
        ingot.Contract(ledger.address, abi=abi, chain=ledger.chain)


def test_contract_without_a_chain_says_what_to_do(ledger):
    with pytest.raises(UsageError, match="no chain is active"):
        ingot.Contract(ledger.address, abi=ledger.abi)


# Overloads


def test_overloads_are_chosen_by_count_and_type(ledger, alice, bob):
    ledger.mint(sender=bob)
    assert ledger.balanceOf(bob) == 1
    ledger.mint(bob, sender=alice)
    assert ledger.balanceOf(bob) == 11
    ledger.mint("text", sender=bob)
    assert ledger.balanceOf(bob) == 111
    ledger.mint(bob.address, sender=alice)
    assert ledger.balanceOf(bob) == 121
    ledger.mint(bob, 200, sender=alice)
    assert ledger.balanceOf(bob) == 321
    ledger.mint(bob, -1, sender=alice)
    assert ledger.balanceOf(bob) == 1321
    ledger["mint(address,uint8)"](bob, 5, sender=alice)
    assert ledger.balanceOf(bob) == 1326


def test_overloads_that_both_fit_must_be_chosen(ledger, alice, bob):
    with pytest.raises(UsageError, match="both take these arguments"):
        ledger.mint(bob, 5, sender=alice)
    with pytest.raises(UsageError, match="none of"):
        ledger.mint(1, 2, 3, sender=alice)


def test_overloads_do_all_that_methods_do(ledger, alice, bob):
    assert ledger.mint.encode_input(bob) == ledger["mint(address)"].encode_input(bob)
    assert ledger.mint.decode_input(ledger.mint.encode_input(bob))[0] == "mint(address)"
    assert ledger.mint.call(bob, sender=alice) is None
    assert ledger.mint.estimate_gas(bob, sender=alice) > 21_000
    assert ledger.mint.as_transaction(bob, sender=alice).data == ledger.mint.encode_input(bob)
    assert ledger.mint.transact(bob, sender=alice).function.signature == "mint(address)"
    assert "function mint(address to)" in ledger.mint.__doc__
    with pytest.raises(UsageError, match="selector of none"):
        ledger.mint.decode_input(b"\0\0\0\0")


KINDS = {
    "uint256": st.integers(2**255, 2**256 - 1),
    "int256": st.integers(-(2**255), -1),
    "bool": st.booleans(),
    "bytes32": st.binary(min_size=32, max_size=32),
    "address": st.binary(min_size=20, max_size=20),
}


@given(data=st.data())
def test_the_overload_that_is_chosen_is_the_one_that_takes_the_values(data):
    signatures = data.draw(
        st.lists(
            st.lists(st.sampled_from(sorted(KINDS)), max_size=3).map(tuple),
            min_size=1,
            max_size=6,
            unique=True,
        )
    )
    abi = [
        {
            "type": "function",
            "name": "f",
            "stateMutability": "nonpayable",
            "inputs": [{"name": f"a{index}", "type": kind} for index, kind in enumerate(kinds)],
            "outputs": [],
        }
        for kinds in signatures
    ]
    wanted = data.draw(st.sampled_from(signatures))
    values = [data.draw(KINDS[kind]) for kind in wanted]
    chain = SimpleNamespace(call_function=None, send_function=None, outcome_type=object, default_sender=None)
    contract = SimpleNamespace(_chain=chain, _interface=Interface("C", abi), _address="0x")

    from ingot.contract.overload import method_of

    method = method_of(contract, contract._interface.functions("f"), "f")

    assert method.encode_input(*values)[4:] == encode(list(wanted), values)

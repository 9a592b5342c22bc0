import pytest

from ingot.abi import encode
from ingot.errors import AbiError, CustomError, UsageError
from ingot.interface import Interface, Scope, error_type
from ingot.types import Address

ALICE = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
BOB = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"

ABI = [
    {
        "type": "function",
        "name": "transfer",
        "stateMutability": "nonpayable",
        "inputs": [{"name": "to", "type": "address"}, {"name": "value", "type": "uint256"}],
        "outputs": [{"name": "", "type": "bool"}],
    },
    {"type": "function", "name": "mint", "stateMutability": "nonpayable", "inputs": [], "outputs": []},
    {
        "type": "function",
        "name": "mint",
        "stateMutability": "nonpayable",
        "inputs": [{"name": "to", "type": "address"}],
        "outputs": [],
    },
    {
        "type": "event",
        "name": "Transfer",
        "inputs": [
            {"name": "from", "type": "address", "indexed": True},
            {"name": "to", "type": "address", "indexed": True},
            {"name": "value", "type": "uint256", "indexed": False},
        ],
    },
    {
        "type": "error",
        "name": "InsufficientBalance",
        "inputs": [{"name": "available", "type": "uint256"}, {"name": "needed", "type": "uint256"}],
    },
]


@pytest.fixture
def token():
    return Interface("Token", ABI)


def test_functions_are_found_by_name_signature_and_selector(token):
    transfer = token.function("transfer")

    assert token.function("transfer(address, uint256)").signature == transfer.signature
    assert token.function_of(transfer.selector + bytes(64)).name == "transfer"
    assert token.function("mint(address)").inputs == [("to", "address")]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("tranfer", "did you mean 'transfer'"),
        ("mint", "overloaded"),
        ("mint(uint8)", r"there is mint\(\), mint\(address\)"),
    ],
)
def test_a_function_that_is_not_there_is_named(token, name, says):
    with pytest.raises(UsageError, match=says):
        token.function(name)


def test_a_malformed_abi_is_refused():
    with pytest.raises(UsageError, match="the ABI of X"):
        Interface("X", [{"type": "gadget"}])
    with pytest.raises(UsageError, match="the ABI of X"):
        Interface("X", ["transfer"])


def test_an_error_is_an_exception_class(token):
    (insufficient,) = token.errors("InsufficientBalance")
    data = insufficient.abi.selector + encode(["uint256", "uint256"], [1, 2])

    raised = insufficient.from_data(data)

    with pytest.raises(insufficient):
        raise raised
    assert isinstance(raised, CustomError)
    assert (raised.available, raised.needed) == (1, 2)
    assert raised.inputs == {"available": 1, "needed": 2}
    assert str(raised) == "InsufficientBalance(available=1, needed=2)"
    assert raised.data == data


def test_the_same_declaration_is_the_same_class_in_every_abi(token):
    assert error_type(ABI[-1]) is token.errors("InsufficientBalance")[0]


def test_an_error_does_not_decode_from_too_little_data(token):
    (insufficient,) = token.errors("InsufficientBalance")
    with pytest.raises(AbiError):
        insufficient.from_data(insufficient.abi.selector + bytes(32))


def test_an_expected_error_knows_which_fields_were_given(token):
    (insufficient,) = token.errors("InsufficientBalance")

    assert insufficient(available=0).expected == {0: 0}
    assert insufficient(0, 5).expected == {0: 0, 1: 5}
    assert insufficient(None, 5).expected == {1: 5}
    assert str(insufficient(available=0)) == "InsufficientBalance(available=0, ...)"


@pytest.mark.parametrize(
    ("values", "fields", "error"),
    [
        ((), {"availabel": 0}, UsageError),
        ((1, 2, 3), {}, UsageError),
        ((1,), {"available": 0}, UsageError),
        ((), {"available": -1}, AbiError),
        ((), {"available": "much"}, AbiError),
    ],
)
def test_an_expected_error_refuses_what_it_cannot_have(token, values, fields, error):
    (insufficient,) = token.errors("InsufficientBalance")
    with pytest.raises(error):
        insufficient(*values, **fields)


def test_a_scope_finds_what_other_contracts_declare(token):
    vault = Interface("Vault", [])
    scope = Scope(lambda: [vault, token])
    (insufficient,) = token.errors("InsufficientBalance")

    assert list(scope.errors_of(insufficient.abi.selector)) == [insufficient]
    assert scope.function_of(token.function("transfer").selector)[0] is token
    assert list(scope.errors_of(b"\0\0\0\0")) == []


def test_expected_events_are_checked_when_they_are_written_down(token):
    (transfer,) = token.events("Transfer")

    assert repr(transfer(ALICE, BOB, 5)) == f"Transfer(from={Address(ALICE)}, to={Address(BOB)}, value=5)"
    assert transfer(from_=ALICE) == transfer(ALICE)
    assert transfer(value=5) != transfer(value=6)
    with pytest.raises(UsageError, match="has no field 'amount'"):
        transfer(amount=5)
    with pytest.raises(AbiError):
        transfer(value=-1)


def test_help_shows_the_declaration(token):
    assert "transfer(address to, uint256 value) returns (bool)" in token.describe(token.function("transfer"))

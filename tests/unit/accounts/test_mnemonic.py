import pytest
from eth_account import Account as EthAccount
from hypothesis import given, settings
from hypothesis import strategies as st

from ingot.accounts import TEST_MNEMONIC, derive_key
from ingot.accounts.mnemonic import check_mnemonic
from ingot.engine import key_address
from ingot.errors import UsageError

KNOWN = [
    "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
]
OTHER = "legal winner thank year wave sausage worth useful legal winner thank yellow"


def test_the_test_mnemonic_gives_the_accounts_that_everybody_knows():
    assert [key_address(derive_key(TEST_MNEMONIC, index)) for index in range(3)] == KNOWN


@settings(max_examples=10, deadline=None)
@given(index=st.integers(0, 2**31 - 1), purpose=st.integers(0, 100))
def test_any_path_derives_what_eth_account_derives(index, purpose):
    EthAccount.enable_unaudited_hdwallet_features()
    path = f"m/44'/60'/{purpose}'/7"
    expected = EthAccount.from_mnemonic(OTHER, account_path=f"{path}/{index}")

    assert derive_key(OTHER, index, path) == bytes(expected.key)


@pytest.mark.parametrize(
    ("mnemonic", "says"),
    [
        ("test test", "2 words"),
        (OTHER.replace("yellow", "yelow"), "word number 12 is not"),
        (OTHER.replace("yellow", "zoo"), "checksum"),
        ("", "0 words"),
    ],
)
def test_a_wrong_mnemonic_is_refused_without_being_quoted(mnemonic, says):
    with pytest.raises(UsageError, match=says) as caught:
        derive_key(mnemonic, 0)
    assert not any(
        word in str(caught.value).split() for word in mnemonic.split() if word not in ("is", "not")
    )


def test_spaces_and_forms_of_unicode_make_no_difference():
    assert check_mnemonic(f"  {OTHER.replace(' ', '   ')} ") == OTHER


@pytest.mark.parametrize("path", ["", "44'/60'", "m/x", "m/-1", "m/4294967296", "m//1"])
def test_a_wrong_path_is_refused(path):
    with pytest.raises(UsageError, match="derivation path"):
        derive_key(TEST_MNEMONIC, 0, path)


@pytest.mark.parametrize("index", [-1, 2**31])
def test_an_index_out_of_range_is_refused(index):
    with pytest.raises(UsageError, match="index"):
        derive_key(TEST_MNEMONIC, index)

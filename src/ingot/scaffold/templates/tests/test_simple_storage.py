from hypothesis import given
from hypothesis import strategies as st

import ingot

UINT256 = st.integers(min_value=0, max_value=2**256 - 1)


def test_a_new_storage_is_empty(storage):
    assert storage.number() == 0
    assert int(storage.author(), 16) == 0


def test_store_remembers_the_number_and_its_author(storage, alice):
    storage.store(42, sender=alice)

    assert storage.number() == 42
    assert storage.author() == alice.address


def test_store_tells_what_changed(storage, alice, bob):
    storage.store(1, sender=alice)
    receipt = storage.store(2, sender=bob)

    assert receipt.events == [storage.NumberChanged(bob, 1, 2)]


def test_storing_the_same_number_again_reverts(storage, alice):
    storage.store(42, sender=alice)

    with ingot.reverts(storage.Unchanged, number=42):
        storage.store(42, sender=alice)


@given(first=UINT256, second=UINT256)
def test_the_last_number_stays(storage, alice, first, second):
    for number in (first, second):
        if number == storage.number():
            with ingot.reverts(storage.Unchanged, number=number):
                storage.store(number, sender=alice)
        else:
            storage.store(number, sender=alice)

    assert storage.number() == second

"""What one test, fixture or example does to the chain never reaches its neighbours."""

from __future__ import annotations

from suites import Suite

BOB = '"0x" + "b0" * 20'


def test_each_test_starts_from_the_same_state(suite: Suite) -> None:
    suite.project(
        test_it=f"""
        import pytest
        BOB = {BOB}

        @pytest.mark.parametrize("turn", [1, 2, 3])
        def test_changes(chain, turn):
            assert chain.get_balance(BOB) == 0
            chain.set_balance(BOB, turn)
            chain.mine(5)
            assert chain.get_balance(BOB) == turn

        def test_a_failure_is_undone_too_1(chain):
            chain.set_balance(BOB, 1)
            raise ZeroDivisionError

        def test_a_failure_is_undone_too_2(chain):
            assert chain.get_balance(BOB) == 0
            assert chain.blocks.height == 0
        """
    )
    assert suite.pytest().counts == {"passed": 4, "failed": 1}


def test_without_isolation_changes_stay(suite: Suite) -> None:
    suite.project(
        test_it=f"""
        BOB = {BOB}

        def test_1(chain):
            chain.set_balance(BOB, 1)

        def test_2(chain):
            assert chain.get_balance(BOB) == 1
        """
    )
    assert suite.pytest("--ingot-no-isolation").counts == {"passed": 2}
    assert suite.pytest().counts == {"passed": 1, "failed": 1}


def test_a_fixture_lives_as_long_as_its_scope(suite: Suite) -> None:
    suite.project(
        conftest=f"""
        import pytest
        BOB = {BOB}

        def gives(scope, amount):
            @pytest.fixture(scope=scope)
            def give(chain):
                before = chain.get_balance(BOB)
                chain.set_balance(BOB, before + amount)
                yield amount
                # Its teardown sees what it made, and nothing of the tests.
                assert chain.get_balance(BOB) == before + amount
            return give

        for_session = gives("session", 1000)
        for_module = gives("module", 100)
        for_class = gives("class", 10)
        for_function = pytest.fixture(lambda chain: chain.set_balance(BOB, chain.get_balance(BOB) + 1))
        """,
        test_a=f"""
        BOB = {BOB}

        def test_session(chain, for_session):
            assert chain.get_balance(BOB) == 1000
            chain.set_balance(BOB, 5)

        def test_module(chain, for_module):
            assert chain.get_balance(BOB) == 1100
            chain.set_balance(BOB, 5)

        class TestClass:
            def test_1(self, chain, for_class, for_function):
                assert chain.get_balance(BOB) == 1111
                chain.set_balance(BOB, 5)

            def test_2(self, chain, for_class):
                assert chain.get_balance(BOB) == 1110

        def test_class_is_undone(chain):
            assert chain.get_balance(BOB) == 1100
        """,
        test_b=f"""
        BOB = {BOB}

        def test_module_is_undone(chain):
            assert chain.get_balance(BOB) == 1000
        """,
    )
    assert suite.pytest().counts == {"passed": 6}


def test_a_wider_fixture_that_a_running_test_asks_for_outlives_it(suite: Suite) -> None:
    suite.project(
        test_it=f"""
        import pytest
        BOB, EVE = {BOB}, "0x" + "e0" * 20

        @pytest.fixture(scope="module")
        def deployed(chain):
            chain.set_balance(BOB, 100)

        def test_1(chain, request):
            request.getfixturevalue("deployed")
            chain.set_balance(BOB, 7)
            chain.set_balance(EVE, 7)

        def test_2(chain, deployed):
            assert chain.get_balance(BOB) == 100, "the fixture is cached, so its state has to be there"
            assert chain.get_balance(EVE) == 0, "what the test did afterwards is undone"
        """,
        test_later=f"""
        def test_the_module_is_undone(chain):
            assert chain.get_balance({BOB}) == 0
        """,
    )
    assert suite.pytest().counts == {"passed": 3}


def test_a_wider_fixture_that_fails_inside_a_test_holds_nothing_back(suite: Suite) -> None:
    suite.project(
        test_it=f"""
        import pytest
        BOB = {BOB}

        @pytest.fixture(scope="module")
        def broken(chain):
            raise ZeroDivisionError

        def test_1(chain, request):
            with pytest.raises(ZeroDivisionError):
                request.getfixturevalue("broken")
            chain.set_balance(BOB, 7)

        def test_2(chain):
            assert chain.get_balance(BOB) == 0
        """
    )
    assert suite.pytest().counts == {"passed": 2}


def test_the_chain_itself_may_be_asked_for_by_a_running_test(suite: Suite) -> None:
    suite.project(
        test_it=f"""
        import pytest
        BOB = {BOB}

        @pytest.mark.parametrize("turn", [1, 2])
        def test_it(request, turn):
            chain = request.getfixturevalue("chain")
            assert chain.get_balance(BOB) == 0
            chain.set_balance(BOB, turn)
        """
    )
    assert suite.pytest().counts == {"passed": 2}


def test_a_renewed_fixture_leaves_its_neighbours_alone(suite: Suite) -> None:
    suite.project(
        test_it=f"""
        import pytest
        BOB, EVE = {BOB}, "0x" + "e0" * 20

        @pytest.fixture(scope="module", params=[1, 2])
        def renewed(chain, request):
            chain.set_balance(BOB, request.param)
            return request.param

        @pytest.fixture(scope="module")
        def kept(chain):
            chain.set_balance(EVE, 9)

        def test_it(renewed, kept, chain):
            assert (chain.get_balance(BOB), chain.get_balance(EVE)) == (renewed, 9)
        """
    )
    assert suite.pytest().counts == {"passed": 2}


def test_a_fixture_that_fails_is_undone(suite: Suite) -> None:
    suite.project(
        test_it=f"""
        import pytest
        BOB = {BOB}

        @pytest.fixture(scope="module")
        def broken(chain):
            chain.set_balance(BOB, 1)
            raise ZeroDivisionError

        def test_1(broken):
            pass
        """,
        test_later=f"""
        def test_2(chain):
            assert chain.get_balance({BOB}) == 0
        """,
    )
    assert suite.pytest().counts == {"error": 1, "passed": 1}


def test_an_autouse_fixture_of_the_users_is_inside_the_test(suite: Suite) -> None:
    suite.project(
        conftest=f"""
        import pytest
        BOB = {BOB}

        @pytest.fixture(autouse=True)
        def rich(chain):
            chain.set_balance(BOB, chain.get_balance(BOB) + 1)
            yield
            chain.set_balance(BOB, 77)
        """,
        test_it=f"""
        import unittest
        BOB = {BOB}

        def test_1(chain):
            assert chain.get_balance(BOB) == 1

        def test_2(chain):
            assert chain.get_balance(BOB) == 1
        """,
    )
    assert suite.pytest().counts == {"passed": 2}


def test_restoring_a_snapshot_older_than_the_test_warns(suite: Suite) -> None:
    """By the test itself, or by the reset of a client that a wider fixture holds."""
    suite.project(
        test_it="""
        import pytest
        from ingot.rpc import Rpc

        @pytest.fixture(scope="module")
        def snapshot(chain):
            return chain.snapshot()

        def test_it(chain, snapshot):
            chain.restore(snapshot)

        @pytest.fixture(scope="module")
        def client(chain):
            chain.mine()
            return Rpc(chain)

        @pytest.mark.parametrize("time", [1, 2])
        def test_reset(chain, client, time):
            chain.mine(3)
            client.request("anvil_reset")
            assert chain.block_number == 1

        def test_undone(chain, client):
            assert chain.block_number == 1
        """
    )
    result = suite.pytest("-W", "default")
    assert result.counts == {"passed": 4, "warning": 3}
    for name in ("it", "reset[1]", "reset[2]"):
        assert f"test_it.py::test_{name} restored a snapshot that is older than the test" in result.text

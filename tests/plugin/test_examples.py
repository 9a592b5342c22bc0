"""Hypothesis: isolation of examples, the profile, and failures that shrink, report and replay."""

from __future__ import annotations

from suites import Suite

BOB = '"0x" + "b0" * 20'


def test_each_example_starts_from_the_state_of_the_test(suite: Suite) -> None:
    suite.project(
        test_it=f"""
        import pytest
        from hypothesis import example, given, strategies as st
        BOB = {BOB}

        @pytest.fixture
        def poor(chain):
            chain.set_balance(BOB, 3)

        @example(amount=7)
        @example(amount=8)
        @given(amount=st.integers(0, 2**64))
        def test_function(chain, poor, amount):
            assert chain.get_balance(BOB) == 3
            chain.set_balance(BOB, amount)

        class TestMethods:
            @pytest.mark.parametrize("extra", [1, 2])
            @given(amount=st.integers(0, 2**64))
            def test_method(self, chain, poor, amount, extra):
                assert chain.get_balance(BOB) == 3
                chain.set_balance(BOB, amount + extra)

        @given(st.data())
        def test_rejected_examples_too(chain, data):
            from hypothesis import assume
            assert chain.get_balance(BOB) == 0
            chain.set_balance(BOB, 1)
            assume(data.draw(st.booleans()))
        """
    )
    assert suite.pytest().counts == {"passed": 4}


def test_each_run_of_a_state_machine_starts_from_the_state_of_the_test(suite: Suite) -> None:
    suite.project(
        test_it=f"""
        import pytest
        from hypothesis import settings
        from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
        BOB = {BOB}

        class Machine(RuleBasedStateMachine):
            chain = None

            def __init__(self):
                super().__init__()
                assert self.chain.get_balance(BOB) == 0

            @rule()
            def pay(self):
                self.chain.set_balance(BOB, self.chain.get_balance(BOB) + 1)

        class TestCollected(Machine.TestCase):
            settings = settings(max_examples=10, stateful_step_count=5)

            @pytest.fixture(autouse=True)
            def bind(self, chain):
                Machine.chain = chain

        def test_called(chain):
            Machine.chain = chain
            run_state_machine_as_test(Machine, settings=settings(max_examples=10, stateful_step_count=5))
            assert chain.get_balance(BOB) == 0
        """
    )
    assert suite.pytest().counts == {"passed": 2}


def test_isolation_of_machines_ends_with_the_test(suite: Suite) -> None:
    suite.project(
        test_it="""
        from hypothesis import given, stateful, strategies as st
        original = stateful.get_state_machine_test

        @given(st.none())
        def test_inside(none):
            assert stateful.get_state_machine_test is not original

        inner = test_inside.hypothesis.inner_test

        def teardown_module():
            assert stateful.get_state_machine_test is original
            assert test_inside.hypothesis.inner_test is inner
        """
    )
    assert suite.pytest().counts == {"passed": 1}


def test_the_profile_lifts_deadline_and_fixture_check(suite: Suite) -> None:
    suite.project(
        test_it="""
        import time
        import pytest
        from hypothesis import HealthCheck, given, settings, strategies as st

        @pytest.fixture
        def one():
            return 1

        @settings(max_examples=2)
        @given(st.booleans())
        def test_slow(one, flag):
            time.sleep(0.25)

        def test_profile():
            assert settings.get_current_profile_name() == "ingot"
            assert settings.default.deadline is None
            assert settings.default.max_examples == 100
            assert HealthCheck.function_scoped_fixture in settings.default.suppress_health_check
            assert HealthCheck.too_slow not in settings.default.suppress_health_check
        """
    )
    assert suite.pytest().counts == {"passed": 2}


def test_a_profile_of_the_users_keeps_what_it_says(suite: Suite) -> None:
    suite.project(
        conftest="""
        from hypothesis import settings
        settings.register_profile("mine", deadline=777, max_examples=7, derandomize=True)
        settings.load_profile("mine")
        """,
        test_it="""
        from datetime import timedelta
        from hypothesis import settings

        def test_profile():
            assert settings.default.deadline == timedelta(milliseconds=777)
            assert settings.default.max_examples == 7
            assert settings.default.derandomize
        """,
    )
    assert suite.pytest().counts == {"passed": 1}


def test_a_suite_without_hypothesis_does_not_import_it(suite: Suite) -> None:
    suite.project(
        test_it="""
        import sys

        def test_it(chain):
            assert "hypo" + "thesis" not in sys.modules
        """
    )
    assert suite.pytest().counts == {"passed": 1}


def test_a_failing_property_shrinks_reports_and_replays(suite: Suite) -> None:
    suite.project(
        test_it=f"""
        from pathlib import Path
        from hypothesis import given, strategies as st

        @given(amount=st.integers(0, 2**256 - 1))
        def test_it(chain, amount):
            with Path("calls").open("a") as calls:
                calls.write(f"{{amount}}\\n")
            chain.set_balance({BOB}, amount)
            assert chain.get_balance({BOB}) < 1_000_003
        """
    )
    result = suite.pytest()
    assert result.counts == {"failed": 1}
    assert "amount=1000003" in result.text

    (suite.folder / "calls").unlink()
    assert suite.pytest().counts == {"failed": 1}
    assert (suite.folder / "calls").read_text().split()[0] == "1000003", (
        "the database replays the minimum first"
    )


def test_two_properties_of_one_name_keep_their_own_failures(suite: Suite) -> None:
    text = """
        from hypothesis import given, strategies as st

        @given(number=st.integers(0, 2**32))
        def test_it(chain, number):
            assert number < LIMIT
        """
    suite.project(test_a=text.replace("LIMIT", "300"), test_b=text.replace("LIMIT", "7000"))
    for _ in range(2):
        result = suite.pytest()
        assert result.counts == {"failed": 2}
        assert "number=300," in result.text
        assert "number=7000," in result.text

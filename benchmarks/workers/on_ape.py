"""ape with its stock local provider, or the one that is named. Runs in ape's environment, in its project's folder."""

import sys

from serve import serve  # isort: skip

import ape

SUPPLY = 10**24
PROVIDER = sys.argv[1] if len(sys.argv) > 1 else "test"


def main():
    with ape.networks.ethereum.local.use_provider(PROVIDER):
        project = ape.Project(".")
        alice, bob = ape.accounts.test_accounts[0], ape.accounts.test_accounts[1]
        token = project.Token.deploy(SUPPLY, sender=alice)

        def transfer(count):
            for _ in range(count):
                _ = token.transfer(bob, 5, sender=alice).gas_used

        def transfer_event(count):
            for _ in range(count):
                assert token.transfer(bob, 5, sender=alice).events[0].value == 5

        def view(count):
            for _ in range(count):
                token.balanceOf(bob)

        def snapshot(count):
            for _ in range(count):
                with ape.chain.isolate():
                    token.balanceOf(alice)
                    token.balanceOf(bob)
                    token.transfer(bob, 5, sender=alice)

        rows = {"transfer": transfer, "event": transfer_event, "view": view, "snapshot": snapshot}
        # Not undone: ape forgets an outer snapshot when an inner one is restored, and its few blocks cost nothing.
        serve(rows, lambda: None, lambda _: None)


main()

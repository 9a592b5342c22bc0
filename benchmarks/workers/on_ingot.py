"""ingot: the public objects, as a test would use them. argv: the project's folder."""

from serve import serve  # isort: skip

import sys

import ingot

SUPPLY = 10**24


def main():
    project = ingot.load(sys.argv[1])
    chain = project.chain
    alice, bob = chain.accounts[0], chain.accounts[1]
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
            with chain.isolate():
                token.balanceOf(alice)
                token.balanceOf(bob)
                token.transfer(bob, 5, sender=alice)

    rows = {"transfer": transfer, "event": transfer_event, "view": view, "snapshot": snapshot}
    serve(rows, chain.snapshot, chain.restore)


main()

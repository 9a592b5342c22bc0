"""Wake 5: revm in process, through the pytypes it generated. Runs in Wake's environment, its project's folder on PYTHONPATH."""

from serve import serve  # isort: skip

from pytypes.contracts.Token import Token
from wake.testing import chain

SUPPLY = 10**24


@chain.connect()
def main():
    alice, bob = chain.accounts[0], chain.accounts[1]
    token = Token.deploy(SUPPLY, from_=alice)

    def transfer(count):
        for _ in range(count):
            _ = token.transfer(bob, 5, from_=alice).gas_used

    def transfer_event(count):
        for _ in range(count):
            assert token.transfer(bob, 5, from_=alice).events[0].value == 5

    def view(count):
        for _ in range(count):
            token.balanceOf(bob)

    def snapshot(count):
        for _ in range(count):
            before = chain.snapshot()
            token.balanceOf(alice)
            token.balanceOf(bob)
            token.transfer(bob, 5, from_=alice)
            chain.revert(before)

    rows = {"transfer": transfer, "event": transfer_event, "view": view, "snapshot": snapshot}
    serve(rows, chain.snapshot, chain.revert)


main()

"""web3.py over a chain of this process, over constant answers, over EthereumTesterProvider, or over anvil by HTTP.

argv: "ingot", which serves the first two in turn, "eth-tester", or anvil's port.
"""

from serve import serve  # isort: skip

import sys
import warnings

warnings.simplefilter("ignore")

from web3 import EthereumTesterProvider, HTTPProvider, Web3  # noqa: E402
from web3.providers.base import JSONBaseProvider  # noqa: E402

CONTRACT = "0x" + "11" * 20
CODE = "0x60005460005260206000f3"
"""Returns the word in slot 0."""


class Constant(JSONBaseProvider):
    """Answers a method with what `provider` said first."""

    def __init__(self, provider):
        super().__init__()
        self.provider = provider
        self.known = {}

    def make_request(self, method, params):
        if method not in self.known:
            self.known[method] = self.provider.make_request(method, params)
        return self.known[method]


def rows_of(w3, prefix=""):
    alice, bob = w3.eth.accounts[:2]
    fields = {"from": alice, "to": bob, "value": 1, "gas": 21_000, "gasPrice": 10**10}

    def call(count):
        for _ in range(count):
            w3.eth.call({"to": CONTRACT, "data": "0x"})

    def send(count):
        for _ in range(count):
            w3.eth.wait_for_transaction_receipt(w3.eth.send_transaction(dict(fields)), poll_latency=0.0001)

    return {f"{prefix}call": call, f"{prefix}send": send}


def nothing(*_):
    return None


def main():
    what = sys.argv[1]
    if what == "ingot":
        import ingot

        chain = ingot.Chain()
        w3 = ingot.web3(chain)
        w3.provider.make_request("anvil_setCode", [CONTRACT, CODE])
        constant = Web3(Constant(w3.provider))
        serve({**rows_of(w3), **rows_of(constant, "constant ")}, chain.snapshot, chain.restore)
    elif what == "eth-tester":
        serve(rows_of(Web3(EthereumTesterProvider())), nothing, nothing)
    else:
        w3 = Web3(HTTPProvider(f"http://127.0.0.1:{what}"))
        w3.provider.make_request("anvil_setCode", [CONTRACT, CODE])
        serve(rows_of(w3), nothing, nothing)


main()

"""anvil over HTTP on one kept connection, with requests encoded beforehand: the least a Python client has to do.

argv: port, file with the Token's creation code in hex. Transactions are sent from an unlocked account with gas and fees
given, so that anvil neither recovers a key nor estimates.
"""

import http.client
import itertools
import json
import pathlib
import sys

from serve import serve

SUPPLY = 10**24
HEADERS = {"Content-Type": "application/json"}
TRANSFER = "0xa9059cbb"
BALANCE_OF = "0x70a08231"


def word(value):
    return f"{value:064x}"


class Client:
    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.connection.connect()

    def encoded(self, method, *parameters):
        return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}).encode()

    def send(self, body):
        self.connection.request("POST", "/", body, HEADERS)
        answer = json.loads(self.connection.getresponse().read())
        if "error" in answer:
            raise RuntimeError(answer["error"]["message"])
        return answer["result"]

    def call(self, method, *parameters):
        return self.send(self.encoded(method, *parameters))

    def receipt(self, transaction):
        while True:  # anvil answers before its miner has run
            receipt = self.call("eth_getTransactionReceipt", transaction)
            if receipt:
                return receipt


def main():
    client = Client(int(sys.argv[1]))
    alice, bob = client.call("eth_accounts")[:2]
    fees = {"gas": hex(3_000_000), "maxFeePerGas": hex(10**11), "maxPriorityFeePerGas": "0x0"}
    creation = "0x" + pathlib.Path(sys.argv[2]).read_text().strip().removeprefix("0x") + word(SUPPLY)
    deployed = client.call("eth_sendTransaction", {"from": alice, "data": creation, **fees})
    token = client.receipt(deployed)["contractAddress"]

    data = TRANSFER + word(int(bob, 16)) + word(5)
    send = client.encoded("eth_sendTransaction", {"from": alice, "to": token, "data": data, **fees})
    # After a revert an equal transaction would find its predecessor's receipt: each gets an amount of its own.
    head, tail = send.split(word(5).encode())
    amounts = itertools.count(1)
    balances = [
        client.encoded("eth_call", {"to": token, "data": BALANCE_OF + word(int(one, 16))}, "latest")
        for one in (alice, bob)
    ]
    take = client.encoded("evm_snapshot")

    def sent():
        return client.receipt(client.send(head + word(next(amounts)).encode() + tail))

    def transfer(count):
        for _ in range(count):
            _ = int(sent()["gasUsed"], 16)

    def transfer_event(count):
        for _ in range(count):
            assert int(sent()["logs"][0]["data"], 16) > 0

    def view(count):
        for _ in range(count):
            int(client.send(balances[1]), 16)

    def snapshot(count):
        for _ in range(count):
            before = client.send(take)
            int(client.send(balances[0]), 16)
            int(client.send(balances[1]), 16)
            sent()
            client.call("evm_revert", before)

    rows = {"transfer": transfer, "event": transfer_event, "view": view, "snapshot": snapshot}
    serve(rows, lambda: client.send(take), lambda before: client.call("evm_revert", before))


main()

"""What web3.py's tests expect of the node that they were written for, and what is otherwise here."""

from __future__ import annotations

EXCLUDED = {
    "test_eth_getBlockByHash_pending": "the pending block of a development node has a hash, as anvil's has",
    "asynchronous: test_eth_getBlockByNumber_pending": "the pending block of a development node has a hash, as anvil's has",
    "test_invalid_eth_sign_typed_data": "refused in other words, and as an error of JSON-RPC",
    "asynchronous: test_eth_sign_typed_data": "web3.py fails itself: it unpacks the values of a mapping as its items",
}
"""By test, for AsyncWeb3 alone with a prefix. Each has to fail."""

SKIPPED = {
    "test_async_eth_wait_for_transaction_receipt_unmined": (
        "web3.py lets it fail: a request that is cancelled leaves a persistent connection waiting now and then"
    ),
}
"""What cannot be relied on."""

WAITING = (
    "modify_transaction",
    "receipt_unmined",
    "send_transaction",
    "dynamic_fee_txn",
    "replace_transaction",
)
"""In the names of tests that look at a transaction before it is mined."""

TICKING = ("subscri", "run_forever")
"""In the names of tests that wait for a block which they do not make."""

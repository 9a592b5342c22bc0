"""Where a client sees something else on anvil 1.7.1, and why: by test, then by what it looked at."""

from __future__ import annotations

from collections.abc import Mapping

_WITH_BLOBS = "anvil's bytes of a mined transaction have its blobs; those of its block have not"

DIFFERENCES: Mapping[str, Mapping[str, str]] = {
    "test_cast_sends_blobs": {
        "of its cells: its bytes": _WITH_BLOBS,
        "of the blob: its bytes": _WITH_BLOBS,
    },
    "test_web3_sends_blobs": {"its bytes": _WITH_BLOBS},
    "test_cast_traces_and_says_what_failed": {
        "panic": "geth's words for a panic; anvil adds its code",
    },
    "test_ethers_decodes_what_went_wrong": {
        "unknown method": "ethers knows an unknown method by geth's words, which anvil does not use",
        "gas": "geth says how much there is and how much it takes",
    },
    "test_viem_decodes_what_went_wrong": {
        "read withInvalid": "geth says which opcode it was, and gives no data: nothing was reverted with",
        "price below the base fee": "geth refuses such a call",
        "tip above the price": "the code: -32000",
        "poor": "geth refuses it when the gas is estimated",
        "a call at no block": "the code: -32000",
    },
    "test_viem_simulates": {
        "changes of assets": "anvil takes no creation in eth_simulateV1",
        "blocks": "the first block is the one after the latest; anvil gives it the number of the latest",
    },
    "test_viem_rules_the_chain[anvil]": {
        "setAutomine": "anvil_dropTransaction drops what waits for others too; not in anvil",
        "reset": "back to the state that was loaded; anvil forgets that, too",
    },
    "test_viem_rules_the_chain[hardhat]": {
        "setAutomine": "anvil_dropTransaction drops what waits for others too; not in anvil",
    },
    "test_web3_deploys_sends_and_reads": {
        "simulated": "the first block is the one after the latest; anvil gives it the number of the latest",
    },
    "test_web3_signs_and_sends_raw_transactions": {
        "typed data by the node": "web3.py asks for eth_signTypedData, which anvil knows by its newer names only",
    },
    "test_ethers_reads_traces": {
        "state before": "geth leaves out what did not exist before, anvil shows the contract that is created",
        "steps": "anvil records steps with --steps-tracing only",
    },
}

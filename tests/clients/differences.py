"""Where a client sees something else on anvil 1.7.1, and why: by test, then by what it looked at."""

from __future__ import annotations

from collections.abc import Mapping

DIFFERENCES: Mapping[str, Mapping[str, str]] = {
    "test_ethers_decodes_what_went_wrong": {
        "unknown method": "ethers knows an unknown method by geth's words, which anvil does not use",
        "gas": "geth says how much there is and how much it takes",
    },
    "test_ethers_reads_blocks_by_every_name": {
        "network": "the name of the client",
    },
    "test_ethers_reads_traces": {
        "state before": "geth leaves out what did not exist before, anvil shows the contract that is created",
        "steps": "anvil records steps with --steps-tracing only",
    },
}

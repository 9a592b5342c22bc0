"""Chains behind a node: JSON-RPC, fees, nonces, and what is known of public networks."""

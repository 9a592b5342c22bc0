"""A key that web3's documentation made public, and what belongs to it."""

KEY = bytes.fromhex("4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318")
ADDRESS = "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23"
PASSWORD = "correct horse 7"
MNEMONIC = "legal winner thank year wave sausage worth useful legal winner thank yellow"
"""Of BIP-39's test vectors."""

TYPED = {
    "types": {
        "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "chainId", "type": "uint256"}],
        "Permit": [{"name": "owner", "type": "address"}, {"name": "value", "type": "uint256"}],
    },
    "domain": {"name": "units", "chainId": 31337},
    "primaryType": "Permit",
    "message": {"owner": ADDRESS, "value": 5},
}

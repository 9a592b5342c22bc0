"""The steps of tests/live/voyage/scripts/deploy.py in ape's words: `ape run voyage_on_ape`.

The passphrases are in APE_ACCOUNTS_<alias>_PASSPHRASE. ape has no CREATE2: the deployer is called by hand.
"""

import os

import ape

ETHER = 10**18
CREATE2_DEPLOYER = "0x4e59b44847b379578588920cA78FbF26c0B4956C"


def main():
    deployer, owner, keeper = (ape.accounts.load(alias) for alias in ("ada", "grace", "alan"))
    for account in (deployer, owner, keeper):
        account.set_autosign(True, passphrase=os.environ[f"APE_ACCOUNTS_{account.alias}_PASSPHRASE"])
    project = ape.project
    rates = project.Rates.deploy(sender=deployer)
    ape.compilers.solidity.add_library(rates)

    gold = project.Coin.deploy("gold", 1000, sender=deployer)
    silver = project.Coin.deploy("silver", 2000, sender=owner)
    pool = project.Pool.deploy(gold, sender=deployer)
    second_pool = project.Pool.deploy(silver, sender=owner)
    initcode = bytes(project.Lighthouse.contract_type.deployment_bytecode.to_bytes())
    salt = (1852).to_bytes(32, "big")
    receipt = keeper.transfer(CREATE2_DEPLOYER, 0, data=salt + initcode)
    lighthouse = project.Lighthouse.at(ape.convert(create2_address(salt, initcode), ape.types.AddressType))
    assert not receipt.failed

    implementation = project.Registry.deploy(sender=deployer)
    initialise = implementation.initialize.encode_input(owner)
    proxy = project.RegistryProxy.deploy(implementation, initialise, sender=deployer)
    registry = ape.Contract(proxy.address, contract_type=project.Registry.contract_type)

    gold.mint(pool, 5, sender=deployer)
    gold.mint(keeper, 7, sender=deployer)
    silver.mint(second_pool, 11, sender=owner)
    gold.handOver(keeper, sender=deployer)
    gold.mint(owner, 13, sender=keeper)
    registry.add(b"gold".ljust(32, b"\0"), gold, sender=owner)
    registry.add(b"silver".ljust(32, b"\0"), silver, sender=owner)
    pool.setRate(150, sender=deployer)
    pool.deposit(value=2 * ETHER, sender=keeper)
    second_pool.deposit(value=ETHER, sender=deployer)
    lighthouse.blink(sender=deployer)
    lighthouse.blink(sender=keeper)
    silver.handOver(keeper, sender=owner)


def create2_address(salt, initcode):
    from eth_utils import keccak

    return "0x" + keccak(b"\xff" + bytes.fromhex(CREATE2_DEPLOYER[2:]) + salt + keccak(initcode))[12:].hex()

"""Twenty steps: three senders, a linked library, a proxy, a CREATE2, calls in between."""

import ingot

ETHER = 10**18


def main() -> None:
    deploy = ingot.deployment()
    owner, keeper = deploy.accounts["owner"], deploy.accounts["keeper"]

    gold = deploy("Coin", "gold", 1000, name="Gold")
    silver = deploy("Coin", "silver", 2000, name="Silver", sender=owner)
    pool = deploy("Pool", gold)
    second_pool = deploy("Pool", silver, name="SilverPool", sender=owner)
    lighthouse = deploy("Lighthouse", salt=1852, sender=keeper)

    implementation = deploy("Registry")
    initialise = implementation.initialize.encode_input(owner)
    proxy = deploy("RegistryProxy", implementation, initialise)
    registry = deploy.project.Registry.at(proxy.address)

    deploy.call(gold.mint, pool, 5, name="gold for the pool")
    deploy.call(gold.mint, keeper, 7, name="gold for the keeper")
    deploy.call(silver.mint, second_pool, 11, sender=owner)
    deploy.call(gold.handOver, keeper)
    deploy.call(gold.mint, owner, 13, name="gold for the owner", sender=keeper)
    deploy.call(registry.add, b"gold".ljust(32, b"\0"), gold, name="register gold", sender=owner)
    deploy.call(registry.add, b"silver".ljust(32, b"\0"), silver, name="register silver", sender=owner)
    deploy.call(pool.setRate, 150)
    deploy.call(pool.deposit, value=2 * ETHER, sender=keeper)
    deploy.call(second_pool.deposit, value=ETHER, name="SilverPool.deposit")
    deploy.call(lighthouse.blink, name="first blink")
    deploy.call(lighthouse.blink, name="second blink", sender=keeper)
    deploy.call(silver.handOver, keeper, name="silver to the keeper", sender=owner)


if __name__ == "__main__":
    main()

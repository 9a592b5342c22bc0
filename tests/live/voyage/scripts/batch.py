"""Steps that do not wait for each other: two batches, of three senders."""

import ingot


def main() -> None:
    deploy = ingot.deployment()
    senders = [deploy.accounts[role] for role in ("deployer", "owner", "keeper")]
    with deploy.batch():
        lighthouse = deploy("Lighthouse")
        coins = [
            deploy("Coin", f"coin {number}", number, name=f"Coin {number}", sender=sender)
            for number, sender in enumerate(senders)
        ]
    with deploy.batch():
        for number, (coin, sender) in enumerate(zip(coins, senders, strict=True)):
            deploy.call(coin.mint, sender, 5, name=f"mint {number}", sender=sender)
            deploy.call(lighthouse.blink, name=f"blink {number}", sender=sender)
            deploy.call(coin.mint, lighthouse, 7, name=f"mint {number} again", sender=sender)

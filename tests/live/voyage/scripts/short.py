"""Three steps, for what need not be long."""

import ingot


def main() -> None:
    deploy = ingot.deployment()
    gold = deploy("Coin", "gold", 1000)
    deploy.call(gold.mint, gold, 5, name="first")
    deploy.call(gold.mint, gold, 7, name="second")

"""Deploy the contracts on the active network and print what each of them cost.

ingot run scripts/deploy.py        python scripts/deploy.py        ape run deploy
"""

import ingot

SUPPLY = 10**24


def main() -> None:
    deploy = ingot.deployment()
    deploy("SimpleStorage")
    deploy("Token", SUPPLY)
    deploy.summary()


if __name__ == "__main__":
    main()

"""Deploy the sample contracts on the active network and print what each of them cost.

ingot run scripts/deploy.py        python scripts/deploy.py        ape run deploy
"""

import ingot

SUPPLY = 10**24


def main() -> None:
    deploy = ingot.deployment()
    deploy("SimpleStorage")
    token = deploy("Token", SUPPLY)
    vault = deploy("Vault", token)
    deploy.call(token.grantMinter, vault)
    deploy.summary()


if __name__ == "__main__":
    main()

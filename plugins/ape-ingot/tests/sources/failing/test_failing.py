"""What is not expected: the report must show the lines of Solidity."""


def test_fails_in_three_contracts(project, accounts):
    store = project.Store.deploy(100, sender=accounts[0])
    shop = project.Shop.deploy(store, sender=accounts[0])
    shop.buy(3, sender=accounts[0])

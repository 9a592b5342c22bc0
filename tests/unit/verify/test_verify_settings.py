from dataclasses import replace

import pytest

from ingot.errors import ConfigError, UsageError
from ingot.remote.network import Network, network_of_chain
from ingot.verify.settings import chosen_services, service_names

SEPOLIA = 11155111


@pytest.fixture
def configured(sample):
    return lambda **verify: replace(sample.config, extra={"verify": verify})


def test_which_services(configured):
    plain = configured()
    assert service_names(plain, environ={}) == ["sourcify"]
    assert service_names(plain, environ={"ETHERSCAN_API_KEY": "x"}) == ["etherscan"]
    assert service_names(plain, ["blockscout,sourcify", "blockscout"]) == ["blockscout", "sourcify"]
    assert service_names(configured(service="blockscout"), environ={"ETHERSCAN_API_KEY": "x"}) == [
        "blockscout"
    ]
    assert service_names(configured(service=["etherscan", "sourcify"])) == ["etherscan", "sourcify"]
    with pytest.raises(UsageError, match="there is no service 'polyscan'"):
        service_names(plain, ["polyscan"])
    with pytest.raises(ConfigError, match=r"verify\.service"):
        service_names(configured(service="polyscan"))
    with pytest.raises(ConfigError, match="did you mean 'sourcify'"):
        service_names(configured(sourcfy="x"))


def one(config, name, *, environ=None, chain_id=SEPOLIA, **settings):
    network = settings.pop("network", network_of_chain(chain_id))
    (found,) = chosen_services(
        config, [name], chain_id=chain_id, network=network, environ=environ or {}, **settings
    )
    return found


def test_etherscan_needs_a_key(configured):
    with pytest.raises(UsageError, match="ETHERSCAN_API_KEY"):
        one(configured(), "etherscan")
    found = one(configured(), "etherscan", environ={"ETHERSCAN_API_KEY": "x"})
    assert found.web.base == "https://api.etherscan.io/v2/api"
    assert found.site == "https://sepolia.etherscan.io"
    assert found.api_key == "x"


def test_blockscout_has_a_url_for_each_network(configured):
    found = one(configured(), "blockscout")
    assert found.web.base == "https://eth-sepolia.blockscout.com/api"
    assert found.site == "https://eth-sepolia.blockscout.com"
    with pytest.raises(UsageError, match="no Blockscout explorer is known for chain 4242"):
        one(configured(), "blockscout", chain_id=4242, network=None)
    own = Network(
        ecosystem="mine",
        name="main",
        chain_id=4242,
        explorer="https://scan.mine.org/",
        explorer_api="blockscout",
    )
    assert one(configured(), "blockscout", chain_id=4242, network=own).web.base == "https://scan.mine.org/api"


def test_urls_come_from_the_command_line_then_the_environment_then_the_configuration(configured):
    config = configured(sourcify="https://a.org/server")
    environ = {"INGOT_SOURCIFY_URL": "https://b.org"}
    assert one(configured(), "sourcify").web.base == "https://sourcify.dev/server"
    assert one(configured(), "sourcify").site
    assert one(config, "sourcify").web.base == "https://a.org/server"
    assert one(config, "sourcify").site == ""
    assert one(config, "sourcify", environ=environ).web.base == "https://b.org"
    assert one(config, "sourcify", environ=environ, url="https://c.org").web.base == "https://c.org"


@pytest.mark.parametrize("key", ["sepolia", "ethereum:sepolia", SEPOLIA])
def test_urls_may_differ_by_network(configured, key):
    config = configured(blockscout={key: "https://d.org/api", "mainnet": "https://e.org/api"})
    assert one(config, "blockscout").web.base == "https://d.org/api"
    assert one(config, "blockscout").site == "https://eth-sepolia.blockscout.com"


@pytest.mark.parametrize("value", [7, "example.org", ["https://x"]])
def test_what_is_no_url_is_refused(configured, value):
    with pytest.raises(ConfigError, match=r"verify\.sourcify"):
        one(configured(sourcify=value), "sourcify")

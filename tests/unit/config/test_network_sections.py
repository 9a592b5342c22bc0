"""The sections of networks, as ape writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingot.config import load_config, read_networks
from ingot.errors import ConfigError

# The examples of ape's user guide, "Networks".
APE = """
name: guide
default_ecosystem: ethereum
networks:
  custom:
    - name: mainnet
      chain_id: 109
      ecosystem: shibarium
      base_ecosystem_plugin: polygon
      default_provider: node
    - name: apenet
      chain_id: 31337
      ecosystem: ethereum
ethereum:
  default_network: sepolia
  mainnet:
    default_provider: infura
    required_confirmations: 7
    block_time: 13
  mainnet_fork:
    default_provider: foundry
  apenet:
    required_confirmations: 1
node:
  request_headers: {X-Team: vaults}
  executable: geth
  ethereum:
    mainnet:
      uri: https://one.example/key
      ws_uri: wss://one.example/key
      uris: [https://two.example, https://three.example]
    local:
      uri: http://localhost:5550
  shibarium:
    mainnet:
      uri: https://www.shibrpc.com
      request_headers: {Authorization: Bearer $TOKEN}
"""


def read(folder: Path, text: str, **environ: str):
    (folder / "ape-config.yaml").write_text(text)
    config = load_config(folder, environ=environ)
    return read_networks(config, ecosystems=["ethereum", "base"])


def test_apes_sections_are_read_as_they_are(tmp_path):
    found = read(tmp_path, APE, TOKEN="secret-token")
    assert [(one.ecosystem, one.name, one.chain_id) for one in found.custom] == [
        ("shibarium", "mainnet", 109),
        ("ethereum", "apenet", 31337),
    ]
    mainnet = found.of("ethereum", "mainnet")
    assert mainnet.urls == (
        "https://one.example/key",
        "wss://one.example/key",
        "https://two.example",
        "https://three.example",
    )
    assert (mainnet.default_provider, mainnet.confirmations, mainnet.block_time_s) == ("infura", 7, 13)
    assert mainnet.headers == {"X-Team": "vaults"}
    assert found.of("ethereum", "local").urls == ("http://localhost:5550",)
    assert found.of("shibarium", "mainnet").headers == {
        "X-Team": "vaults",
        "Authorization": "Bearer secret-token",
    }
    assert found.of("ethereum", "apenet").confirmations == 1
    assert found.default_networks == {"ethereum": "sepolia"}


def test_what_may_be_secret_is_in_no_repr(tmp_path):
    shown = repr(read(tmp_path, APE, TOKEN="secret-token"))
    assert "secret-token" not in shown
    assert "one.example" not in shown


def test_of_a_network_that_nobody_mentions_nothing_is_said(tmp_path):
    found = read(tmp_path, "name: empty\n")
    assert found.of("ethereum", "sepolia").urls == ()
    assert found.custom == ()


def test_a_network_with_a_hyphen_is_found_under_its_other_spelling(tmp_path):
    text = "networks: {custom: [{name: my-net, chain_id: 5, ecosystem: ethereum}]}\nethereum: {my_net: {block_time: 3}}\n"
    found = read(tmp_path, text)
    assert found.of("ethereum", "my-net").block_time_s is None, "its own entry comes first"
    assert found.of("ethereum", "my_net").block_time_s == 3


def test_toml_has_the_same_sections(tmp_path):
    (tmp_path / "pyproject.toml").write_text(
        '[tool.ingot.base.sepolia]\nrequired_confirmations = 4\n[tool.ingot.node.base.sepolia]\nuri = "http://x.example"\n'
        '[[tool.ingot.networks.custom]]\nname = "one"\necosystem = "mine"\nchain_id = 77\n'
        "[tool.ingot.mine.one]\nblock_time = 2\n"
    )
    found = read_networks(load_config(tmp_path), ecosystems=["base"])
    assert found.of("base", "sepolia").confirmations == 4
    assert found.of("base", "sepolia").urls == ("http://x.example",)
    assert found.of("mine", "one").block_time_s == 2


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("node: https://x\n", r"ape-config.yaml:1: node: must hold"),
        ("node:\n  ethereum: https://x\n", r":2: node.ethereum: must hold"),
        ("node:\n  ethereum:\n    sepolia: https://x\n", r":3: node.ethereum.sepolia: must hold"),
        ("node:\n  ethereum:\n    sepolia: {urri: x}\n", r":3: .*no such setting \(did you mean 'uri'\?\)"),
        ("node:\n  ethereum:\n    sepolia: {uri: 5}\n", r":3: .*must be a list"),
        ("ethereum: sepolia\n", r":1: ethereum: must hold"),
        ("ethereum:\n  sepolia: node\n", r":2: ethereum.sepolia: must hold"),
        ("ethereum:\n  sepolia: {required_confirmations: many}\n", r":2: .*whole number"),
        ("ethereum:\n  sepolia: {is_mainnet: maybe}\n", r":2: .*true or false"),
        ("networks:\n  custom: 5\n", r":2: networks.custom: must be a list such as"),
        ("networks:\n  custom:\n    - apenet\n", r":3: .*must be a mapping such as"),
        ("networks:\n  custom:\n    - {name: apenet}\n", r":3: .*lacks `chain_id`"),
        ("networks:\n  custom:\n    - {chain_id: 5}\n", r":3: .*lacks `name`"),
        (
            "networks:\n  custom:\n    - {name: a, chain_id: x}\n",
            r":3: .*chain_id: must be a whole number from 1",
        ),
        (
            "networks:\n  custom:\n    - {name: a, chain_id: 0}\n",
            r":3: .*chain_id: must be a whole number from 1",
        ),
        ("networks:\n  custom:\n    - {name: 'a:b', chain_id: 5}\n", r":3: .*'a:b' is no name"),
        ("networks:\n  custom:\n    - {name: local, chain_id: 5}\n", r":3: .*the chain in this process"),
        (
            "networks:\n  custom:\n    - {name: a, chain_id: 5, explorer_api: other}\n",
            r":3: .*none of etherscan",
        ),
        (
            "networks:\n  custom:\n    - {name: a, chain_id: 5}\n    - {name: a, chain_id: 6}\n",
            r":4: .*is there twice",
        ),
    ],
)
def test_a_malformed_section_is_refused_with_its_line(tmp_path, text, says):
    with pytest.raises(ConfigError, match=says):
        read(tmp_path, text)


@pytest.mark.parametrize("header", ["'a b': secret", 'X-Key: "secret\\nX-Other: 1"', "X-Key: secret\u20ac"])
def test_a_header_that_cannot_be_is_refused_without_its_value(tmp_path, header):
    with pytest.raises(ConfigError, match="HTTP header") as caught:
        read(tmp_path, f"node:\n  request_headers: {{{header}}}\n")
    assert "secret" not in str(caught.value)


def test_a_malformed_section_keeps_nobody_from_loading_the_rest(tmp_path):
    (tmp_path / "ape-config.yaml").write_text("name: fine\nnode: https://x\n")
    assert load_config(tmp_path).name == "fine"

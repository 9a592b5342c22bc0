"""What the configuration says of networks, in ape's words: `networks: custom:`, `node:`, and a section per ecosystem.

    ethereum:
      default_network: sepolia
      sepolia: {default_provider: node, required_confirmations: 3}
    node:
      ethereum:
        sepolia: {uri: "https://..."}
    networks:
      custom:
        - {name: mainnet, ecosystem: shibarium, chain_id: 109}

Read only when a network is asked for, so that a mistake in these sections keeps nobody from compiling.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ingot.config.section import Section, nearest
from ingot.errors import ConfigError

if TYPE_CHECKING:
    from ingot.config.model import Config

__all__ = ["CustomNetwork", "NetworkSettings", "NetworksConfig", "read_networks"]

_URL_KEYS = ("uri", "url", "http_uri", "ws_uri", "ipc_path", "uris")
_FACTS = ("currency", "explorer", "explorer_api", "blockscout", "rollup", "docs", "faucets", "is_testnet")
_NODE_KEYS = (*_URL_KEYS, "request_headers", "chain_id", "block_time")
_NETWORK_KEYS = (
    "default_provider",
    "required_confirmations",
    "block_time",
    "transaction_acceptance_timeout",
    "default_transaction_type",
    "max_receipt_retries",
    "gas_limit",
    "base_fee_multiplier",
    "is_mainnet",
    "request_headers",
    *_URL_KEYS,
)
_CUSTOM_KEYS = (
    "name",
    "ecosystem",
    "chain_id",
    "base_ecosystem_plugin",
    "request_header",
    *_NETWORK_KEYS,
    *_FACTS,
)
_CUSTOM_EXAMPLE = "`- {name: mainnet, ecosystem: shibarium, chain_id: 109}`"
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_MAX_CHAIN_ID = 2**64 - 1


@dataclass(frozen=True)
class NetworkSettings:
    """What is said of one network; None and empty where nothing is.

    urls: of its nodes, in order.      headers: sent with every request to them.      default_provider: ape's word.
    confirmations: blocks.      block_time_s: seconds.
    """

    urls: tuple[str, ...] = field(default=(), repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    default_provider: str = ""
    confirmations: int | None = None
    block_time_s: int | None = None
    is_mainnet: bool | None = None


@dataclass(frozen=True)
class CustomNetwork:
    """An entry of `networks: custom:`. The facts beside name, ecosystem and chain id are ours; ape ignores them."""

    ecosystem: str
    name: str
    chain_id: int
    settings: NetworkSettings
    currency: str = "ETH"
    explorer: str = ""
    explorer_api: str = ""
    blockscout: str = ""
    rollup: str = ""
    docs: str = ""
    faucets: tuple[str, ...] = ()
    is_testnet: bool = False


@dataclass(frozen=True)
class NetworksConfig:
    """All of it. settings: (ecosystem, network) -> what is said.      default_networks: ecosystem -> network."""

    custom: tuple[CustomNetwork, ...] = ()
    settings: Mapping[tuple[str, str], NetworkSettings] = field(default_factory=dict)
    default_networks: Mapping[str, str] = field(default_factory=dict)

    def of(self, ecosystem: str, name: str) -> NetworkSettings:
        """What is said of a network. As in ape, `my-net` is also called `my_net`."""
        for spelling in (name, name.replace("-", "_"), name.replace("_", "-")):
            if (found := self.settings.get((ecosystem, spelling))) is not None:
                return found
        return NetworkSettings()


def read_networks(config: Config, *, ecosystems: Collection[str] = ()) -> NetworksConfig:
    """Read the sections of `ecosystems`, of those that `networks: custom:` names, and `node:`.

    Raises: ConfigError, with file and line where the file can be read again.
    """
    try:
        # The configuration's own reading has replaced the variables that are set.
        return _read(Section(config.extra, places={}, environ={}), config.default_ecosystem, ecosystems)
    except ConfigError:
        from ingot.config.load import section_with_lines

        _read(section_with_lines(config.root), config.default_ecosystem, ecosystems)
        raise


def _read(top: Section, default_ecosystem: str, ecosystems: Collection[str]) -> NetworksConfig:
    custom = tuple(_custom(top.section("networks"), default_ecosystem))
    known = {*ecosystems, *(network.ecosystem for network in custom)}
    settings: dict[tuple[str, str], NetworkSettings] = {
        (one.ecosystem, one.name): one.settings for one in custom
    }
    defaults: dict[str, str] = {}
    for ecosystem in sorted(known):
        section = top.section(ecosystem)
        if name := section.optional_text("default_network"):
            defaults[ecosystem] = name
        shared = _headers(section, "request_headers")
        for name in _networks_of(section):
            below = section.section(name)
            _refuse_misspelt(below, _NETWORK_KEYS)
            _add(settings, (ecosystem, name), _settings(below, shared))
    node = top.section("node")
    shared = _headers(node, "request_headers")
    for ecosystem in known:
        section = node.section(ecosystem)
        for name in section:
            below = section.section(name)
            _refuse_misspelt(below, _NODE_KEYS)
            _add(settings, (ecosystem, name), _settings(below, shared))
    return NetworksConfig(custom, settings, defaults)


def _networks_of(section: Section) -> Iterator[str]:
    """The keys of an ecosystem that are networks: not its own settings, and not ape's forks."""
    for key in section:
        if not key.endswith(("_fork", "-fork")) and key not in ("default_network", "request_headers"):
            # An ecosystem may have other settings of its own; a network's are always a mapping, if there are any.
            value = section.raw(key)
            if isinstance(value, Mapping) or (value is not None and key in ("mainnet", "sepolia", "local")):
                yield key


def _add(
    settings: dict[tuple[str, str], NetworkSettings], key: tuple[str, str], more: NetworkSettings
) -> None:
    old = settings.get(key, NetworkSettings())
    settings[key] = NetworkSettings(
        urls=(*old.urls, *more.urls),
        headers={**old.headers, **more.headers},
        default_provider=more.default_provider or old.default_provider,
        confirmations=old.confirmations if more.confirmations is None else more.confirmations,
        block_time_s=old.block_time_s if more.block_time_s is None else more.block_time_s,
        is_mainnet=old.is_mainnet if more.is_mainnet is None else more.is_mainnet,
    )


def _custom(networks: Section, default_ecosystem: str) -> Iterator[CustomNetwork]:
    seen: set[tuple[str, str]] = set()
    for section in networks.sections("custom", example=_CUSTOM_EXAMPLE):
        for key in ("name", "chain_id"):
            if key not in section:
                section.refuse(None, f"lacks `{key}`: write it as {_CUSTOM_EXAMPLE}")
        _refuse_misspelt(section, _CUSTOM_KEYS)
        name, ecosystem = _name(section, "name", ""), _name(section, "ecosystem", default_ecosystem)
        if name == "local":
            section.refuse("name", "'local' is the chain in this process: choose another name")
        if (ecosystem, name) in seen:
            section.refuse("name", f"{ecosystem}:{name} is there twice: rename one")
        seen.add((ecosystem, name))
        yield CustomNetwork(
            ecosystem=ecosystem,
            name=name,
            chain_id=section.integer("chain_id", 0, minimum=1, maximum=_MAX_CHAIN_ID),
            settings=_settings(section, _headers(section, "request_header")),
            currency=section.text("currency", "ETH"),
            explorer=section.text("explorer", "").rstrip("/"),
            explorer_api=section.one_of("explorer_api", ("etherscan", "blockscout", "")) or "",
            blockscout=section.text("blockscout", "").rstrip("/"),
            rollup=section.one_of("rollup", ("op", "arbitrum", "")) or "",
            docs=section.text("docs", ""),
            faucets=section.texts("faucets"),
            is_testnet=section.boolean("is_testnet", False),
        )


def _name(section: Section, key: str, default: str) -> str:
    name = section.text(key, default)
    if not _NAME.fullmatch(name):
        section.refuse(key, f"{name!r} is no name: letters, digits, `-`, `_` and `.`")
    return name


def _settings(section: Section, headers: Mapping[str, str]) -> NetworkSettings:
    confirmations = block_time_s = None
    if "required_confirmations" in section:
        confirmations = section.integer("required_confirmations", 0, minimum=0, maximum=100_000)
    if "block_time" in section:
        block_time_s = section.integer("block_time", 0, minimum=0, maximum=86_400)
    return NetworkSettings(
        urls=tuple(url for key in _URL_KEYS for url in section.texts(key)),
        headers={**headers, **_headers(section, "request_headers")},
        default_provider=section.text("default_provider", ""),
        confirmations=confirmations,
        block_time_s=block_time_s,
        is_mainnet=section.optional_boolean("is_mainnet"),
    )


def _headers(section: Section, key: str) -> dict[str, str]:
    return section.section(key).each_text(_header_problem)


def _header_problem(name: str, value: str) -> str | None:
    """What is wrong with an HTTP header. Its value may be a secret: it is not quoted."""
    if not _HEADER.fullmatch(name):
        return f"{name!r} is no name of an HTTP header"
    if any(not " " <= letter <= "\xff" or letter == "\x7f" for letter in value):
        return "the value has a letter or a line break that an HTTP header cannot have (it is not shown)"
    return None


def _refuse_misspelt(section: Section, known: Collection[str]) -> None:
    for key in section:
        if key not in known and (hint := nearest(key, known)):
            section.refuse(key, f"there is no such setting{hint}")

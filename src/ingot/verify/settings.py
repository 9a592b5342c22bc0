"""Which verifiers, and where: from the command line, the environment and `verify:` of the configuration."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from ingot.config.model import Config
from ingot.errors import ConfigError, UsageError
from ingot.remote.network import Network
from ingot.verify.etherscan import blockscout, etherscan
from ingot.verify.service import Service
from ingot.verify.sourcify import sourcify

__all__ = ["SERVICES", "chosen_services", "service_names"]

SERVICES = ("etherscan", "sourcify", "blockscout")

_URLS = {"etherscan": "https://api.etherscan.io/v2/api", "sourcify": "https://sourcify.dev/server"}
_SOURCIFY_SITE = "https://repo.sourcify.dev"


def service_names(
    config: Config, asked: Iterable[str] = (), *, environ: Mapping[str, str] = os.environ
) -> list[str]:
    """Names of the services to verify with.

    Those `asked` for, else those of the configuration, else Etherscan where there is a key for it, else Sourcify.
    Raises: UsageError, ConfigError, for a name that is none.
    """
    names = [name for word in asked for name in word.split(",")]
    for name in names:
        if name not in SERVICES:
            raise UsageError(f"there is no service {name!r}; there are {', '.join(SERVICES)}")
    if names:
        return list(dict.fromkeys(names))
    configured = _section(config).get("service")
    if configured:
        names = [configured] if isinstance(configured, str) else list(configured)
        for name in names:
            if name not in SERVICES:
                raise ConfigError(f"verify.service: there is no {name!r}; there are {', '.join(SERVICES)}")
        return names
    return ["etherscan" if environ.get("ETHERSCAN_API_KEY") else "sourcify"]


def chosen_services(
    config: Config,
    names: Iterable[str],
    *,
    chain_id: int,
    network: Network | None = None,
    url: str = "",
    environ: Mapping[str, str] = os.environ,
    **options: Any,
) -> list[Service]:
    """The services, ready.

    network: what is known of it: explorers, and its name for URLs by network.
    url: of the one service, before all that is configured.      options: of Web.
    Raises: UsageError, if a key or a URL is missing.
    """
    return [
        _service(
            name,
            url or _configured_url(config, name, chain_id, network, environ) or _URLS.get(name, ""),
            chain_id=chain_id,
            network=network,
            environ=environ,
            options=options,
        )
        for name in names
    ]


def _service(
    name: str,
    url: str,
    *,
    chain_id: int,
    network: Network | None,
    environ: Mapping[str, str],
    options: dict[str, Any],
) -> Service:
    if name == "etherscan":
        key = environ.get("ETHERSCAN_API_KEY", "").strip()
        if not key:
            raise UsageError(
                "Etherscan needs an API key: put one into the environment or .env as ETHERSCAN_API_KEY (one is enough for "
                "all chains; it is made at etherscan.io/apidashboard). Sourcify needs none: --service sourcify"
            )
        return etherscan(url, key, site=network.explorer if network is not None else "", **options)
    if name == "sourcify":
        return sourcify(url, site=_SOURCIFY_SITE if url == _URLS["sourcify"] else "", **options)
    site = _blockscout_site(network)
    if not url and site:
        url = f"{site}/api"
    if not url:
        raise UsageError(
            f"no Blockscout explorer is known for chain {chain_id}: give its API with --service-url, INGOT_BLOCKSCOUT_URL "
            "or `verify: {blockscout: https://.../api}`, or verify with --service sourcify"
        )
    key = environ.get("BLOCKSCOUT_API_KEY", "").strip()
    return blockscout(url, key, site=site or url.removesuffix("/").removesuffix("/api"), **options)


def _blockscout_site(network: Network | None) -> str:
    if network is None:
        return ""
    own = network.explorer if network.explorer_api == "blockscout" else ""
    return (network.blockscout or own).rstrip("/")


def _configured_url(
    config: Config, name: str, chain_id: int, network: Network | None, environ: Mapping[str, str]
) -> str:
    if url := environ.get(f"INGOT_{name.upper()}_URL", "").strip():
        return url
    found = _section(config).get(name)
    if isinstance(found, Mapping):
        by_network = {str(key): value for key, value in found.items()}
        keys = (network.choice, network.name, str(chain_id)) if network is not None else (str(chain_id),)
        found = next((by_network[key] for key in keys if key in by_network), None)
    if found is None:
        return ""
    if not isinstance(found, str) or "://" not in found:
        raise ConfigError(
            f"verify.{name}: must be the URL of its API, or one for each network, such as "
            f"{{sepolia: {_URLS.get(name, 'https://eth-sepolia.blockscout.com/api')}}}"
        )
    return found


def _section(config: Config) -> Mapping[str, Any]:
    found = config.extra.get("verify") or {}
    if not isinstance(found, Mapping):
        raise ConfigError("verify: must hold `key: value` lines, such as `service: sourcify`")
    for key in found:
        if key not in ("service", *SERVICES):
            from ingot.config.section import nearest

            known = ("service", *SERVICES)
            raise ConfigError(f"verify: there is no setting {key!r}{nearest(str(key), known)}")
    return found

"""Contracts behind proxies: OpenZeppelin's, from the project's dependencies; deployed, and upgraded when they change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from ingot.contract.contract import bound
from ingot.conversion import to_address
from ingot.deploy.layout import incompatibilities, layout_text
from ingot.errors import DeployError, UsageError
from ingot.receipt import words_of_call

if TYPE_CHECKING:
    from ingot.contract import BaseDeployer
    from ingot.deploy.intent import Intent
    from ingot.deploy.script import Deployment
    from ingot.types import Address, AddressLike

__all__ = ["Kind", "ProxyOrder", "deploy_proxy"]

Kind = Literal["transparent", "uups", "beacon"]

ADMIN_SLOT = 0xB53127684A568B3173AE13B9F8A6016E243E63B6E8EE1178D6A717850B5D6103
"""Of a proxy: who may upgrade it. Source: ERC-1967."""

_SOURCES: Mapping[str, str] = {
    "TransparentUpgradeableProxy": "transparent/TransparentUpgradeableProxy.sol",
    "ProxyAdmin": "transparent/ProxyAdmin.sol",
    "ERC1967Proxy": "ERC1967/ERC1967Proxy.sol",
    "UpgradeableBeacon": "beacon/UpgradeableBeacon.sol",
    "BeaconProxy": "beacon/BeaconProxy.sol",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyOrder:
    """A contract that is to live behind a proxy. See `Deployment.proxy`."""

    deployer: BaseDeployer
    args: Sequence[object]
    kind: Kind
    initializer: str
    constructor: Sequence[object]
    owner: AddressLike
    name: str
    options: Mapping[str, Any]


def deploy_proxy(deploy: Deployment, order: ProxyOrder) -> Any:
    """The implementation and its proxy, each a step; and upgrades, as the journal has them or as it is decided now."""
    if order.kind not in get_args(Kind):
        raise UsageError(f"deploy.proxy: kind is transparent, uups or beacon; not {order.kind!r}")
    if order.kind == "uups" and not order.deployer.interface.functions("upgradeToAndCall"):
        raise UsageError(
            f"{order.deployer.name} has no upgradeToAndCall, so that it could never be upgraded: inherit OpenZeppelin's "
            "UUPSUpgradeable, or use kind='transparent'"
        )
    version, latest = _implementation(deploy, order)
    if version == 1:
        return _proxy(deploy, order, latest)
    # The proxy stays as it was made: what was said to its first implementation may not even be in the ABI any more.
    contract = bound(deploy.address_of(order.name), order.deployer.interface, deploy.chain)
    _upgrade(deploy, order, contract, latest, f"{order.name} upgrade {version}")
    return contract


def _step(order: ProxyOrder, version: int) -> str:
    return f"{order.name} implementation" + (f" {version}" if version > 1 else "")


def _implementation(deploy: Deployment, order: ProxyOrder) -> tuple[int, Address]:
    """Which version is to be in force, and where it is."""
    version = 1
    while deploy.recorded(_step(order, version + 1)) is not None:
        version += 1
    intent = _intent(deploy, order, version)
    known = deploy.recorded(intent.step)
    if known is not None and deploy.answer(intent, is_proxied=True) == "upgrade":
        layout = "" if known.intent is None else known.intent.layout
        problems = incompatibilities(layout, intent.layout)
        if problems:
            raise DeployError(
                f"{order.deployer.name} cannot take over the data of {order.name}: {'; '.join(problems)}. Nothing was sent: "
                "keep the variables that there are, in their order, and add new ones behind them",
                step=intent.step,
            )
        version += 1
        intent = _intent(deploy, order, version)
    made: Address = deploy.create(intent).address
    return version, made


def _intent(deploy: Deployment, order: ProxyOrder, version: int) -> Intent:
    sender = {"sender": order.options["sender"]}
    intent = deploy.intended(order.deployer, order.constructor, sender, _step(order, version))
    return replace(intent, layout=layout_text(order.deployer.artifact.storage_layout))


def _proxy(deploy: Deployment, order: ProxyOrder, implementation: Address) -> Any:
    """The proxy, and its beacon."""
    data, initialized = b"", ""
    if order.initializer:
        interface = order.deployer.interface
        function = bound(implementation, interface, deploy.chain).methods[order.initializer]
        data = function.encode_input(*order.args)
        initialized = words_of_call(data, implementation, deploy.chain, interface)
    elif order.args:
        raise UsageError("deploy.proxy: arguments are for the initializer, and there is none: initializer=''")
    if order.kind == "transparent":
        proxy, args = "TransparentUpgradeableProxy", (implementation, order.owner, data)
    elif order.kind == "uups":
        proxy, args = "ERC1967Proxy", (implementation, data)  # type: ignore[assignment]  # of another constructor
    else:
        beacon = deploy.create(
            deploy.intended(
                _openzeppelin(deploy, "UpgradeableBeacon"),
                (implementation, order.owner),
                {"sender": order.options["sender"]},
                f"{order.name} beacon",
            )
        )
        proxy, args = "BeaconProxy", (beacon.address, data)  # type: ignore[assignment]
    intent = deploy.intended(_openzeppelin(deploy, proxy), args, order.options, order.name)
    words = intent.words.replace(f"0x{data.hex()}", initialized) if data else intent.words
    made = deploy.create(replace(intent, words=f"{words} for {order.deployer.name}"))
    return bound(made.address, order.deployer.interface, deploy.chain, made._receipt)


def _upgrade(
    deploy: Deployment, order: ProxyOrder, contract: Any, implementation: Address, step: str
) -> None:
    """By whoever may: the owner of the proxy's admin, of the contract, or of the beacon."""
    chain = deploy.chain
    if order.kind == "uups":
        method, args = contract.methods["upgradeToAndCall"], (implementation, b"")
    elif order.kind == "transparent":
        admin = to_address(chain.get_storage(contract.address, ADMIN_SLOT).to_bytes(32, "big")[12:])
        holder = bound(admin, _openzeppelin(deploy, "ProxyAdmin").interface, chain)
        method, args = holder.methods["upgradeAndCall"], (contract.address, implementation, b"")  # type: ignore[assignment]
    else:
        where = deploy.address_of(f"{order.name} beacon")
        holder = bound(where, _openzeppelin(deploy, "UpgradeableBeacon").interface, chain)
        method, args = holder.methods["upgradeTo"], (implementation,)  # type: ignore[assignment]
    deploy.call(method, *args, name=step, sender=order.owner)


def _openzeppelin(deploy: Deployment, name: str) -> BaseDeployer:
    """Raises: UsageError, that says what to import, if the project does not have it."""
    try:
        found: BaseDeployer = deploy.project[name]
    except UsageError as error:
        raise UsageError(
            f"the project has no {name}: install @openzeppelin/contracts, and import it where the compiler sees it, such as in "
            f'contracts/Proxies.sol: import {{{name}}} from "@openzeppelin/contracts/proxy/{_SOURCES[name]}";'
        ) from error
    return found

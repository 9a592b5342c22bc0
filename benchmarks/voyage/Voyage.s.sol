// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Coin} from "../contracts/Coin.sol";
import {Pool} from "../contracts/Pool.sol";
import {Lighthouse, Registry, RegistryProxy} from "../contracts/Registry.sol";

interface Cheats {
    function startBroadcast(uint256 key) external;
    function stopBroadcast() external;
    function addr(uint256 key) external pure returns (address);
}

/// The steps of tests/live/voyage/scripts/deploy.py, in its order, by the same senders.
contract Voyage {
    Cheats private constant VM = Cheats(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint256 private constant DEPLOYER = 0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80;
    uint256 private constant OWNER = 0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d;
    uint256 private constant KEEPER = 0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a;

    bool public IS_SCRIPT = true;

    modifier by(uint256 key) {
        VM.startBroadcast(key);
        _;
        VM.stopBroadcast();
    }

    function run() external {
        address owner = VM.addr(OWNER);
        address keeper = VM.addr(KEEPER);
        Coin gold = _coin("gold", 1000, DEPLOYER);
        Coin silver = _coin("silver", 2000, OWNER);
        Pool pool = _pool(gold, DEPLOYER);
        Pool second = _pool(silver, OWNER);
        Lighthouse lighthouse = _lighthouse();
        Registry registry = _registry(owner);
        _mint(gold, address(pool), 5, DEPLOYER);
        _mint(gold, keeper, 7, DEPLOYER);
        _mint(silver, address(second), 11, OWNER);
        _handOver(gold, keeper, DEPLOYER);
        _mint(gold, owner, 13, KEEPER);
        _add(registry, "gold", address(gold));
        _add(registry, "silver", address(silver));
        _setRate(pool);
        _deposit(pool, 2 ether, KEEPER);
        _deposit(second, 1 ether, DEPLOYER);
        _blink(lighthouse, DEPLOYER);
        _blink(lighthouse, KEEPER);
        _handOver(silver, keeper, OWNER);
    }

    function _coin(string memory name, uint256 supply, uint256 key) private by(key) returns (Coin) {
        return new Coin(name, supply);
    }

    function _pool(Coin coin, uint256 key) private by(key) returns (Pool) {
        return new Pool(coin);
    }

    function _lighthouse() private by(KEEPER) returns (Lighthouse) {
        return new Lighthouse{salt: bytes32(uint256(1852))}();
    }

    function _registry(address owner) private by(DEPLOYER) returns (Registry) {
        Registry implementation = new Registry();
        bytes memory call = abi.encodeCall(Registry.initialize, (owner));
        return Registry(address(new RegistryProxy(address(implementation), call)));
    }

    function _mint(Coin coin, address to, uint256 amount, uint256 key) private by(key) {
        coin.mint(to, amount);
    }

    function _handOver(Coin coin, address to, uint256 key) private by(key) {
        coin.handOver(to);
    }

    function _add(Registry registry, bytes32 key, address account) private by(OWNER) {
        registry.add(key, account);
    }

    function _setRate(Pool pool) private by(DEPLOYER) {
        pool.setRate(150);
    }

    function _deposit(Pool pool, uint256 value, uint256 key) private by(key) {
        pool.deposit{value: value}();
    }

    function _blink(Lighthouse lighthouse, uint256 key) private by(key) {
        lighthouse.blink();
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SimpleStorage} from "../src/SimpleStorage.sol";
import {Token} from "../src/Token.sol";

interface Cheats {
    function startBroadcast(uint256 key) external;
    function stopBroadcast() external;
    function addr(uint256 key) external pure returns (address);
}

/// A token, a storage at an address that CREATE2 gives, and what two accounts do with them.
contract Deploy {
    Cheats private constant VM = Cheats(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint256 private constant ALICE = 0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80;
    uint256 private constant BOB = 0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d;

    bool public constant IS_SCRIPT = true;

    function run() external returns (Token token, SimpleStorage store) {
        VM.startBroadcast(ALICE);
        token = new Token(1000);
        store = new SimpleStorage{salt: bytes32(uint256(7))}();
        token.transfer(VM.addr(BOB), 30);
        VM.stopBroadcast();

        VM.startBroadcast(BOB);
        token.transfer(address(store), 4);
        store.store(token.balanceOf(VM.addr(BOB)));
        VM.stopBroadcast();
    }
}

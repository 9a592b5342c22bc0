// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SimpleStorage} from "../src/SimpleStorage.sol";

interface Cheats {
    function envAddress(string calldata name) external view returns (address);
    function envUint(string calldata name) external view returns (uint256);
    function prank(address sender) external;
    function rollFork(uint256 number) external;
}

/// What a fork of the node shows.
contract ForkTest {
    Cheats private constant VM = Cheats(address(uint160(uint256(keccak256("hevm cheat code")))));

    bool public constant IS_TEST = true;

    SimpleStorage private store;

    function setUp() public {
        store = SimpleStorage(VM.envAddress("STORE"));
    }

    function test_fork_has_the_chain() public view {
        require(block.chainid == 31337, "chain id");
        require(block.number == VM.envUint("HEIGHT"), "height");
        require(store.number() == 26, "what the script stored");
        require(store.author().balance == VM.envUint("BALANCE"), "balance of the author");
    }

    function test_fork_goes_on() public {
        VM.prank(address(7));
        store.store(5);
        require(store.number() == 5 && store.author() == address(7), "stored on the fork");
    }

    function test_fork_rolls_back() public {
        VM.rollFork(VM.envUint("HEIGHT") - 1);
        require(store.number() == 0, "before the script stored");
    }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

contract Purse {
    function kind() external pure returns (string memory) {
        return "another";
    }
}

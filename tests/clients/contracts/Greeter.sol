// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// What an account may lend its code from (EIP-7702).
contract Greeter {
    event Greeted(address indexed account, address indexed caller, uint256 count);

    uint256 public count;

    function greet() external returns (uint256) {
        count += 1;
        emit Greeted(address(this), msg.sender, count);
        return count;
    }
}

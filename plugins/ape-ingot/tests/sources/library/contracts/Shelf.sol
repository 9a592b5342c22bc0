// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// What another project has.
contract Shelf {
    uint256 public books;

    function put(uint256 count) external {
        books += count;
    }
}

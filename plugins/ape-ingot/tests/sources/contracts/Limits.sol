// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

abstract contract Limits {
    uint256 internal immutable limit;

    constructor(uint256 limit_) {
        require(limit_ > 0); // dev: no limit
        limit = limit_;
    }

    modifier below(uint256 amount) {
        require(amount < limit, "too much");
        _;
    }

    function checkEven(uint256 amount) internal pure virtual {
        if (amount % 2 == 1) {
            revert("odd"); // dev: must be even
        }
    }

    function unused() internal pure returns (uint256) {
        return 42;
    }
}

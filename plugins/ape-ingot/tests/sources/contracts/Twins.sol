// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

contract Twins {
    uint256 public number;

    error Bad();

    function check(uint256 amount) external {
        if (amount == 1) {
            revert Bad(); // dev: first
        }
        number = amount;
        if (amount == 2) {
            revert Bad(); // dev: second
        }
        if (amount == 3) revert Bad();
        if (amount == 4) {
            revert Bad();
        } else {
            number += 1;
        }
    }

    function up(uint256 amount) external {
        number = next(amount);
    }

    function over(uint256 amount) external {
        number = following(amount);
    }

    function many(uint256 amount) external pure {
        require(amount != 1);
        require(amount != 2); // dev: not two
        require(amount != 3);
    }

    function next(uint256 amount) internal pure returns (uint256) {
        require(amount < 10, "high");
        return amount + 1;
    }

    function following(uint256 amount) internal pure returns (uint256) {
        require(amount < 10, "high");
        return amount + 1;
    }

    modifier small(uint256 amount) {
        require(amount < 100, "large");
        _;
    }

    function assemble(uint256 amount) external small(amount) returns (uint256 result) {
        result = amount;
        assembly {
            result := add(result, 1)
        }
        if (result == 10) {
            revert("ten");
        }
        number = result;
    }
}

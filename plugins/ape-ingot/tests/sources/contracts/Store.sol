// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Halves} from "./Halves.sol";
import {Limits} from "./Limits.sol";

contract Store is Limits {
    using Halves for uint256;

    uint256 public total;
    bytes public data;

    constructor(uint256 limit_) Limits(limit_) {
        total = 1;
    }

    function add(uint256 amount) external below(amount) returns (uint256) {
        checkEven(amount);
        uint256 part = amount.half();
        total += part;
        return part;
    }

    function sum(uint256 count) public pure returns (uint256 result) {
        for (uint256 i = 0; i < count; i++) {
            if (i == 3) {
                continue;
            }
            result += i;
        }
        while (result > 100) {
            result -= 100;
        }
    }

    function down(uint256 depth) public returns (uint256) {
        require(depth != 4); // dev: four
        if (depth == 0) {
            return total;
        }
        return down(depth - 1) + 1;
    }

    function bare() external pure {
        revert(); // dev: bare
    }

    function plain() external pure {
        revert();
    }

    function index(uint256[] calldata values, uint256 at) external pure returns (uint256) {
        return values[at]; // dev: out of bounds
    }

    function spread(uint256 amount) external pure {
        require(
            amount
                == 1, // dev: spread out
            "must be one"
        );
    }

    function low(uint256 slot) external view returns (uint256 value) {
        assembly {
            value := sload(slot)
            if eq(slot, 9) {
                revert(0, 0) // dev: assembly
            }
        }
    }

    receive() external payable {}

    fallback() external {
        data = msg.data;
    }
}

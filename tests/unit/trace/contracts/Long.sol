// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

library Sums {
    error Odd(uint256 number);

    function upTo(uint256[] memory values, uint256 count) internal pure returns (uint256 sum) {
        for (uint256 i = 0; i < count; i++) {
            sum += twice(values[i % values.length]);
        }
        if (count % 2 == 1) {
            revert Odd(count);
        }
    }

    function twice(uint256 number) internal pure returns (uint256) {
        return number * 2;
    }
}

/// Runs for long before it fails.
contract Long {
    uint256 public total;
    Long public other;

    modifier positive(uint256 count) {
        require(count > 0, "none");
        _;
    }

    constructor(Long other_) {
        other = other_;
    }

    function run(uint256 count) external positive(count) returns (uint256) {
        total = loop(count);
        return total;
    }

    function loop(uint256 count) internal pure returns (uint256) {
        uint256[] memory values = new uint256[](3);
        values[0] = 1;
        uint256 sum = Sums.upTo(values, count);
        return sum + 1;
    }

    function relay(uint256 count) external returns (uint256) {
        total = Sums.upTo(new uint256[](2), 2 * count);
        uint256 found = other.run(count);
        return found;
    }

    function guard(uint256 count) external returns (uint256) {
        try other.run(count) returns (uint256 found) {
            return found;
        } catch {
            total = Sums.upTo(new uint256[](2), 200);
            revert("guarded");
        }
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

library Halves {
    error NotHalf(uint256 amount);

    function half(uint256 amount) internal pure returns (uint256) {
        if (amount == 6) revert NotHalf(amount);
        return amount / 2;
    }
}

library Far {
    function double(uint256 amount) external pure returns (uint256) {
        assert(amount != 8);
        return amount * 2;
    }
}

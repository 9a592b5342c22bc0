// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// Fails with the size of its own code.
contract Own {
    error Size(uint256 size);

    function check(uint256 amount) external view {
        if (amount == 7) revert Size(address(this).code.length);
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title One number that anybody may change.
interface ISimpleStorage {
    /// @notice The number changed.
    /// @param author Who changed it.
    /// @param oldNumber The number before.
    /// @param newNumber The number from now on; never equal to `oldNumber`.
    event NumberChanged(address indexed author, uint256 oldNumber, uint256 newNumber);

    /// @notice `store` was called with the number that is stored already.
    /// @param number The number that is stored.
    error Unchanged(uint256 number);

    /// @notice Store `newNumber` and remember the caller as its author.
    /// Requirements:
    /// - `newNumber` differs from the stored number.
    /// @param newNumber Any number.
    function store(uint256 newNumber) external;

    /// @notice The stored number; 0 until somebody stores another.
    function number() external view returns (uint256);

    /// @notice Who stored the number; the zero address until somebody does.
    function author() external view returns (address);
}

contract SimpleStorage is ISimpleStorage {
    /// @inheritdoc ISimpleStorage
    uint256 public number;

    /// @inheritdoc ISimpleStorage
    address public author;

    /// @inheritdoc ISimpleStorage
    function store(uint256 newNumber) external {
        // Check: a transaction that changes nothing is a mistake.
        uint256 oldNumber = number;
        if (newNumber == oldNumber) revert Unchanged(oldNumber);

        // Effect:
        number = newNumber;
        author = msg.sender;
        emit NumberChanged(msg.sender, oldNumber, newNumber);
    }
}

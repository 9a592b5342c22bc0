// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// Balances, and names that a Python object has itself.
contract Ledger {
    event Moved(address indexed from, address indexed to, uint256 value);
    event Noted(string indexed topic, string text, address) anonymous;

    error Lacking(address account, uint256 available, uint256 needed);

    mapping(address => uint256) public balanceOf;
    string public name;
    uint256 public nonce = 7;
    uint256 public balance = 8;

    constructor(string memory name_, uint256 supply) payable {
        if (supply == 13) revert Lacking(msg.sender, 0, 13);
        name = name_;
        balanceOf[msg.sender] = supply;
    }

    /// @notice Move units to somebody else.
    /// @param to Who gets them.
    /// @param value How many.
    /// @return Always true.
    function transfer(address to, uint256 value) external returns (bool) {
        uint256 available = balanceOf[msg.sender];
        if (available < value) revert Lacking(msg.sender, available, value);
        balanceOf[msg.sender] = available - value;
        balanceOf[to] += value;
        emit Moved(msg.sender, to, value);
        return true;
    }

    function note(string calldata text) external {
        emit Noted(text, text, msg.sender);
    }

    function mint() external {
        balanceOf[msg.sender] += 1;
    }

    function mint(address to) external {
        balanceOf[to] += 10;
    }

    function mint(string calldata) external {
        balanceOf[msg.sender] += 100;
    }

    function mint(address to, uint8 value) external {
        balanceOf[to] += value;
    }

    function mint(address to, int8) external {
        balanceOf[to] += 1000;
    }

    function deposit(uint256 value) external payable returns (uint256, uint256 sent) {
        return (value, msg.value);
    }

    function owes(address sender, uint256 value) external view returns (address, uint256, address caller) {
        return (sender, value, msg.sender);
    }

    function whoAmI() external view returns (address) {
        return msg.sender;
    }
}

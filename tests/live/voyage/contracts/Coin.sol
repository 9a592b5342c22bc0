// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// A token whose history shows: minting twice is not minting once.
contract Coin {
    string public name;
    address public minter;
    uint256 public mints;
    mapping(address account => uint256 balance) public balanceOf;

    constructor(string memory name_, uint256 supply) {
        name = name_;
        minter = msg.sender;
        balanceOf[msg.sender] = supply;
    }

    function mint(address to, uint256 amount) external {
        require(msg.sender == minter, "only the minter mints");
        balanceOf[to] += amount;
        mints++;
    }

    function handOver(address to) external {
        require(msg.sender == minter, "only the minter hands over");
        minter = to;
    }
}

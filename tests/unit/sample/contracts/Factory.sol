// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {Ledger} from "./Ledger.sol";

library Doubling {
    function double(uint256 value) external pure returns (uint256) {
        return 2 * value;
    }
}

contract Doubler {
    uint256 public immutable factor;

    constructor(uint256 factor_) {
        factor = factor_;
    }

    function times(uint256 value) external view returns (uint256) {
        return Doubling.double(value) * factor;
    }
}

contract Factory {
    event Made(Ledger ledger);

    function make(string calldata name, uint256 supply) external returns (Ledger ledger) {
        ledger = new Ledger(name, supply);
        emit Made(ledger);
        ledger.transfer(msg.sender, 1);
    }
}

contract Purse {
    event Received(uint256 value);
    event Called(bytes data);

    receive() external payable {
        emit Received(msg.value);
    }

    fallback() external {
        emit Called(msg.data);
    }
}

interface IPurse {
    function nothing() external;
}

abstract contract Unfinished {
    function finish() external virtual;
}

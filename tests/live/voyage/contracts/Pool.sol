// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Coin} from "./Coin.sol";

/// A library that is linked, not inlined.
library Rates {
    function scaled(uint256 amount, uint256 rate) public pure returns (uint256) {
        return amount * rate / 100;
    }
}

contract Pool {
    Coin public immutable coin;
    uint256 public rate = 100;
    uint256 public deposits;
    mapping(address account => uint256 weight) public weightOf;

    constructor(Coin coin_) {
        coin = coin_;
    }

    function setRate(uint256 rate_) external {
        rate = rate_;
    }

    function deposit() external payable {
        weightOf[msg.sender] += Rates.scaled(msg.value, rate);
        deposits++;
    }
}

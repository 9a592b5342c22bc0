// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Probe} from "./Probe.sol";

/// A contract that calls another one.
contract Caller {
    Probe public immutable probe;

    event Called(uint256 value);

    constructor(Probe probe_) {
        probe = probe_;
    }

    function set(uint256 key, uint256 value) external returns (uint256) {
        emit Called(value);
        return probe.set(key, value);
    }

    function failBelow(uint256 amount) external view {
        probe.failNamed(amount);
    }

    function failBelowWithText() external view {
        probe.failWithText();
    }

    function make(uint256 first) external returns (Probe) {
        return new Probe(first);
    }
}

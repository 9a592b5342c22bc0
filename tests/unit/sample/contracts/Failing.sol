// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {Ledger} from "./Ledger.sol";

/// Every way in which a call can end badly.
contract Failing {
    error Wrapped(bytes reason);
    error Bare();

    uint256[] private items;
    uint256 private one = 1;

    function withString() external pure {
        revert("too late");
    }

    function withNothing() external pure {
        revert();
    }

    function withBare() external pure {
        revert Bare();
    }

    function withUnknown() external pure {
        assembly {
            mstore(0, shl(224, 0xdeadbeef))
            revert(0, 4)
        }
    }

    function withAssert() external view {
        assert(one == 2);
    }

    function withOverflow() external view returns (uint256) {
        return one - 2;
    }

    function withIndex() external view returns (uint256) {
        return items[one];
    }

    function withInvalid() external pure {
        assembly {
            invalid()
        }
    }

    function withAllGas() external {
        while (true) one++;
    }

    function inside(Ledger ledger, uint256 value) external {
        ledger.transfer(address(this), value);
    }

    function deeper(Failing other, Ledger ledger, uint256 value) external {
        other.inside(ledger, value);
    }

    function wrapped(Ledger ledger) external {
        try ledger.transfer(address(this), 1) {}
        catch (bytes memory reason) {
            revert Wrapped(reason);
        }
    }

    function caught(Ledger ledger) external returns (bool) {
        try ledger.transfer(address(this), 1) returns (bool done) {
            return done;
        } catch {
            return false;
        }
    }

    modifier below(uint256 limit, uint256 value) {
        require(value < limit, "too much");
        _;
    }

    function layered(uint256 value) external below(100, value) {
        one += half(value);
    }

    function half(uint256 value) internal pure returns (uint256) {
        if (value % 2 == 1) revert("odd");
        return value / 2;
    }

    function sink(uint256 depth) public pure returns (uint256) {
        require(depth > 0, "the ground");
        return sink(depth - 1) + 1;
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";

/// Lives behind a proxy.
contract Registry {
    address public owner;
    uint256 public entries;
    mapping(bytes32 key => address account) public entry;

    function initialize(address owner_) external {
        require(owner == address(0), "initialised already");
        owner = owner_;
    }

    function add(bytes32 key, address account) external {
        require(msg.sender == owner, "only the owner adds");
        entry[key] = account;
        entries++;
    }
}

contract RegistryProxy is ERC1967Proxy {
    constructor(address implementation, bytes memory call) ERC1967Proxy(implementation, call) {}
}

/// Its address depends on the salt alone, not on who sends.
contract Lighthouse {
    uint256 public blinks;

    function blink() external {
        blinks++;
    }
}

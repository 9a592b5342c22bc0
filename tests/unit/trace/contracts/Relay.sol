// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// Hands the failure of a call on as it is.
contract Relay {
    function pass(address to, bytes calldata data) external {
        _pass(_sender(), to, data);
    }

    function _pass(address sender, address to, bytes memory data) internal {
        require(sender != to, "itself");
        assembly {
            if iszero(call(gas(), to, 0, add(data, 0x20), mload(data), 0, 0)) {
                returndatacopy(0, 0, returndatasize())
                revert(0, returndatasize())
            }
        }
    }

    function _sender() internal view returns (address) {
        return msg.sender;
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Store} from "./Store.sol";

contract Shop {
    Store public immutable store;
    uint256 public caught;

    constructor(Store store_) {
        store = store_;
    }

    function buy(uint256 amount) external returns (uint256) {
        uint256 part = store.add(amount);
        return part + 1;
    }

    function tryBuy(uint256 amount) external returns (bool) {
        try store.add(amount) {
            return true;
        } catch {
            caught += 1;
            return false;
        }
    }

    function force(uint256 amount) external {
        (bool ok,) = address(store).call(abi.encodeCall(Store.add, (amount)));
        require(ok); // dev: the store has refused
    }

    function open(uint256 limit) external returns (Store) {
        return new Store(limit);
    }

    function openAndFail(uint256 limit) external {
        Store made = new Store(limit);
        made.plain();
    }
}

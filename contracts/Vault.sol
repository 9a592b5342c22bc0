// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC4626} from "@openzeppelin/contracts/interfaces/IERC4626.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";

/// @title A vault that holds one token and gives shares for it.
/// @notice Whatever reaches the vault other than by a deposit is shared by all holders of shares.
/// Every rounding is in favour of the vault. Source: EIP-4626.
interface IVault is IERC4626 {
    /// @notice Less than nothing: a deposit that would give no share at all.
    /// @param assets What was offered, in units of the asset.
    error DepositTooSmall(uint256 assets);

    /// @notice What one whole share is worth now, rounded down.
    /// @return assets In units of the asset.
    function pricePerShare() external view returns (uint256 assets);
}

contract Vault is ERC4626, IVault {
    /// Shares have this many decimals more than the asset, which makes an attack by donation unprofitable.
    uint8 private constant DECIMALS_OFFSET = 3;

    /// @param asset_ The token that the vault holds, an ERC-20 without fees on transfers.
    constructor(IERC20 asset_) ERC20("Ingot Vault", "vINGOT") ERC4626(asset_) {}

    /// @inheritdoc IVault
    function pricePerShare() external view returns (uint256 assets) {
        return convertToAssets(10 ** decimals());
    }

    /// Requirements:
    /// - a deposit of some assets gives at least one share.
    function _deposit(address caller, address receiver, uint256 assets, uint256 shares) internal override {
        // Check: nobody gives assets for nothing.
        if (assets != 0 && shares == 0) revert DepositTooSmall(assets);

        // Effect, Interaction: in OpenZeppelin's order, the transfer in comes first.
        super._deposit(caller, receiver, assets, shares);
    }

    function _decimalsOffset() internal pure override returns (uint8) {
        return DECIMALS_OFFSET;
    }
}

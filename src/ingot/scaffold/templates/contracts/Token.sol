// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title An ERC-20 token with minters and a pause switch.
/// @notice Amounts are in units of 10**-18 token. Source: EIP-20.
interface IToken {
    /// @notice `value` units moved. Minting moves from, burning moves to the zero address.
    /// @param from The account that had the units.
    /// @param to The account that has them now.
    /// @param value How many units, 0 allowed.
    event Transfer(address indexed from, address indexed to, uint256 value);

    /// @notice `spender` may move `value` units of `owner`'s from now on.
    /// @param owner The holder who allows it.
    /// @param spender The account that is allowed to.
    /// @param value How many units in all; it replaces the former allowance.
    event Approval(address indexed owner, address indexed spender, uint256 value);

    /// @notice `account` became a minter.
    /// @param account The new minter.
    event MinterGranted(address indexed account);

    /// @notice `account` is no minter any more.
    /// @param account The former minter.
    event MinterRevoked(address indexed account);

    /// @notice Transfers, mints and burns stopped.
    event Paused();

    /// @notice Transfers, mints and burns go on.
    event Unpaused();

    /// @notice A holder lacks the units that would move.
    /// @param account The holder.
    /// @param available What the holder has, in units.
    /// @param needed What would move, in units.
    error InsufficientBalance(address account, uint256 available, uint256 needed);

    /// @notice A spender may not move as much.
    /// @param spender The account that called `transferFrom`.
    /// @param available What it may move, in units.
    /// @param needed What it would move, in units.
    error InsufficientAllowance(address spender, uint256 available, uint256 needed);

    /// @notice Units cannot be sent or minted to this account.
    /// @param recipient The refused account: the zero address.
    error InvalidRecipient(address recipient);

    /// @notice Only the owner may do this.
    /// @param account The caller.
    error NotOwner(address account);

    /// @notice Only a minter may do this.
    /// @param account The caller.
    error NotMinter(address account);

    /// @notice The token is paused.
    error IsPaused();

    /// @notice The token is not paused.
    error IsNotPaused();

    /// @notice Move `value` of the caller's units to `to`.
    /// Requirements:
    /// - the token is not paused;
    /// - `to` is not the zero address;
    /// - the caller has at least `value` units.
    /// @param to The account that receives.
    /// @param value How many units, 0 allowed.
    /// @return Always true: a failed transfer reverts.
    function transfer(address to, uint256 value) external returns (bool);

    /// @notice Move `value` of `from`'s units to `to`, within the caller's allowance.
    /// Requirements:
    /// - the token is not paused;
    /// - `to` is not the zero address;
    /// - the caller's allowance is at least `value`; the largest uint256 is never used up;
    /// - `from` has at least `value` units.
    /// @param from The account that gives.
    /// @param to The account that receives.
    /// @param value How many units, 0 allowed.
    /// @return Always true: a failed transfer reverts.
    function transferFrom(address from, address to, uint256 value) external returns (bool);

    /// @notice Let `spender` move `value` of the caller's units, replacing the former allowance.
    /// @param spender The account that is allowed to.
    /// @param value How many units in all.
    /// @return Always true.
    function approve(address spender, uint256 value) external returns (bool);

    /// @notice Make `value` new units for `to`.
    /// Requirements:
    /// - the caller is a minter;
    /// - the token is not paused;
    /// - `to` is not the zero address;
    /// - the supply stays below 2**256.
    /// @param to The account that receives.
    /// @param value How many units.
    function mint(address to, uint256 value) external;

    /// @notice Destroy `value` of the caller's units.
    /// Requirements:
    /// - the token is not paused;
    /// - the caller has at least `value` units.
    /// @param value How many units.
    function burn(uint256 value) external;

    /// @notice Let `account` mint.
    /// Requirements:
    /// - the caller is the owner.
    /// @param account The new minter.
    function grantMinter(address account) external;

    /// @notice Let `account` mint no longer.
    /// Requirements:
    /// - the caller is the owner.
    /// @param account The former minter.
    function revokeMinter(address account) external;

    /// @notice Stop transfers, mints and burns.
    /// Requirements:
    /// - the caller is the owner;
    /// - the token is not paused.
    function pause() external;

    /// @notice Let transfers, mints and burns go on.
    /// Requirements:
    /// - the caller is the owner;
    /// - the token is paused.
    function unpause() external;

    /// @notice The account that grants, revokes and pauses: the deployer.
    function owner() external view returns (address);

    /// @notice All units that exist.
    function totalSupply() external view returns (uint256);

    /// @notice The units of `account`.
    function balanceOf(address account) external view returns (uint256);

    /// @notice The units of `holder`'s that `spender` may still move.
    function allowance(address holder, address spender) external view returns (uint256);

    /// @notice Whether `account` may mint.
    function isMinter(address account) external view returns (bool);

    /// @notice Whether transfers, mints and burns are stopped.
    function paused() external view returns (bool);
}

contract Token is IToken {
    string public constant name = "Ingot";
    string public constant symbol = "INGOT";
    uint8 public constant decimals = 18;

    /// @inheritdoc IToken
    address public immutable owner;

    /// @inheritdoc IToken
    uint256 public totalSupply;

    /// @inheritdoc IToken
    bool public paused;

    /// @inheritdoc IToken
    mapping(address account => uint256 units) public balanceOf;

    /// @inheritdoc IToken
    mapping(address holder => mapping(address spender => uint256 units)) public allowance;

    /// @inheritdoc IToken
    mapping(address account => bool granted) public isMinter;

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        _;
    }

    modifier whenNotPaused() {
        if (paused) revert IsPaused();
        _;
    }

    /// @param initialSupply The units that the deployer, who is owner and first minter, starts with.
    constructor(uint256 initialSupply) {
        owner = msg.sender;
        isMinter[msg.sender] = true;
        emit MinterGranted(msg.sender);
        _mint(msg.sender, initialSupply);
    }

    /// @inheritdoc IToken
    function transfer(address to, uint256 value) external whenNotPaused returns (bool) {
        _move(msg.sender, to, value);
        return true;
    }

    /// @inheritdoc IToken
    function transferFrom(address from, address to, uint256 value) external whenNotPaused returns (bool) {
        // Check: the allowance.
        uint256 allowed = allowance[from][msg.sender];
        if (allowed < value) revert InsufficientAllowance(msg.sender, allowed, value);

        // Effect:
        if (allowed != type(uint256).max) {
            unchecked {
                // Cannot underflow: value <= allowed, checked above.
                allowance[from][msg.sender] = allowed - value;
            }
        }
        _move(from, to, value);
        return true;
    }

    /// @inheritdoc IToken
    function approve(address spender, uint256 value) external returns (bool) {
        // Effect:
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        return true;
    }

    /// @inheritdoc IToken
    function mint(address to, uint256 value) external whenNotPaused {
        // Check:
        if (!isMinter[msg.sender]) revert NotMinter(msg.sender);

        // Effect:
        _mint(to, value);
    }

    /// @inheritdoc IToken
    function burn(uint256 value) external whenNotPaused {
        // Check:
        uint256 available = balanceOf[msg.sender];
        if (available < value) revert InsufficientBalance(msg.sender, available, value);

        // Effect:
        unchecked {
            // Cannot underflow: value <= available <= totalSupply.
            balanceOf[msg.sender] = available - value;
            totalSupply -= value;
        }
        emit Transfer(msg.sender, address(0), value);
    }

    /// @inheritdoc IToken
    function grantMinter(address account) external onlyOwner {
        // Effect:
        isMinter[account] = true;
        emit MinterGranted(account);
    }

    /// @inheritdoc IToken
    function revokeMinter(address account) external onlyOwner {
        // Effect:
        isMinter[account] = false;
        emit MinterRevoked(account);
    }

    /// @inheritdoc IToken
    function pause() external onlyOwner whenNotPaused {
        // Effect:
        paused = true;
        emit Paused();
    }

    /// @inheritdoc IToken
    function unpause() external onlyOwner {
        // Check:
        if (!paused) revert IsNotPaused();

        // Effect:
        paused = false;
        emit Unpaused();
    }

    function _move(address from, address to, uint256 value) private {
        // Check: the recipient, then the balance.
        if (to == address(0)) revert InvalidRecipient(to);
        uint256 available = balanceOf[from];
        if (available < value) revert InsufficientBalance(from, available, value);

        // Effect:
        unchecked {
            // Cannot underflow: value <= available. Cannot overflow: the sum of all balances is totalSupply < 2**256.
            // The second line reads what the first one wrote, so that from == to changes nothing.
            balanceOf[from] = available - value;
            balanceOf[to] += value;
        }
        emit Transfer(from, to, value);
    }

    function _mint(address to, uint256 value) private {
        // Check:
        if (to == address(0)) revert InvalidRecipient(to);

        // Effect: the supply reverts with a panic beyond 2**256 - 1.
        totalSupply += value;
        unchecked {
            // Cannot overflow: balanceOf[to] <= totalSupply, which did not.
            balanceOf[to] += value;
        }
        emit Transfer(address(0), to, value);
    }
}

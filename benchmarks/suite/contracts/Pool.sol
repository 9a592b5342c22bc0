// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Coin} from "./Coin.sol";

/// @title Two coins, the product of whose reserves does not fall: a market maker as on mainnet, with its usual parts.
contract Pool {
    uint256 public constant LOCKED = 1000;
    uint256 public constant MOST_FEE_BPS = 100;

    Coin public immutable gold;
    Coin public immutable silver;
    address public owner;
    uint256 public feeBps = 30;
    bool public paused;

    uint256 public goldReserve;
    uint256 public silverReserve;
    uint256 public totalShares;
    mapping(address account => uint256) public sharesOf;

    uint256 public priceSum;
    uint256 public lastUpdate;

    event Added(address indexed provider, uint256 gold, uint256 silver, uint256 shares);
    event Removed(address indexed provider, uint256 gold, uint256 silver, uint256 shares);
    event Swapped(address indexed trader, bool indexed forGold, uint256 paid, uint256 received);
    event FeeChanged(uint256 from, uint256 to);
    event OwnerChanged(address indexed from, address indexed to);
    event PauseChanged(bool paused);

    error Expired(uint256 deadline, uint256 timestamp);
    error TooLittle(uint256 amount, uint256 least);
    error TooManyShares(uint256 shares, uint256 held);
    error FeeTooHigh(uint256 feeBps);
    error NotOwner(address account);
    error IsPaused();
    error Nothing();

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        _;
    }

    modifier until(uint256 deadline) {
        if (paused) revert IsPaused();
        if (block.timestamp > deadline) revert Expired(deadline, block.timestamp);
        _;
    }

    constructor(Coin gold_, Coin silver_) {
        gold = gold_;
        silver = silver_;
        owner = msg.sender;
    }

    function add(uint256 goldIn, uint256 silverIn, uint256 least, uint256 deadline)
        external
        until(deadline)
        returns (uint256 shares)
    {
        if (goldIn == 0 || silverIn == 0) revert Nothing();
        if (totalShares == 0) {
            shares = _root(goldIn * silverIn) - LOCKED;
            sharesOf[address(0)] = LOCKED;
            totalShares = LOCKED;
        } else {
            uint256 byGold = goldIn * totalShares / goldReserve;
            uint256 bySilver = silverIn * totalShares / silverReserve;
            shares = byGold < bySilver ? byGold : bySilver;
        }
        if (shares < least) revert TooLittle(shares, least);
        sharesOf[msg.sender] += shares;
        totalShares += shares;
        gold.transferFrom(msg.sender, address(this), goldIn);
        silver.transferFrom(msg.sender, address(this), silverIn);
        _update(goldReserve + goldIn, silverReserve + silverIn);
        emit Added(msg.sender, goldIn, silverIn, shares);
    }

    function remove(uint256 shares, uint256 deadline)
        external
        until(deadline)
        returns (uint256 goldOut, uint256 silverOut)
    {
        uint256 held = sharesOf[msg.sender];
        if (shares == 0) revert Nothing();
        if (shares > held) revert TooManyShares(shares, held);
        goldOut = shares * goldReserve / totalShares;
        silverOut = shares * silverReserve / totalShares;
        sharesOf[msg.sender] = held - shares;
        totalShares -= shares;
        gold.transfer(msg.sender, goldOut);
        silver.transfer(msg.sender, silverOut);
        _update(goldReserve - goldOut, silverReserve - silverOut);
        emit Removed(msg.sender, goldOut, silverOut, shares);
    }

    function swap(bool forGold, uint256 paid, uint256 least, uint256 deadline)
        external
        until(deadline)
        returns (uint256 received)
    {
        received = quote(forGold, paid);
        if (received < least) revert TooLittle(received, least);
        (Coin from, Coin to) = forGold ? (silver, gold) : (gold, silver);
        from.transferFrom(msg.sender, address(this), paid);
        to.transfer(msg.sender, received);
        if (forGold) _update(goldReserve - received, silverReserve + paid);
        else _update(goldReserve + paid, silverReserve - received);
        emit Swapped(msg.sender, forGold, paid, received);
    }

    function setFee(uint256 feeBps_) external onlyOwner {
        if (feeBps_ > MOST_FEE_BPS) revert FeeTooHigh(feeBps_);
        emit FeeChanged(feeBps, feeBps_);
        feeBps = feeBps_;
    }

    function setPaused(bool paused_) external onlyOwner {
        paused = paused_;
        emit PauseChanged(paused_);
    }

    function handOver(address owner_) external onlyOwner {
        emit OwnerChanged(owner, owner_);
        owner = owner_;
    }

    function quote(bool forGold, uint256 paid) public view returns (uint256) {
        if (paid == 0) revert Nothing();
        (uint256 from, uint256 to) = forGold ? (silverReserve, goldReserve) : (goldReserve, silverReserve);
        uint256 charged = paid * (10_000 - feeBps);
        return to * charged / (from * 10_000 + charged);
    }

    /// @return Silver for one gold, with 18 digits, over the time from `since`, at which the sum was `sum`.
    function averagePrice(uint256 sum, uint256 since) external view returns (uint256) {
        return (_sumNow() - sum) / (block.timestamp - since);
    }

    function reserves() external view returns (uint256, uint256) {
        return (goldReserve, silverReserve);
    }

    function _update(uint256 gold_, uint256 silver_) private {
        priceSum = _sumNow();
        lastUpdate = block.timestamp;
        goldReserve = gold_;
        silverReserve = silver_;
    }

    function _sumNow() private view returns (uint256) {
        if (goldReserve == 0) return priceSum;
        return priceSum + silverReserve * 1e18 / goldReserve * (block.timestamp - lastUpdate);
    }

    function _root(uint256 square) private pure returns (uint256 root) {
        root = square;
        uint256 next = (square + 1) / 2;
        while (next < root) (root, next) = (next, (square / next + next) / 2);
    }
}

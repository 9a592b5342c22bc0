// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// One function for each way in which a contract shows itself to its caller.
contract Probe {
    struct Pair {
        uint256 left;
        address right;
    }

    uint256 public number;
    address public immutable maker;
    mapping(uint256 key => uint256) public values;

    event Changed(address indexed by, uint256 indexed key, uint256 value);
    event Note(string text, bytes blob);
    event Paired(Pair pair);

    error Plain();
    error Named(address who, uint256 amount);
    error Nested(Pair pair);

    constructor(uint256 first) payable {
        require(first != 13, "unlucky");
        require(first != 14, Named(msg.sender, first));
        assert(first != 15);
        number = first;
        maker = msg.sender;
    }

    receive() external payable {}

    function set(uint256 key, uint256 value) external payable returns (uint256 before) {
        before = values[key];
        values[key] = value;
        emit Changed(msg.sender, key, value);
    }

    function many(uint256 count) external {
        for (uint256 key = 0; key < count; key++) {
            values[key] = key;
            emit Changed(msg.sender, key, key);
        }
        emit Note("many", hex"0102");
        emit Paired(Pair(count, msg.sender));
    }

    function setNumber(uint256 value) external {
        number = value;
    }

    function failWithText() external pure {
        revert("no way");
    }

    function failWithEmptyText() external pure {
        revert("");
    }

    function failBare() external pure {
        revert();
    }

    function failPlain() external pure {
        revert Plain();
    }

    function failNamed(uint256 amount) external view {
        revert Named(msg.sender, amount);
    }

    function failNested(uint256 left) external view {
        revert Nested(Pair(left, msg.sender));
    }

    function failAssert() external pure {
        assert(false);
    }

    function overflow(uint256 value) external pure returns (uint256) {
        return value + 1;
    }

    function divide(uint256 value) external pure returns (uint256) {
        return 1 / value;
    }

    function element(uint256 index) external pure returns (uint256) {
        uint256[] memory list = new uint256[](2);
        return list[index];
    }

    function burnAll() external {
        while (true) number++;
    }

    function invalid() external pure {
        assembly ("memory-safe") {
            invalid()
        }
    }

    function several() external view returns (uint256 left, address right, string memory text) {
        return (number, maker, "seven");
    }

    function pair() external view returns (Pair memory) {
        return Pair(number, maker);
    }

    function pairs() external view returns (Pair[] memory list) {
        list = new Pair[](2);
        list[0] = Pair(1, maker);
        list[1] = Pair(2, address(this));
    }

    function sum(Pair calldata given) external pure returns (uint256) {
        return given.left + uint160(given.right);
    }

    function over(uint256 value) external pure returns (string memory) {
        return value == 0 ? "number 0" : "number";
    }

    function over(string calldata text) external pure returns (string memory) {
        return text;
    }

    function nothing() external {
        number = number;
    }

    function now_() external view returns (uint256, uint256, uint256) {
        return (block.timestamp, block.number, block.basefee);
    }

    function identity() external view returns (address, address, uint256) {
        return (msg.sender, tx.origin, block.chainid);
    }

    function identify(uint256 value) external payable returns (uint256) {
        return value + block.number;
    }

    function say(uint256 value) external {
        (bool ok, ) = address(0x000000000000000000636F6e736F6c652e6c6f67).staticcall(
            abi.encodeWithSignature("log(string,uint256)", "said", value)
        );
        require(ok);
        number = value;
    }
}

// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// Who signed a message (EIP-191), and who signed an order (EIP-712).
contract Signatures {
    bytes32 public constant ORDER = keccak256("Order(address maker,uint256 amount,string note)");
    bytes32 private constant DOMAIN =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");

    function domain() public view returns (bytes32) {
        return keccak256(abi.encode(DOMAIN, keccak256("Ingot"), keccak256("1"), block.chainid, address(this)));
    }

    function digest(address maker, uint256 amount, string calldata note) public view returns (bytes32) {
        bytes32 order = keccak256(abi.encode(ORDER, maker, amount, keccak256(bytes(note))));
        return keccak256(abi.encodePacked("\x19\x01", domain(), order));
    }

    function signer(bytes32 hash, bytes calldata signature) external pure returns (address) {
        (bytes32 r, bytes32 s) = abi.decode(signature[:64], (bytes32, bytes32));
        return ecrecover(hash, uint8(signature[64]), r, s);
    }
}

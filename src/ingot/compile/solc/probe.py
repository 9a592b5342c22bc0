"""Inputs on which a compiler proves that it works: an answer, an error, and exceptions deep inside solc."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

from ingot.errors import SolcCrashed

__all__ = ["PROBES", "check_answers", "probe_hash"]

_GOOD = """// SPDX-License-Identifier: MIT
pragma solidity >=0.8.0;
interface Receiver { function take(uint256[] calldata values) external returns (bytes4); }
library Sums { function sum(uint256[] memory v) internal pure returns (uint256 s) { for (uint256 i; i < v.length; i++) s += v[i]; } }
contract Probe {
    using Sums for uint256[];
    struct Entry { address owner; uint96 amount; string note; }
    event Stored(address indexed owner, uint256 total);
    mapping(address => Entry) public entries;
    uint256 public immutable start = block.timestamp;
    function store(uint256[] memory values, string calldata note) external payable returns (uint256 total) {
        total = values.sum();
        require(total > 0, "nothing to store");
        entries[msg.sender] = Entry(msg.sender, uint96(total), note);
        try Receiver(msg.sender).take(values) returns (bytes4 answer) { assert(answer != 0); } catch Error(string memory) {}
        emit Stored(msg.sender, total);
    }
    function keccak(bytes memory data) external pure returns (bytes32 h) { assembly { h := keccak256(add(data, 32), mload(data)) } }
}
"""
_LONELY = """pragma solidity >=0.8.0;
import "./absent.sol";
contract Probe is Absent { }
"""
_MISTYPED = """pragma solidity >=0.8.0;
contract Probe { uint256 immutable a; function f() public returns (bool) { uint256 x = "text"; unknown(); return x; } }
"""
_UNPARSABLE = "contract Probe { function f( public }"
_DEEP = (
    "pragma solidity >=0.8.0; contract Probe { function f("
    + ", ".join(f"uint256 a{i}" for i in range(18))
    + ") public pure returns (uint256) { return "
    + " + ".join(f"a{i} * a{17 - i}" for i in range(18))
    + "; } }"
)


def _standard_json(source: str) -> bytes:
    selection = [
        "abi",
        "evm.bytecode",
        "evm.deployedBytecode",
        "evm.methodIdentifiers",
        "storageLayout",
        "metadata",
    ]
    settings = {
        "optimizer": {"enabled": True, "runs": 200},
        "outputSelection": {"*": {"*": selection, "": ["ast"]}},
    }
    standard = {"language": "Solidity", "sources": {"Probe.sol": {"content": source}}, "settings": settings}
    return json.dumps(standard).encode()


PROBES: tuple[bytes, ...] = tuple(map(_standard_json, (_GOOD, _LONELY, _MISTYPED, _UNPARSABLE, _DEEP)))
"""Standard JSON inputs."""

# Of the second, third and fourth probe. The last fails today; a later solc may well compile it.
_ERRORS = ({"ParserError"}, {"DeclarationError", "TypeError"}, {"ParserError"})


def probe_hash(answers: list[bytes]) -> str:
    """One hash over the answers to PROBES."""
    return hashlib.sha256(b"\0".join(answers)).hexdigest()


def check_answers(compile_: Callable[[bytes], bytes], *, expected: str) -> None:
    """Run PROBES.

    expected: `probe_hash` of the official build, or "" for a release that is not known: then the shape of the
    answers must do.      Raises: SolcCrashed, if they are not as they should be.
    """
    answers = [compile_(probe) for probe in PROBES]
    if expected:
        if probe_hash(answers) != expected:
            raise SolcCrashed("its answers to the probe contracts differ from the official build's")
        return
    good, *failing = (json.loads(answer) for answer in answers)
    contract = good.get("contracts", {}).get("Probe.sol", {}).get("Probe", {}).get("evm", {})
    selector = contract.get("methodIdentifiers", {}).get("keccak(bytes)")
    if selector != "23fc7ef3" or not contract.get("bytecode", {}).get("object", "").startswith("60"):
        raise SolcCrashed("it does not compile the probe contract")
    for answer, kinds in zip(failing, _ERRORS, strict=False):
        if not kinds & {error["type"] for error in answer.get("errors", ())}:
            raise SolcCrashed("it does not report the errors of the probe contracts")

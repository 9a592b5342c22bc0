"""Compile, test, harden and deploy Solidity contracts from Python."""

__version__ = "0.1.0"

"""Solidity in, artifacts out."""

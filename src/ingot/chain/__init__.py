"""A chain in process: blocks, time, accounts, snapshots, and surgery on its state."""

from ingot.chain.blocks import Block, Blocks
from ingot.chain.chain import Chain

__all__ = ["Block", "Blocks", "Chain"]

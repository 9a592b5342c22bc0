"""What a transaction did: its receipt, its calls, and why it failed."""

from ingot.receipt.failure import failure
from ingot.receipt.receipt import Receipt
from ingot.receipt.trace import CallFrame, Trace
from ingot.receipt.wording import words_of_call

__all__ = ["CallFrame", "Receipt", "Trace", "failure", "words_of_call"]

"""Tracebacks and coverage of Solidity in ape's forms; which way an execution took is `ingot.trace`'s matter.

    compiled sources (`project`, of solc's `answers`) -> `lines` -> `tracebacks`, and `coverage` (`report`)

Ape's compiler stays as it is: what it leaves out is asked of solc once more, when somebody looks.
"""

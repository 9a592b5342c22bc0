"""Launchers: small executables that stand in for a native solc where only npm's build is within reach.

`script` writes them. When one runs, `main` answers the command line of solc: `options` reads it, `sources` finds
the files, `output` prints what was asked for. A launcher answers for the version that it was made for.
"""

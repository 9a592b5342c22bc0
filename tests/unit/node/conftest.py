"""web3.py imports what websockets has deprecated, and warnings are errors here: our module imports it first, quietly."""

import ingot.web3_provider  # noqa: F401

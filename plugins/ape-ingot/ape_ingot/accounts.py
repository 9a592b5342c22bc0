"""Test accounts whose transactions the chain signs itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ape_test.accounts import TestAccount

if TYPE_CHECKING:
    from ape.api.transactions import ReceiptAPI, TransactionAPI

__all__ = ["IngotAccount"]


class IngotAccount(TestAccount):
    """A test account. The chain holds its key: signing here, in Python, would take longer than all the rest."""

    __test__ = False

    def call(
        self,
        txn: TransactionAPI,
        send_everything: bool = False,
        private: bool = False,
        sign: bool = True,
        **signer_options: Any,
    ) -> ReceiptAPI:
        """Send; signed here only where another provider is in use."""
        return super().call(
            txn,
            send_everything=send_everything,
            private=private,
            sign=sign and self.provider.name != "ingot",
            **signer_options,
        )

    def __repr__(self) -> str:
        return f"<TestAccount_{self.index} {self.address}>"

"""HTTP: sellers' balances and entries. Writes `ledger` and `wallet`, one transaction."""

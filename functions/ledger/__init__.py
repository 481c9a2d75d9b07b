"""HTTP: manual journals, reads, trial balance. Writes `ledger` and `wallet`, one transaction."""

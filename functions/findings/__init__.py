"""HTTP: what audits found, and who answers for it. Writes `account_balance`."""

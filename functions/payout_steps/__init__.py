"""Step Functions: the tasks of the payout workflows. Writes `payout`, `ledger`, `wallet` and S3."""

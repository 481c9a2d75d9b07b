"""Tasks of the reconciliation workflow. Writes `reconciliation`, `ledger`, `wallet`, S3."""

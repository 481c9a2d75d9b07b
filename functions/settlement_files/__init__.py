"""Tasks of the reconciliation that read files. Writes `reconciliation` and S3, books nothing."""

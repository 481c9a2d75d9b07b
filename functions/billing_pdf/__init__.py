"""Step Functions: renders stored statements as PDF. Reads and writes S3, alone with its layer."""

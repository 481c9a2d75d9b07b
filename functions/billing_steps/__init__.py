"""Step Functions: the tasks of the month close. Writes `billing` and S3, reads the books."""

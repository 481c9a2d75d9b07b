"""DynamoDB streams: committed changes become SQS messages and published events. Writes no table."""

"""The books in DynamoDB: one file a table; every write is conditional."""

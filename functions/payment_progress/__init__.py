"""SQS `progress`: folds payments from their orders and journals. Writes `payment_event`."""

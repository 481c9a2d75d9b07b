"""SQS `payouts`: starts and wakes payout workflows, books returns. Writes `payout`, `ledger`."""

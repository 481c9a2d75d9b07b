"""Schedule: counts journals against wallets, seals the day. Writes `account_balance` and S3."""

"""Schedule: counts journals against wallets, records findings. Writes `account_balance`."""

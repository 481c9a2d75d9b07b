"""Schedule: folds the trial balance from the wallets and keeps it. Writes `account_balance`."""

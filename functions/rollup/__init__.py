"""Schedule: folds the trial balance and reports what is off. Writes `account_balance`."""

"""HTTP: payouts and the bank accounts they go to. Writes `payout`, asks the PSP for accounts."""

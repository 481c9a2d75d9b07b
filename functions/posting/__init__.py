"""SQS FIFO `postings`: books journals, moves wallets. Writes `ledger` and `wallet`."""

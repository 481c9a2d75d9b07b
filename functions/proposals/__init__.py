"""HTTP: bookings by hand that need a second person. Writes `proposal`, `ledger` and `wallet`, one
transaction."""

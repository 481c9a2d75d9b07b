"""HTTP: sessions, payment intake, reads, trail, cancel. May write `payment_event` only."""

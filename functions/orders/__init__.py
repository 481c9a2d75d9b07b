"""HTTP: execute, read, capture, cancel one order. Writes `payment_event`, `payment_order`."""

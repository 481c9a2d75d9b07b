"""HTTP: what follows a capture - deliveries, refunds. Writes `payment_order`."""

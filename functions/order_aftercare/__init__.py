"""SQS `aftercare`: sees an order's journals booked, sends refunds. Writes `payment_order`."""

"""SQS `orders`: takes orders further at the PSP. Writes `payment_order`, rarely `payment_event`."""

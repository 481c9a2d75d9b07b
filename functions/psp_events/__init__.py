"""SQS `psp-events`: applies PSPs' events. Writes `psp_event`, `payment_order` and `payout`."""

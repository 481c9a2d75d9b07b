"""SQS `psp-events`: applies PSPs' events to orders. Writes `psp_event` and `payment_order`."""

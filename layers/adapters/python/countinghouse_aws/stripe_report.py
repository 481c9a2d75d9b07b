"""The columns of Stripe's itemised payout reconciliation, for whoever asks for it or reads it."""

ORDER_ID = "payment_metadata[order_id]"
"""Our order's id, which comes back as metadata of the payment."""

NEEDED = (
    "automatic_payout_id",
    "automatic_payout_effective_at_utc",
    "balance_transaction_id",
    "created_utc",
    "currency",
    "gross",
    "fee",
    "net",
    "reporting_category",
    "source_id",
    "charge_id",
)
"""Without these no line can be read."""

READ = (
    *NEEDED,
    "customer_facing_amount",
    "customer_facing_currency",
    "payment_intent_id",
    ORDER_ID,
)
"""All that are read where they are there."""

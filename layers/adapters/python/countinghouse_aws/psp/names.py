"""The PSPs by name."""

SANDBOX = "sandbox"
STRIPE = "stripe"
ADYEN = "adyen"

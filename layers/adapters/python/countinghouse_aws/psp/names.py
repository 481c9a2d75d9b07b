"""The PSPs by name."""

SANDBOX = "sandbox"

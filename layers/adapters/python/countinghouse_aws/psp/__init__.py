"""Payment service providers, one file each, and what they share."""

"""The ways in: parse, correlate, call one use case, map errors."""

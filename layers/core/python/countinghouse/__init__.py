"""Countinghouse's core: money, ledger, states and exactly-once, in the standard library only."""

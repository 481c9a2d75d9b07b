"""`countinghouse payouts`: a month's payouts to many sellers, run twice, compared to the unit."""

from tools.payout_run.command import app

__all__ = ["app"]

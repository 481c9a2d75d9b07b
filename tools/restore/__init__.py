"""`countinghouse restore`: find and mend what a backup cut in half."""

from tools.restore.command import app

__all__ = ["app"]

"""`countinghouse replay`: recorded checkouts played against the running system, then proved."""

from tools.replay.command import app

__all__ = ["app"]

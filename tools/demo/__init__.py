"""`countinghouse demo`: a marketplace's busy minute, from checkout to a zero trial balance."""

from tools.demo.command import app

__all__ = ["app"]

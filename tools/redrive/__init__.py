"""`countinghouse redrive`: dead letters sent back to work, on a stage by two people."""

from tools.source_path import make_importable

make_importable()

from tools.redrive.command import app  # noqa: E402

__all__ = ["app"]

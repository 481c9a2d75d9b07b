"""Puts the deployed code on Python's path, as the Lambda layers do, for tools that import it."""

import sys

from tools.local.places import ROOT

LAYERS = tuple(ROOT / "layers" / name / "python" for name in ("core", "adapters"))


def make_importable() -> None:
    """After this call, `countinghouse`, `countinghouse_aws` and `functions` can be imported."""
    missing = [str(path) for path in (*LAYERS, ROOT) if str(path) not in sys.path]
    sys.path[:0] = missing

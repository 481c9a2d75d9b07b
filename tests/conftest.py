"""What every function's runtime sets, before any function is imported."""

import atexit
import gc
import os

os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "Countinghouse")
os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "test")
# A client made by mistake must find no account.
os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")


def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what has come to stay: ten thousand tests, and all
    that they import."""
    gc.collect()
    gc.freeze()
    # Or libraries in C would miss what is theirs at the end, and say so.
    atexit.register(gc.unfreeze)

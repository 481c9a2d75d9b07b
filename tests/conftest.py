"""What every function's runtime sets, before any function is imported."""

import os

os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "Countinghouse")
os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "test")
# A client made by mistake must find no account.
os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")

"""What a function finds around it when it starts: its variables, and a secret to read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from infra.catalogue import MACHINE_ENV, QUEUE_ENV
from infra.config import POLL_LADDER_S
from infra.grants import TABLE_ENV
from infra.lake_tables import STREAM_ENV
from tools.local.places import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY

_SECRET = {"api_key": "key", "webhook_secret": "whsec"}


def variables(endpoint_url: str, path: list[Path]) -> dict[str, str]:
    """Every variable of every function: more than any of them reads."""
    return {
        **dict.fromkeys(TABLE_ENV.values(), "bench"),
        **dict.fromkeys(QUEUE_ENV.values(), f"{endpoint_url}/queue"),
        **dict.fromkeys(STREAM_ENV.values(), "bench"),
        **dict.fromkeys(MACHINE_ENV.values(), "arn:aws:states:::stateMachine:bench"),
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_REGION": REGION,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "ATHENA_WORKGROUP": "bench",
        "BUCKET_DOCUMENTS": "bench",
        "GLUE_DATABASE": "bench",
        "BUCKET_LAKE": "bench",
        "CALLER_ROLES": "{}",
        "CLOSE_EARLY": "no",
        "CLOSE_SETTLE_S": "600",
        "EVENT_BUS_NAME": "bench",
        "FX_SOURCE": "none",
        "INVOICE_ISSUER": "bench",
        "POLL_LADDER_S": POLL_LADDER_S,
        "POWERTOOLS_METRICS_NAMESPACE": "Countinghouse",
        "POWERTOOLS_SERVICE_NAME": "bench",
        "PSPS": json.dumps({"sandbox": {"url": endpoint_url, "secret_id": "bench"}}),
        "PSP_NAMES": "sandbox",
        "PSP_TIMEOUT_S": "5",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": ":".join(map(str, path)),
        "RECONCILE_AHEAD": "2",
        "RECONCILE_LOOKS": "2",
        "RECONCILE_PASSES": "2",
        "STAGE": "local",
        "VERSION": "bench",
    }


class _Secrets(BaseHTTPRequestHandler):
    """Answers every call as Secrets Manager answers GetSecretValue."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", "0")))
        body = json.dumps({"SecretString": json.dumps(_SECRET)}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/x-amz-json-1.1")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def secrets_manager() -> Iterator[str]:
    """A Secrets Manager with one answer, for functions that read a secret as they start."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Secrets) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()

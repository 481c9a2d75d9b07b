"""Cuts the vendor layer down to what runs: fewer files, so faster deploys and cold starts."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

# botocore carries models of 440 services; looking through their folders costs every cold start.
SERVICES: Final = frozenset(
    {"athena", "dynamodb", "events", "firehose", "s3", "secretsmanager", "sqs", "stepfunctions"}
    | {"sts"}
)
# Of DynamoDB, which nearly every function is a client of, what is asked here: a client makes a
# method of each operation, and its model is parsed by every cold start.
OPERATIONS: Final = {
    "dynamodb": frozenset(
        {"BatchGetItem", "GetItem", "PutItem", "Query", "Scan", "TransactWriteItems", "UpdateItem"}
    )
}
SUPERFLUOUS: Final = ("bin", ".lock", "boto3/examples")
LEFTOVERS: Final = ("__pycache__", "tests", "examples-1.json")
# Raised when what is cut changes, so that layers built before it are built again.
RULES: Final = 5


def fingerprint(lock: Path, target: str, version: tuple[int, int] | None) -> str:
    """Return what a vendor layer depends on, as one hash."""
    digest = hashlib.sha256(lock.read_bytes())
    digest.update(repr((target, version, RULES, sorted(SERVICES))).encode())
    return digest.hexdigest()


def strip(site: Path) -> None:
    """Remove from an installed tree what no function imports or reads."""
    for name in SUPERFLUOUS:
        _remove(site / name)
    for pattern in LEFTOVERS:
        for found in sorted(site.rglob(pattern)):
            _remove(found)
    # Some packages look their version up at import; RECORD would differ between machines.
    for entry in sorted(site.glob("*.dist-info/*")):
        if entry.name != "METADATA":
            _remove(entry)
    # Only folders: the JSON files beside them (endpoints, retries) serve every client.
    for service in sorted(site.glob("boto*/data/*/")):
        if service.is_dir() and service.name not in SERVICES:
            _remove(service)
    _shrink(site / "botocore" / "data")


def _shrink(data: Path) -> None:
    """Make what botocore parses for each first client as small as our services allow."""
    _trim_endpoints(data / "endpoints.json")
    for service in sorted(SERVICES):
        for packed in sorted((data / service).rglob("*.json.gz")):
            _unpack(packed, OPERATIONS.get(service))


def _trim_endpoints(path: Path) -> None:
    """Keep our services only: parsing all 1.2 MB costs every first client a seventh of its time."""
    if not path.exists():
        return
    endpoints = json.loads(path.read_bytes())
    for partition in endpoints["partitions"]:
        partition["services"] = {
            name: where for name, where in partition["services"].items() if name in SERVICES
        }
    path.write_text(_compact(endpoints), encoding="utf-8")


def _unpack(packed: Path, operations: frozenset[str] | None) -> None:
    """Keep a service's model as plain JSON without its documentation, of these operations only."""
    model = _without_documentation(json.loads(gzip.decompress(packed.read_bytes())))
    if operations is not None and "operations" in model:
        model["operations"] = {
            name: operation for name, operation in model["operations"].items() if name in operations
        }
        model["shapes"] = _reached(model)
    packed.with_suffix("").write_text(_compact(model), encoding="utf-8")
    packed.unlink()


def _reached(model: Any) -> dict[str, Any]:
    """The shapes that the model's operations are made of."""
    found: dict[str, Any] = {}
    ahead = list(_named(model["operations"]))
    while ahead:
        name = ahead.pop()
        if name not in found:
            found[name] = model["shapes"][name]
            ahead += _named(found[name])
    return found


def _named(part: Any) -> Iterator[str]:
    """The shapes that a part of a model names."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "shape" and isinstance(value, str):
                yield value
            else:
                yield from _named(value)
    elif isinstance(part, list):
        for value in part:
            yield from _named(value)


def _without_documentation(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            # The one documentation botocore reads by itself: S3 has such parameters.
            name: part if name == "clientContextParams" else _without_documentation(part)
            for name, part in value.items()
            # A shape or a member may be called documentation; only the text goes.
            if not (name == "documentation" and isinstance(part, str))
        }
    return [_without_documentation(part) for part in value] if isinstance(value, list) else value


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)

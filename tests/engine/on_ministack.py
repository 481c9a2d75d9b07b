"""A pytest plugin: the contract suite's DynamoDB is ministack, and each call's shape is recorded.

    COUNTINGHOUSE_SHAPES=file python -m pytest -p tests.engine.on_ministack tests/contract -k dynamo

The suite makes its client under moto's mock; from here on moto is not asked.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.client import BaseClient

from tests.engine.in_process import answered_by_ministack, ministack_here
from tests.engine.shapes import FILE, Shape, shapes_of, written

KEYS: dict[str, tuple[str, ...]] = {}
SHAPES: set[Shape] = set()


def recorded(request: AWSPreparedRequest, event_name: str, **_: Any) -> None:
    """Remember the shape of a call, and of a new table its keys."""
    operation = event_name.split(".")[2]
    call = json.loads(request.body if isinstance(request.body, (bytes, str)) else "{}")
    if operation == "CreateTable":
        KEYS[call["TableName"]] = tuple(key["AttributeName"] for key in call["KeySchema"])
    SHAPES.update(shapes_of(operation, call, KEYS))


@pytest.fixture(scope="session", autouse=True)
def ministack_instead() -> Iterator[None]:
    """Whatever client of DynamoDB is made is ministack's."""
    original = BaseClient.__init__

    def made(self: Any, *arguments: Any, **more: Any) -> None:
        original(self, *arguments, **more)
        if self.meta.service_model.service_name == "dynamodb":
            self.meta.events.register("before-send", recorded)
            answered_by_ministack(self)

    with ministack_here(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "__init__", made)
        yield


def pytest_sessionfinish(exitstatus: int) -> None:
    """Write the shapes down, once everything has passed."""
    if exitstatus == 0:
        Path(os.environ.get("COUNTINGHOUSE_SHAPES", FILE)).write_text(
            written(SHAPES), encoding="utf-8"
        )

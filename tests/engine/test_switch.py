"""COUNTINGHOUSE_ENGINE=aws: ordinary clients, names of this run's own, and nothing left behind.

The account is played by ministack in this process, behind clients made for AWS: every request is
seen as it would have left the machine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest
from moto.core.models import botocore_stubber

from tests.engine.engines import SWITCH, aws_engine
from tests.engine.in_process import answer, ministack_here
from tests.engine.row import ROWS
from tests.engine.suite import GROUPS
from tests.engine.things import make_queue, table

assert GROUPS
ROOT = Path(__file__).resolve().parents[2]
REGION = "eu-west-1"
PLAYED = ("transaction.rollback", "write.once", "stream.changes", "fifo.order", "queue.batch")
MADE = {"CreateTable": "TableName", "CreateQueue": "QueueName"}


@dataclass
class Account:
    """A session whose requests end here, and what they said."""

    session: boto3.Session
    hosts: set[str] = field(default_factory=set)
    names: list[str] = field(default_factory=list)

    def left(self) -> list[str]:
        """Tables and queues there are."""
        tables: list[str] = self.session.client("dynamodb").list_tables()["TableNames"]
        return tables + self.session.client("sqs").list_queues().get("QueueUrls", [])

    def take(self, request: AWSPreparedRequest, event_name: str, **_: Any) -> Any:
        operation = event_name.split(".")[2]
        sent = request.body if isinstance(request.body, bytes) else b"{}"
        self.hosts.add(urlsplit(request.url).netloc)
        if operation in MADE:
            self.names.append(json.loads(sent)[MADE[operation]])
        return answer(request, event_name)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    session = boto3.Session("AKIAORDINARY", "ordinary", region_name=REGION)
    made = Account(session)
    mock: Any = botocore_stubber
    session.events.unregister("before-send", mock)
    session.events.register("before-send", made.take)
    with ministack_here():
        yield made


def test_clients_are_aws_own_whatever_the_emulators_address(account: Account) -> None:
    with aws_engine(account.session) as engine:
        engine.listen_s = 0
        for name in PLAYED:
            assert ROWS[name].observe(engine) == ROWS[name].aws

    assert account.hosts == {
        f"dynamodb.{REGION}.amazonaws.com",
        f"streams.dynamodb.{REGION}.amazonaws.com",
        f"sqs.{REGION}.amazonaws.com",
    }


def test_each_run_has_names_of_its_own(account: Account) -> None:
    prefixes = []
    for _ in range(2):
        with aws_engine(account.session) as engine:
            prefixes.append(engine.prefix)
            table(engine)
            make_queue(engine)

    first, second = prefixes
    assert first != second
    assert [name.startswith(first) for name in account.names] == [True, True, False, False]
    assert all(name.startswith((first, second)) for name in account.names)


def test_whatever_happens_nothing_is_left(account: Account) -> None:
    def fail() -> None:
        with aws_engine(account.session) as engine:
            table(engine)
            make_queue(engine)
            assert len(account.left()) == 2
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()

    assert account.names
    assert account.left() == []


def test_what_cannot_be_removed_does_not_keep_the_rest(account: Account) -> None:
    with aws_engine(account.session) as engine:
        name = table(engine)
        url = make_queue(engine)
        engine.client("sqs").delete_queue(QueueUrl=url)
        engine.client("dynamodb").delete_table(TableName=name)
        make_queue(engine)

    assert account.left() == []


def test_the_variable_chooses_the_rows_and_says_what_it_leaves_out() -> None:
    paths = os.pathsep.join(
        str(ROOT / part) for part in ("layers/core/python", "layers/adapters/python", ".")
    )
    wanted = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--collect-only", "tests/engine"]

    run = subprocess.run(
        [sys.executable, *wanted],
        cwd=ROOT,
        env={**os.environ, SWITCH: "aws", "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )

    on_aws = {one.name for one in ROWS.values() if one.not_on_aws is None}
    chosen = {
        line.split("[")[1].removesuffix("-aws]") for line in run.stdout.splitlines() if "[" in line
    }
    assert chosen == on_aws
    assert all(
        f"{one.name}: {one.not_on_aws}" in run.stdout for one in ROWS.values() if one.not_on_aws
    )

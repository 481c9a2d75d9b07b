"""The real functions with their real wiring and adapters, on moto's AWS, in one process.

Nothing stands in for our code: what a call reaches is its function's own `deps()`, DynamoDB, S3,
Athena, Step Functions and Secrets Manager are moto's, the PSP is the sandbox's engine, and time
stands still unless somebody waits.
"""

from __future__ import annotations

import copy
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any
from unittest.mock import patch

from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.serialize import ResponseSerializer
from moto.dynamodb.models import dynamodb_backends
from moto.s3.models import s3_backends

import countinghouse_aws.psp.sandbox_desk
import countinghouse_aws.system.clients
import countinghouse_aws.system.clock
import functions.payments.wiring
from countinghouse_aws.observability import Tally
from countinghouse_aws.psp.transport import NoAnswer, Reply
from countinghouse_aws.system.clients import aws_client
from infra.config import stage
from infra.routes import ROUTES
from tests.contract.tables import Tables
from tests.fakes.lambdas import FakeContext
from tests.security.aws import MACHINE, Athena, StepFunctions
from tests.security.gateway import ACCOUNT, Gateway, Json, arn_of
from tools.sample_events.webhooks import SECRET
from tools.sample_events.world import NOW
from tools.sandbox_psp.book import Book
from tools.sandbox_psp.desk import Config
from tools.sandbox_psp.engine import Sandbox
from tools.sandbox_psp.wire import Request

REGION = "eu-central-1"
DOCUMENTS, LAKE = "documents", "lake"
API_KEY = "sk_security"
PSP_URL = "http://psp.invalid"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TABLES = {
    "TABLE_PAYMENT_EVENT": "payments",
    "TABLE_PAYMENT_ORDER": "orders",
    "TABLE_PSP_EVENT": "events",
    "TABLE_LEDGER": "ledger",
    "TABLE_WALLET": "wallet",
    "TABLE_PAYOUT": "payouts",
    "TABLE_ACCOUNT_BALANCE": "balances",
    "TABLE_BILLING": "billing",
    "TABLE_RECONCILIATION": "reconciliation",
    "TABLE_PSP_HEALTH": "health",
    "TABLE_FX_QUOTE": "quotes",
    "TABLE_BUYER": "buyers",
    "TABLE_PROPOSAL": "proposals",
}
FUNCTIONS = tuple(sorted({route.function for route in ROUTES}))


@dataclass(slots=True)
class Clock:
    """Stands in for the module `time`: it moves by what is slept, and by nothing else."""

    now_ms: int = NOW

    def time_ns(self) -> int:
        return self.now_ms * 1_000_000

    def sleep(self, seconds: float) -> None:
        self.now_ms += int(seconds * 1_000)

    def datetime(self) -> datetime:
        return _EPOCH + timedelta(milliseconds=self.now_ms)


@dataclass(slots=True)
class House:
    """Everything behind the API; `lay` puts rows in place, and `fresh` begins anew with them."""

    lay: Callable[[House], None] = lambda _: None
    clock: Clock = field(default_factory=Clock)
    gateway: Gateway = field(init=False)
    tables: Tables = field(init=False)
    book: Book = field(default_factory=lambda: Book(":memory:", seed="security"))
    psp: Sandbox = field(init=False)
    called: list[str] = field(default_factory=list)
    """What the PSP's transport was asked for: method and address."""
    _says: Callable[[Reply], Reply] | None = None
    _laid: dict[str, dict[Any, Any]] = field(default_factory=dict)
    _objects: frozenset[str] = frozenset()
    _psp: bytes = b""

    def __post_init__(self) -> None:
        self.gateway = Gateway(self.invoke)
        config = Config(api_key=API_KEY, webhook_secret=SECRET)
        self.psp = Sandbox(self.book, self.clock.datetime, config)

    def invoke(self, function: str, event: Json) -> Json:
        """Run a function, warm, as Lambda does."""
        answer: Json = _handler(function).lambda_handler(event, FakeContext())
        return answer

    def transport(self, base_url: str, _: float) -> Callable[..., Reply]:
        """What stands in for `HttpTransport`."""

        def asked(method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
            self.called.append(f"{method} {base_url}{path}")
            return self._asked(method, path, headers, body)

        return asked

    @contextmanager
    def psp_says(self, content: bytes) -> Iterator[None]:
        """Meanwhile the PSP answers this to everything."""
        with self.psp_alters(lambda _: Reply(200, content)):
            yield

    @contextmanager
    def psp_alters(self, change: Callable[[Reply], Reply]) -> Iterator[None]:
        """Meanwhile the PSP's answers come as `change` makes them."""
        self._says = change
        try:
            yield
        finally:
            self._says = None

    def _asked(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Reply:
        bare, _, query = path.partition("?")
        answer = self.psp.handle(Request(method, bare, query, dict(headers), body or b""))
        if answer.transport != "ok":
            raise NoAnswer("the sandbox hung up")
        reply = Reply(answer.status, answer.body)
        return self._says(reply) if self._says is not None else reply

    def state(self) -> str:
        """Every row of every table, and every object: equal exactly when nothing was written."""
        rows = {
            name: [repr(item.to_json()) for item in table.all_items()]
            for name, table in self._stored().items()
        }
        return json.dumps([rows, sorted(self._keys())], sort_keys=True)

    def objects(self) -> Iterator[str]:
        """What stands in every object, as text."""
        for bucket in self._buckets():
            yield from (key.value.decode("utf-8", "replace") for key in bucket.keys.values())

    def keep(self) -> None:
        """Remember everything as it stands now, for `fresh`."""
        self._laid = {name: _copied(table.items) for name, table in self._stored().items()}
        self._objects = frozenset(self._keys())
        self._psp = self.book._db.serialize()

    def fresh(self) -> None:
        """Everything as it was when it was kept."""
        for name, table in self._stored().items():
            table.items = _copied(self._laid[name])
        for bucket in self._buckets():
            for key in [key for key in bucket.keys if f"{bucket.name}/{key}" not in self._objects]:
                bucket.keys.pop(key)
        self.book._db.deserialize(self._psp)
        self.clock.now_ms = NOW
        self.sleep()

    def sleep(self) -> None:
        """No function is warm any more, whoever else has run it in this process."""
        for name, module in list(sys.modules.items()):
            if name.startswith("functions.") and name.endswith(".wiring"):
                module.deps.cache_clear()
        functions.payments.wiring.registration.cache_clear()

    def _stored(self) -> Any:
        return dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables

    def _buckets(self) -> Any:
        return s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets.values()

    def _keys(self) -> Iterator[str]:
        for bucket in self._buckets():
            yield from (f"{bucket.name}/{key}" for key in bucket.keys)


def _copied(items: Any) -> Any:
    # Rows are replaced whole by every write of moto's but an update, which edits in place.
    copied = type(items)(items.default_factory) if hasattr(items, "default_factory") else {}
    for key, found in items.items():
        copied[key] = copy.deepcopy(found)
    return copied


@cache
def _handler(function: str) -> ModuleType:
    return import_module(f"functions.{function}.handler")


@contextmanager
def open_house(lay: Callable[[House], None]) -> Iterator[House]:
    """The house, for as long as the context is open."""
    house = House(lay)
    with ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, _environment()))
        stack.enter_context(mock_aws())
        swaps: list[tuple[Any, str, Any]] = [
            (countinghouse_aws.system.clock, "time", house.clock),
            (functions.payments.wiring, "time", house.clock),
            (countinghouse_aws.system.clients, "new_client", _client(house)),
            (countinghouse_aws.psp.sandbox_desk, "HttpTransport", house.transport),
            (ResponseSerializer, "get_value", _picked),
            (Tally, "flush", lambda _: None),
        ]
        for target, name, value in swaps:
            stack.enter_context(patch.object(target, name, value))
        aws_client.cache_clear()
        stack.callback(aws_client.cache_clear)
        house.sleep()
        stack.callback(house.sleep)
        _furnish(house)
        yield house
        house.book.close()


_get_value = ResponseSerializer.get_value


def _picked(serializer: ResponseSerializer, value: Any, key: str, shape: Any) -> Any:
    """A member of an answer. moto looks under every spelling, which is half of what a call costs;
    DynamoDB's answers are spelt as they go out."""
    if type(value) is dict:
        return value.get(key)
    return _get_value(serializer, value, key, shape)


def _client(house: House) -> Callable[..., Any]:
    """What makes our clients, but for the services that moto does not have here."""
    real = countinghouse_aws.system.clients.new_client

    def lay(key: str, content: bytes) -> None:
        aws_client("s3").put_object(Bucket=LAKE, Key=key, Body=content)

    others = {"athena": Athena(house.clock.datetime, lay), "stepfunctions": StepFunctions()}
    return lambda service: others.get(service) or real(service)


def _furnish(house: House) -> None:
    """Tables, buckets, machines and the PSP's secret."""
    house.tables = Tables(aws_client("dynamodb"), "security")
    for variable, name in _TABLES.items():
        os.environ[variable] = getattr(house.tables, name).name
    for bucket in (DOCUMENTS, LAKE):
        aws_client("s3").create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
    secret = json.dumps({"api_key": API_KEY, "webhook_secret": SECRET})
    aws_client("secretsmanager").create_secret(Name="psp", SecretString=secret)
    house.lay(house)
    house.keep()


def _environment() -> dict[str, str]:
    """What a stage gives its functions, all of them at once (docs/naming.md)."""
    return {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "BUCKET_DOCUMENTS": DOCUMENTS,
        "BUCKET_LAKE": LAKE,
        # Production's, and one role with two duties, which production has none of.
        "CALLER_ROLES": json.dumps(
            {
                **stage("prod").caller_roles(ACCOUNT),
                arn_of("both").removesuffix("both") + "*": ["finance", "approver"],
            }
        ),
        "CLOSE_EARLY": "no",
        "CODE_VERSION": "3f2a91bc",
        "MONTH_CLOSE_STATE_MACHINE_ARN": f"{MACHINE}:month-close",
        "RECONCILIATION_STATE_MACHINE_ARN": f"{MACHINE}:reconciliation",
        "ATHENA_WORKGROUP": "countinghouse",
        "FX_SOURCE": "ecb",
        "GLUE_DATABASE": "countinghouse_test",
        "POLL_LADDER_S": "15,60,300,1800,7200,43200,86400",
        "POWERTOOLS_METRICS_NAMESPACE": "Countinghouse",
        "POWERTOOLS_SERVICE_NAME": "security",
        "PSPS": json.dumps({"sandbox": {"url": PSP_URL, "secret_id": "psp"}}),
        "PSP_NAMES": "sandbox",
        "PSP_TIMEOUT_S": "5",
        "RECONCILE_AHEAD": "no",
        "STAGE": "security",
        "VERSION": "1.2.3",
    }

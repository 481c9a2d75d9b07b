"""The engines a row is observed on: ministack, moto, the ministack process, and AWS itself.

All four are reached through boto3 clients as our functions configure theirs. What a row makes, it
makes here, so that it has a name of this run's own and is gone when the run is over.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

T = TypeVar("T")

SWITCH = "COUNTINGHOUSE_ENGINE"
AWS = "aws"
MINISTACK, MOTO = "ministack", "moto"
PROCESS, GUARDED = "ministack process", "ministack process with IAM"
REGION = "eu-west-3"
"""Of the emulated engines: no other suite's mock keeps its tables there."""
# As our functions' clients: what is wrong with a request is the engine's to say, not botocore's.
CONFIG = Config(
    connect_timeout=2,
    read_timeout=30,
    parameter_validation=False,
    retries={"mode": "standard", "total_max_attempts": 3},
    user_agent="countinghouse-engine/1",
)


def is_aws() -> bool:
    """Whether this run is against a real account."""
    return os.environ.get(SWITCH) == AWS


@dataclass
class Engine:
    """One engine, and everything a row may ask of it."""

    name: str
    make_client: Callable[[str], Any]
    pass_s: Callable[[float], None] = time.sleep
    """Let that many seconds pass: on a virtual clock where there is one."""
    patience_s: float = 0
    """How long to look for what comes by and by; 0 where everything is there at once."""
    listen_s: int = 0
    """How long a receive waits for a message."""
    prefix: str = field(default_factory=lambda: f"countinghouse-engine-{uuid.uuid4().hex[:10]}")
    undo: ExitStack = field(default_factory=ExitStack)
    _clients: dict[str, Any] = field(default_factory=dict)
    _kept: dict[str, Any] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def client(self, service: str) -> Any:
        """The engine's one client for a service."""
        if service not in self._clients:
            self._clients[service] = self.make_client(service)
        return self._clients[service]

    def fresh(self, kind: str = "x") -> str:
        """A name that nothing else has, in this run or in any other."""
        return f"{self.prefix}-{kind}-{next(self._numbers)}"

    def once(self, name: str, make: Callable[[], T]) -> T:
        """What is made once for all rows of this engine."""
        if name not in self._kept:
            self._kept[name] = make()
        found: T = self._kept[name]
        return found

    def removed_by(self, remove: Callable[..., Any], **wanted: Any) -> None:
        """Undo something when the run is over. What is gone already is no matter."""

        def undo() -> None:
            with suppress(ClientError):
                remove(**wanted)

        self.undo.callback(undo)

    def eventually(
        self, look: Callable[[], T], enough: Callable[[T], bool] = bool, at_most_s: float = 20
    ) -> T:
        """What `look` finds, once it is enough; when patience ends, what it finds then.

        An emulator that never does it is looked at for `at_most_s`, AWS for as long as it takes.
        """
        patience = self.patience_s if self.name == AWS else min(self.patience_s, at_most_s)
        deadline = time.monotonic() + patience
        while True:
            found = look()
            if enough(found) or time.monotonic() >= deadline:
                return found
            time.sleep(0.05)


def outcome(call: Callable[[], object]) -> str:
    """What became of a call: `done`, the service's error code, or how the engine itself broke."""
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    except BotoCoreError:
        raise
    # An emulator in this process lets its own bugs through: that is an outcome here.
    except (AttributeError, LookupError, NotImplementedError, TypeError, ValueError) as error:
        return f"breaks: {type(error).__name__}"
    return "done"


REFUSALS = frozenset({"ValidationException", "TransactionCanceledException"})


def refused(call: Callable[[], object]) -> str:
    """The same, where DynamoDB's pages leave open by which of two codes it refuses."""
    found = outcome(call)
    return "refused" if found in REFUSALS else found


@contextmanager
def aws_engine(session: boto3.Session | None = None) -> Iterator[Engine]:
    """A real account: the ordinary credentials and region, and no endpoint of anybody's."""
    own = session or boto3.Session()
    # The types do not know this option: an address that is set for the emulator is not for AWS.
    real = CONFIG.merge(Config(**{"ignore_configured_endpoint_urls": True}))  # type: ignore[arg-type]

    def make(service: str) -> Any:
        return own.client(service, config=real)  # type: ignore[call-overload]

    engine = Engine(AWS, make, patience_s=120, listen_s=5)
    with engine.undo:
        yield engine

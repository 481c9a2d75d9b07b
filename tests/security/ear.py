"""What calls leave behind: what the functions write to their log, and what stands afterwards.

Log lines, metrics, and what Lambda writes down when a function raises come as text; rows, objects,
workflows' inputs and queries are read where they are.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from typing import Any
from unittest.mock import patch

from countinghouse_aws.observability import Tally, logger
from countinghouse_aws.system.clients import aws_client
from tests.security.house import House

_ESCAPED = re.compile(r"\\+u([0-9a-fA-F]{4})")
_LITERAL_MIN = 12


@dataclass(frozen=True, slots=True)
class Needle:
    """A card number, and the text that it was sent as."""

    number: str
    sent_as: str = ""

    def stands_in(self, hay: Hay) -> bool:
        """Whether its digits follow each other there, whatever stands between, or the text does."""
        is_literal = len(self.sent_as) >= _LITERAL_MIN and self.sent_as in hay.text
        return is_literal or self.number in hay.digits


@dataclass(frozen=True, slots=True)
class Hay:
    """A text to look through, and the digits of any script in it, as ours and without gaps."""

    text: str
    digits: str

    @classmethod
    def of(cls, text: str) -> Hay:
        """What is written as JSON's escapes is read as what it means."""
        plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
        whole = plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        found = re.findall(r"\d", whole)
        return cls(text + whole, "".join(str(unicodedata.decimal(digit)) for digit in found))


@dataclass(slots=True)
class Ear:
    """Hears the functions of a house; `lines` counts what it heard."""

    house: House
    lines: int = 0
    _heard: StringIO = field(default_factory=StringIO)

    def heard(self) -> Hay:
        """Everything since it was last asked."""
        text = self._heard.getvalue()
        self._heard.seek(0)
        self._heard.truncate()
        self.lines += text.count("\n")
        return Hay.of(text)

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        """Run a function; what it raises is written down as Lambda's runtime does it."""
        try:
            return self.house.invoke(function, event)
        except Exception:  # noqa: BLE001 - whatever a function raises, Lambda logs
            self._heard.write(traceback.format_exc())
            return None

    def kept(self) -> Hay:
        """Every row and object, what workflows were started with, and Athena was asked."""
        machines: Any = aws_client("stepfunctions")
        athena: Any = aws_client("athena")
        started = [*map(str, machines.started), *machines.started.values()]
        told = [*started, *athena.queries.values(), *self.house.objects()]
        return Hay.of("\n".join([self.house.state(), *told]))


@contextmanager
def listening(house: House) -> Iterator[Ear]:
    """Hear everything, down to the finest level of our own logger."""
    ear = Ear(house)
    stream = ear._heard
    root = logging.StreamHandler(stream)
    ours = logger()
    before = logging.root.manager.disable
    with ExitStack() as stack:
        logging.disable(logging.NOTSET)
        stack.callback(logging.disable, before)
        stack.enter_context(patch.object(Tally, "flush", _tell))
        stack.enter_context(redirect_stdout(stream))
        stack.enter_context(redirect_stderr(stream))
        stack.enter_context(patch.object(ours.registered_handler, "stream", stream))
        stack.callback(ours.setLevel, ours.log_level)
        ours.setLevel("DEBUG")
        root.setLevel(logging.INFO)
        # Ours has a handler of its own.
        root.addFilter(lambda record: record.name != ours.name)
        logging.root.addHandler(root)
        stack.callback(logging.root.removeHandler, root)
        yield ear


def _tell(tally: Tally) -> None:
    """Every count at once, as after ten seconds."""
    if tally.counts:
        sys.stdout.write(tally.take() + "\n")


def as_text(value: object) -> str:
    """A disguised number as it stands in a header, a path or a query."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.replace("\r\n", " ")

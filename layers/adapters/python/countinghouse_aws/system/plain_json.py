"""Clients of DynamoDB and SQS that do no work whose outcome is known.

What we tell them and hear from them is JSON as it stands. botocore walks each attribute of each row
by its model, on the way out and on the way in, to turn dates and bytes into JSON and back; in the
calls named here we have neither (`dynamodb.codec` refuses bytes), and the walk was a third of a
call. Every other call, and every error, is left to botocore. And all calls of a client go to one
address, which botocore works out anew for each, by a hundred rules that look into what is asked.

Both are held against botocore's own by `tests/contract/test_plain_json.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.model import Shape
from botocore.parsers import JSONParser, ResponseParserFactory
from botocore.serialize import JSONSerializer

ASKED = frozenset(
    f"{name}Input"
    for name in (
        *("BatchGetItem", "GetItem", "PutItem", "Query", "Scan"),
        *("TransactWriteItems", "UpdateItem"),
    )
) | {"SendMessageBatchRequest"}
"""Inputs, by the names of their shapes, whose parameters are JSON already."""

TOLD = frozenset(
    f"{name}Output"
    for name in (
        *("BatchGetItem", "GetItem", "PutItem", "Query", "Scan"),
        *("TransactWriteItems", "UpdateItem"),
    )
) | {"SendMessageBatchResult"}
"""Outputs whose JSON is the answer already."""


class PlainSerializer(JSONSerializer):
    """botocore's, but what is JSON already goes as it is."""

    def _serialize(self, serialized: Any, value: Any, shape: Shape, key: str | None = None) -> None:
        if key is None and shape.name in ASKED:
            serialized.update(value)
        else:
            super()._serialize(serialized, value, shape, key)  # type: ignore[misc]


class PlainParser(JSONParser):
    """botocore's, but what needs no conversion is taken as it came."""

    def _do_parse(self: Any, response: Mapping[str, Any], shape: Any) -> Any:
        if shape is None or shape.name not in TOLD:
            return super()._do_parse(response, shape)  # type: ignore[misc]
        parsed: Any = self._parse_body_as_json(response["body"])
        self._inject_response_metadata(parsed, response["headers"])
        return parsed


class PlainParsers(ResponseParserFactory):
    """Hands the parser out; it keeps nothing of an answer, so one does for all."""

    def __init__(self) -> None:
        super().__init__()
        self._plain = PlainParser()

    def create_parser(self, protocol_name: str) -> Any:
        """The parser of a protocol."""
        return self._plain if protocol_name == "json" else super().create_parser(protocol_name)


class OneEndpoint:
    """A client's resolver of endpoints, asked once.

    Rightly where no parameter of a call decides where it goes: the client's account must not be
    made a part of the address (`account_id_endpoint_mode`), and tables go by name, not by ARN.
    """

    def __init__(self, resolver: Any) -> None:
        self._resolver = resolver
        self._endpoint: Any = None

    def construct_endpoint(self, **call: Any) -> Any:
        """Where a call goes."""
        if self._endpoint is None:
            self._endpoint = self._resolver.construct_endpoint(**call)
        return self._endpoint

    def __getattr__(self, name: str) -> Any:
        return getattr(self._resolver, name)

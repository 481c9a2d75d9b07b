"""AWS clients as every function uses them: short time-outs, few retries, no per-call validation."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.credentials import CredentialResolver, EnvProvider
from botocore.session import get_session

from countinghouse_aws.system.http_session import DirectSession
from countinghouse_aws.system.plain_json import OneEndpoint, PlainParsers, PlainSerializer

if TYPE_CHECKING:
    from botocore.session import Session

CONNECT_TIMEOUT_S = 1
READ_TIMEOUT_S = 4
CONFIG = Config(
    connect_timeout=CONNECT_TIMEOUT_S,
    read_timeout=READ_TIMEOUT_S,
    # Requests are built by our own typed code and tested; botocore's second look costs a fifth of
    # each call (docs/bench.md).
    parameter_validation=False,
    retries={"mode": "standard", "total_max_attempts": 3},
    user_agent="countinghouse/1",
    tcp_keepalive=True,
    # All calls of a client go to one address (`plain_json.OneEndpoint`).
    account_id_endpoint_mode="disabled",
)

LEAN = frozenset({"dynamodb", "sqs"})
"""Services whose calls are all small, and whose JSON `plain_json` knows."""


@lru_cache(maxsize=8)
def aws_client(service: str) -> Any:
    """The process's one client for a service; region and endpoint come from the environment."""
    return new_client(service)


def new_client(service: str) -> Any:
    """A client, made by botocore, of which boto3 makes its own: importing boto3 besides would cost
    each cold start more. Only S3's has something of boto3's, its managed uploads."""
    if service == "s3":
        return _boto3().client("s3", config=CONFIG)
    client = session().create_client(service, config=CONFIG)
    return lean(client) if service in LEAN else client


def lean(client: Any) -> Any:
    """The client, which now does no work whose outcome is known, and travels light."""
    client._serializer = PlainSerializer()
    client._ruleset_resolver = OneEndpoint(client._ruleset_resolver)
    endpoint = client._endpoint
    endpoint.http_session = DirectSession(endpoint.http_session, CONNECT_TIMEOUT_S, READ_TIMEOUT_S)
    return client


@lru_cache(maxsize=1)
def _boto3() -> Any:
    import boto3  # noqa: PLC0415 - where it is made use of

    return boto3.Session(botocore_session=session())


@lru_cache(maxsize=1)
def session() -> Session:
    """What all clients of the process share: credentials, and the models of services."""
    found = get_session()
    found.register_component("response_parser_factory", PlainParsers())
    if EnvProvider.ACCESS_KEY in os.environ:
        # As in every function: nobody else need be asked, nor prepared to be.
        found.register_component("credential_provider", CredentialResolver([EnvProvider()]))
    return found

"""The same suite on the fakes and on DynamoDB (moto, in process): each `books` fixture comes twice.

Every test gets tables of its own, so that tests see nothing of each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

import tests.strategies  # noqa: F401 - loads the profile
from countinghouse_aws.system.clients import CONFIG
from tests.contract.tables import Tables

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_NAMES = count(1)


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[DynamoDBClient]:
    """moto's DynamoDB through a client as the functions configure theirs."""
    with mock_aws(), pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "testing")
        yield boto3.client("dynamodb", region_name="eu-central-1", config=CONFIG)


@pytest.fixture
def tables(dynamodb: DynamoDBClient) -> Tables:
    """Fresh tables, made on first use."""
    return Tables(dynamodb, f"t{next(_NAMES)}")

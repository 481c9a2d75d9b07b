"""boto3 clients of the emulated account, and the secrets the stacks leave to be filled in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from types_boto3_logs import CloudWatchLogsClient
    from types_boto3_s3 import S3Client
    from types_boto3_secretsmanager import SecretsManagerClient

    from tools.local.credentials import Credentials
    from tools.local.endpoints import Endpoints

# Loopback needs no patience, and a developer's AWS configuration has no say here.
_CONFIG = Config(connect_timeout=2, read_timeout=15, proxies={}, retries={"total_max_attempts": 2})


def session(endpoints: Endpoints) -> boto3.Session:
    """The emulated account, whatever the environment says about AWS."""
    return boto3.Session(
        aws_access_key_id=endpoints.aws_access_key_id,
        aws_secret_access_key=endpoints.aws_secret_access_key,
        region_name=endpoints.aws_region,
    )


def logs_client(endpoints: Endpoints) -> CloudWatchLogsClient:
    """CloudWatch Logs of the emulated account."""
    return session(endpoints).client(
        "logs", endpoint_url=endpoints.aws_endpoint_url, config=_CONFIG
    )


def s3_client(endpoints: Endpoints) -> S3Client:
    """S3 of the emulated account."""
    return session(endpoints).client("s3", endpoint_url=endpoints.aws_endpoint_url, config=_CONFIG)


def publish_psp_secrets(endpoints: Endpoints, credentials: Credentials) -> None:
    """Make each PSP's credentials its secret's current version, unless they already are."""
    client: SecretsManagerClient = session(endpoints).client(
        "secretsmanager", endpoint_url=endpoints.aws_endpoint_url, config=_CONFIG
    )
    for psp, arn in endpoints.psp_secret_arns.items():
        wanted = json.dumps(credentials[psp], sort_keys=True)
        if client.get_secret_value(SecretId=arn).get("SecretString") != wanted:
            client.put_secret_value(SecretId=arn, SecretString=wanted)
